import cv2
import numpy as np
import pytest

from tests.helpers.drawings import animation, compressed, drawing, fade, pan, texture, with_noise
from vfi.analysis.cadence import CadenceMeter, find_keyframes
from vfi.errors import InputError


def keyframes(frames, cuts=()):
    meter = CadenceMeter()
    for frame in frames:
        meter.update(frame)
    return find_keyframes(meter.changes(), cuts)


def drawn(new):
    return [frame for frame, is_new in enumerate(new) if is_new]


PATTERNS = {
    "ones": [1],
    "twos": [2],
    "threes": [3],
    "fours": [4],
    "mixed": [1, 2, 2, 3, 1, 1, 2, 3, 3],
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("noise", "crf"), [(4, None), (3, 28)])
def test_cadence_of_drawings_with_noise_and_compression(pattern, noise, crf) -> None:
    frames, new = animation(PATTERNS[pattern], seed=21, count=30, noise=noise)
    if crf:
        frames = compressed(frames, crf)
    assert keyframes(frames) == drawn(new)


def test_a_small_mouth_that_moves_on_twos_is_seen() -> None:
    frames, new = animation([2], seed=4, count=30, small=True)
    assert keyframes(compressed(frames, 26)) == drawn(new)


def test_jpeg_frames_on_twos() -> None:
    frames, new = animation([2], seed=8, count=20, noise=2)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 70]
    frames = [cv2.imdecode(cv2.imencode(".jpg", f, quality)[1], cv2.IMREAD_COLOR) for f in frames]
    assert keyframes(frames) == drawn(new)


def test_each_scene_has_its_own_cadence() -> None:
    first, new_first = animation([2], seed=31, count=20)
    second, new_second = animation([1], seed=32, count=20)
    third, new_third = animation([3], seed=33, count=20)
    frames = compressed(first + second + third, 26)
    assert keyframes(frames, [20, 40]) == drawn(new_first + new_second + new_third)


@pytest.mark.parametrize(("step", "crf"), [(0.1, None), (0.1, 26), (0.3, 26), (1.0, None)])
def test_slow_pan_keeps_every_frame(step, crf) -> None:
    frames = with_noise(pan(texture(3, width=340), step, 30), 2)
    if crf:
        frames = compressed(frames, crf)
    assert keyframes(frames) == list(range(30))


def test_slow_fade_of_96_frames_keeps_every_frame() -> None:
    frames = [frame[:72, :128] for frame in fade(texture(4), 96)]
    assert keyframes(frames) == list(range(96))
    assert keyframes(compressed(frames, 26)) == list(range(96))


def test_live_action_with_little_motion_keeps_every_frame() -> None:
    """A face-sized patch that breathes by fractions of a pixel, over sensor noise."""
    ground, face = texture(5), texture(6, 80, 80)
    frames = []
    for index in range(40):
        frame = ground.copy()
        shift = np.float32([[1, 0, 0.5 * np.sin(index / 4)], [0, 1, 0.8 * np.sin(index / 7)]])
        frame[40:120, 90:170] = cv2.warpAffine(face, shift, (80, 80), borderMode=1)
        frames.append(frame)
    assert keyframes(with_noise(frames, 2)) == list(range(40))
    assert keyframes(compressed(with_noise(frames, 2), 28)) == list(range(40))


def test_motion_that_comes_to_rest_and_starts_again_keeps_every_frame() -> None:
    moments = np.cumsum([max(0.0, np.cos(index / 5)) * 2 + 0.05 for index in range(40)])
    frames = [drawing(9, moment) for moment in moments]
    assert keyframes(frames) == list(range(40))


def test_a_still_picture_and_a_pause_between_drawings_are_kept() -> None:
    assert keyframes([drawing(1, 0)] * 20) == list(range(20))
    frames, new = animation([2, 2, 2, 2, 2, 12, 2, 2, 2, 2, 2], seed=41, count=32)
    pause = range(11, 22)
    assert keyframes(frames) == sorted({*drawn(new), *pause})


def test_telecined_film_repeats_one_frame_in_five() -> None:
    frames, _ = animation([1], seed=51, count=40)
    video, new = [], []
    for index, frame in enumerate(frames):
        times = 2 if index % 4 == 3 else 1
        video += [frame] * times
        new += [True] + [False] * (times - 1)
    assert keyframes(compressed(video, 24)) == drawn(new)


def test_a_capture_that_stutters_once_loses_that_frame_only() -> None:
    frames, _ = animation([1], seed=61, count=30)
    frames[17] = frames[16]
    assert keyframes(frames) == [index for index in range(30) if index != 17]


@pytest.mark.parametrize("count", range(6, 22, 3))
def test_short_scenes_on_twos(count) -> None:
    frames, new = animation([2], seed=81, count=count)
    assert keyframes(frames) == drawn(new)


def test_short_and_empty_input() -> None:
    assert find_keyframes(CadenceMeter().changes()) == []
    assert keyframes([drawing(1, 0)]) == [0]
    assert keyframes([drawing(1, 0), drawing(1, 0)]) == [0, 1]


def test_deep_grey_and_tiny_frames() -> None:
    frames, new = animation([2], seed=71, count=16)
    deep = [frame.astype(np.uint16) * 257 for frame in frames]
    grey = [frame.mean(axis=2).astype(np.float32) / 255 for frame in frames]
    assert keyframes(deep) == keyframes(grey) == drawn(new)
    assert keyframes([np.zeros((1, 1, 3), np.uint8)] * 3) == [0, 1, 2]


def test_frames_of_different_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="do not match"):
        keyframes([drawing(1, 0), drawing(1, 0)[:90]])
