"""The effect for moviepy, with a plain blend in the network's place."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from moviepy import ColorClip, CompositeVideoClip, VideoClip, VideoFileClip

from tests.helpers.clips import make_clip, moving_square, tone_of
from tests.helpers.textures import texture
from vfi.errors import UsageError
from vfi.models.moments import Moments
from vfi.moviepy import Interpolate, interpolated_file
from vfi.planning import TimelineOptions
from vfi.rendering.frame_maker import cross_fade


class Blend:
    """Counts the pairs; between two frames it gives their weighted mean."""

    def __init__(self) -> None:
        self.pairs = 0

    def pair(self, one: np.ndarray, two: np.ndarray) -> "BlendedPair":
        self.pairs += 1
        return BlendedPair(one, two)


class BlendedPair:
    def __init__(self, one: np.ndarray, two: np.ndarray) -> None:
        self.one, self.two = one.astype(np.float64), two.astype(np.float64)
        self.kind = one.dtype

    def at(self, t: float) -> np.ndarray:
        assert 0 < t < 1
        return (self.one * (1 - t) + self.two * t).astype(self.kind)


def numbered(count: int = 5, fps: float = 10) -> VideoClip:
    """A clip whose frame k is k·30 grey; between frames it would be something else."""

    def frame(t: float) -> np.ndarray:
        return np.full((16, 24, 3), 30 * int(t * fps + 1e-6), np.uint8)

    return VideoClip(frame, duration=count / fps).with_fps(fps)


def levels(clip: VideoClip) -> list[int]:
    return [int(frame[0, 0, 0]) for frame in clip.iter_frames()]


def test_frames_between() -> None:
    blend = Blend()
    fast = numbered().with_effects([Interpolate(factor=3, interpolator=blend)])
    assert fast.fps == 30
    assert fast.duration == 0.5
    assert fast.size == (24, 16)
    steps = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 120, 120]
    assert levels(fast) == steps  # the last one is held
    assert blend.pairs == 4  # once each


def test_source_frames_are_untouched() -> None:
    source = numbered(6, 24000 / 1001)
    fast = source.with_effects([Interpolate(factor=2, interpolator=Blend())])
    for index in range(6):
        time = index / source.fps
        np.testing.assert_array_equal(fast.get_frame(time), source.get_frame(time))


def test_source_is_read_in_order_and_once() -> None:
    asked: list[float] = []
    source = numbered()
    read = source.frame_function

    def watched(t: float) -> np.ndarray:
        asked.append(round(t * 10))
        return read(t)

    source.frame_function = watched
    for scene_threshold, looked_through in ((0.0, []), (15.0, [0, 1, 2, 3, 4])):
        timeline = TimelineOptions(scene_threshold=scene_threshold)
        effect = Interpolate(factor=4, interpolator=Blend(), timeline=timeline)
        fast = source.with_effects([effect])
        asked.clear()
        for _ in fast.iter_frames():
            pass
        assert asked == [*looked_through, 1, 2, 3, 4]  # frame 0 was looked at for the size


def two_scenes() -> tuple[VideoClip, list[np.ndarray]]:
    """Three frames of one texture, three of another."""
    pictures = [texture(2 * n, seed=seed) for seed in (4, 9) for n in range(3)]
    clip = VideoClip(lambda t: pictures[min(5, int(t * 10 + 1e-6))], duration=0.6)
    return clip.with_fps(10), pictures


def test_nothing_is_mixed_across_a_cut() -> None:
    """As `vfi video` does it: the last frame of a scene is held."""
    source, pictures = two_scenes()
    blend = Blend()
    fast = source.with_effects([Interpolate(factor=3, interpolator=blend, still=0)])
    frames = list(fast.iter_frames())
    assert len(frames) == 18
    for number in range(6):
        np.testing.assert_array_equal(frames[3 * number], pictures[number])
    for number in (7, 8):
        np.testing.assert_array_equal(frames[number], pictures[2])
    assert blend.pairs == 4
    np.testing.assert_array_equal(fast.get_frame(0.27), pictures[2])  # in any order


def test_what_is_shown_at_a_cut_can_be_chosen() -> None:
    source, pictures = two_scenes()
    for timeline, expected in (
        (TimelineOptions(at_cut="nearest"), pictures[3]),
        (TimelineOptions(at_cut="blend"), cross_fade(pictures[2], pictures[3], 2 / 3)),
    ):
        effect = Interpolate(factor=3, interpolator=Blend(), timeline=timeline)
        frame = source.with_effects([effect]).get_frame(8 / 30 + 1e-6)
        np.testing.assert_array_equal(frame, expected)


def test_repeated_drawings_move() -> None:
    """Drawn on twos: what repeats is replaced by what lies between the drawings."""
    pictures = [np.full((16, 24, 3), 40 * (n // 2), np.uint8) for n in range(6)]
    source = VideoClip(lambda t: pictures[min(5, int(t * 10 + 1e-6))], duration=0.6).with_fps(10)
    effect = Interpolate(factor=1, interpolator=Blend(), timeline=TimelineOptions(threshold=1))
    assert levels(source.with_effects([effect])) == [0, 20, 40, 60, 80, 80]


@pytest.mark.parametrize("name", ["fps", "target_fps", "slow", "start", "end", "seconds"])
def test_rates_and_parts_are_moviepys_affair(name: str) -> None:
    timeline = TimelineOptions(**{name: 2})
    with pytest.raises(UsageError, match=f"{name} is moviepy's own affair") as caught:
        numbered().with_effects([Interpolate(interpolator=Blend(), timeline=timeline)])
    assert caught.value.option == name


def test_clip_without_a_duration() -> None:
    clip = VideoClip(lambda t: np.zeros((4, 4, 3), np.uint8)).with_fps(5)
    with pytest.raises(UsageError, match="with_duration"):
        clip.with_effects([Interpolate(interpolator=Blend())])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_need_not_pass_through_moviepy(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", 4, rate=Fraction(10), audio=Fraction(4, 10))
    clip = interpolated_file(path, fps=3, interpolator=Blend())
    try:
        assert (clip.filename, clip.fps) == (str(tmp_path / "a_3x.mp4"), 30)
        assert clip.audio is not None
        assert len(list(clip.iter_frames())) == 12
    finally:
        clip.close()


def test_mask_moves_with_the_picture() -> None:
    blend = Blend()
    mask = VideoClip(lambda t: np.full((16, 24), round(t * 10) / 4), is_mask=True, duration=0.5)
    source = numbered().with_mask(mask.with_fps(10))
    fast = source.with_effects([Interpolate(factor=2, interpolator=blend)])
    values = [float(frame[0, 0]) for frame in fast.mask.iter_frames()]
    assert fast.mask.fps == 20
    assert values == pytest.approx(
        [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1], abs=0.005
    )
    assert levels(fast) == [0, 15, 30, 45, 60, 75, 90, 105, 120, 120]
    assert fast.get_frame(0.05).shape == (16, 24, 3)
    assert source.mask.get_frame(0.1)[0, 0] == 0.25  # the source is as it was
    together = CompositeVideoClip([ColorClip((24, 16), (0, 0, 200), duration=0.5), fast])
    assert together.get_frame(0.4)[0, 0].tolist() == [120, 120, 120]


def test_a_mask_alone() -> None:
    mask = VideoClip(lambda t: np.full((4, 6), round(t * 10) / 4), is_mask=True, duration=0.5)
    fast = mask.with_fps(10).with_effects([Interpolate(factor=2, interpolator=Blend())])
    assert float(fast.get_frame(0.05)[0, 0]) == pytest.approx(0.125)


def test_frames_of_other_effects_may_be_floats() -> None:
    source = VideoClip(lambda t: np.full((4, 6, 3), 99.6), duration=0.3).with_fps(10)
    fast = source.with_effects([Interpolate(factor=2, interpolator=Blend())])
    assert fast.get_frame(0.05).dtype == np.uint8
    assert fast.get_frame(0.05)[0, 0, 0] == 100


# moviepy leaves the pipes of its ffmpeg processes to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_real_clip_with_sound(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mp4", 10, rate=Fraction(10), audio=Fraction(1), options={"crf": "4"}
    )
    clip = VideoFileClip(str(path))
    try:
        fast = clip.with_effects([Interpolate(factor=3, interpolator=Blend())])
        assert fast.audio is not None
        fast.write_videofile(str(tmp_path / "b.mp4"), audio_codec="aac", logger=None)
    finally:
        clip.close()
    again = VideoFileClip(str(tmp_path / "b.mp4"))
    try:
        assert again.fps == 30
        assert again.duration == pytest.approx(1, abs=0.05)
        frames = list(again.iter_frames())
    finally:
        again.close()
    assert len(frames) == 30
    squares = moving_square(10)
    for index in (0, 3, 6, 27):
        assert np.abs(frames[index].astype(int) - squares[index // 3]).mean() < 8
    seconds, frequency = tone_of(tmp_path / "b.mp4")
    assert seconds == pytest.approx(1, abs=0.1)
    assert frequency == pytest.approx(440, abs=2)


@pytest.mark.parametrize("factor", [0, -1, 1.5, "3"])
def test_wrong_factor(factor: object) -> None:
    with pytest.raises(UsageError, match="whole number"):
        numbered().with_effects([Interpolate(factor=factor, interpolator=Blend())])


def test_a_model_that_does_not_make_the_thirds() -> None:
    halving = Blend()
    halving.times = Moments.HALVES  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match=r"factor 3 needs a frame at 1/3 of the way, but model"):
        numbered().with_effects([Interpolate(factor=3, interpolator=halving)])
    faster = numbered().with_effects([Interpolate(factor=4, interpolator=halving)])
    assert faster.fps == 40


def test_clip_without_a_rate() -> None:
    clip = VideoClip(lambda t: np.zeros((4, 4, 3), np.uint8), duration=1)
    with pytest.raises(UsageError, match="with_fps"):
        clip.with_effects([Interpolate(interpolator=Blend())])


def test_factor_one_changes_nothing() -> None:
    blend = Blend()
    same = numbered().with_effects([Interpolate(factor=1, interpolator=blend)])
    assert levels(same) == [0, 30, 60, 90, 120]
    assert blend.pairs == 0


def test_the_package_s_own_interpolator() -> None:
    """`direct` needs no weights."""
    fast = numbered(3).with_effects([Interpolate(factor=2, model="direct", device="cpu")])
    assert [abs(a - b) <= 2 for a, b in zip(levels(fast), [0, 15, 30, 45, 60, 60], strict=True)]
