import numpy as np
import pytest

from tests.helpers.drawings import animation, compressed, drawing, fade, pan, texture
from vfi.analysis.scenes import SceneDetector
from vfi.errors import UsageError


def cuts(frames, threshold=15.0):
    detector = SceneDetector(threshold)
    found = []
    for index, frame in enumerate(frames):
        new = detector.update(frame)
        assert all(index - 2 <= cut <= index for cut in new)  # streaming: two frames late at most
        found += new
    return found + detector.finish()


def wide(seed, step, count=12):
    return pan(texture(seed, width=256 + int(step * count)), step, count)


def test_a_cut_is_found_at_its_frame() -> None:
    assert cuts(wide(1, 2) + wide(2, 2)) == [12]


@pytest.mark.parametrize("lengths", [(6, 4, 9, 3, 8), (2, 8, 2), (1, 9, 1)])
def test_short_scenes_and_cuts_at_both_ends(lengths) -> None:
    frames = [frame for seed, n in enumerate(lengths) for frame in wide(seed + 10, 1.5, n)]
    assert cuts(frames) == list(np.cumsum(lengths)[:-1])


def test_cut_after_compression() -> None:
    assert cuts(compressed(wide(3, 2) + wide(4, 2), 30)) == [12]


@pytest.mark.parametrize("step", [8, 20, 40])
def test_large_motion_is_not_a_cut(step) -> None:
    assert cuts(wide(5, step)) == []


def test_a_camera_that_suddenly_whips_is_not_a_cut() -> None:
    picture = texture(6, width=600)
    steps = [0, 1, 2, 3, 4, 20, 45, 75, 110, 140, 160, 170, 175, 176, 177]
    frames = [picture[:, place : place + 256] for place in steps]
    assert cuts(frames) == []


def test_slow_fade_still_picture_and_drawings_are_not_cuts() -> None:
    assert cuts(fade(texture(7), 24)) == []
    assert cuts([drawing(1, 0)] * 8) == []
    assert cuts(animation([2], seed=3, count=24)[0]) == []
    assert cuts([np.zeros((144, 256, 3), np.uint8)] * 8) == []


def test_one_and_two_frames() -> None:
    assert cuts([texture(1)]) == []
    assert cuts([texture(1), texture(1)]) == []
    assert cuts([texture(1), texture(2)]) == [1]


def test_a_higher_threshold_finds_fewer_cuts() -> None:
    scenes = [drawing(1, 0)] * 6 + [drawing(1, 0) // 2 + 64] * 6 + [texture(9)] * 6
    assert cuts(scenes, 5) == [6, 12]
    assert cuts(scenes, 150) == []


@pytest.mark.parametrize("convert", [
    lambda frame: frame.astype(np.uint16) * 257,
    lambda frame: frame.astype(np.float32) / 255,
    lambda frame: frame[..., :1],
    lambda frame: np.dstack([frame, frame[..., :1]]),
])  # fmt: skip
def test_every_kind_of_frame(convert) -> None:
    frames = animation([1], seed=1, count=6)[0] + animation([1], seed=2, count=6)[0]
    assert cuts([convert(frame) for frame in frames]) == [6]


def test_tiny_frames_do_not_fail() -> None:
    assert cuts([np.zeros((1, 1, 3), np.uint8)] * 4) == []
    assert cuts([np.full((5, 400, 3), value, np.uint8) for value in (0, 0, 0, 255, 255)]) == [3]


@pytest.mark.parametrize("threshold", [0, -1, 256])
def test_threshold_outside_its_range_is_refused(threshold) -> None:
    with pytest.raises(UsageError, match="scene threshold"):
        SceneDetector(threshold)
