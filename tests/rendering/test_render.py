"""The renderer makes what the schedule says, with few frames in memory."""

import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch

from vfi.errors import InputError
from vfi.interpolator import Interpolator
from vfi.media.frame import VideoFrame
from vfi.media.video.decoded_frame import DecodedFrame
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter
from vfi.overlap import READ_AHEAD, abandoned
from vfi.rendering.frame_maker import FrameMaker, cross_fade
from vfi.rendering.lanes import ROOM
from vfi.rendering.render import RenderOptions, render, rendered_frames
from vfi.rendering.window import Window, resized
from vfi.timeline.content import SourceFrame
from vfi.timeline.retiming import Multiply, Slow, TargetRate
from vfi.timeline.schedule import Schedule, plan

SIZE = (12, 16)


def frame_at(number: int) -> np.ndarray:
    """A frame whose value tells its number, far enough apart that nothing stands still."""
    return np.full((*SIZE, 3), 20 * number, np.uint8)


class Frames:
    """A source of numbered frames that counts how often each is read."""

    def __init__(self, count: int) -> None:
        self.count, self.read = count, 0
        self.notes = ["the second reel is lost"]

    def __iter__(self) -> Iterator[VideoFrame]:
        for number in range(self.count):
            self.read += 1
            yield VideoFrame(frame_at(number), Fraction(number, 10))


class Pair:
    def __init__(self, one: np.ndarray, two: np.ndarray) -> None:
        self.one, self.two = one, two

    def at(self, t: Fraction) -> np.ndarray:
        return cross_fade(self.one, self.two, float(t))


class Blender:
    """Stands in for the interpolator; counts pairs."""

    def __init__(self) -> None:
        self.pairs: list[tuple[int, int]] = []

    def pair(self, one: np.ndarray, two: np.ndarray) -> Pair:
        self.pairs.append((one[0, 0, 0] // 20, two[0, 0, 0] // 20))
        return Pair(one, two)


class Shelf:
    """A sink in memory."""

    path = Path("shelf")

    def __init__(self, fails_at: int | None = None) -> None:
        self.notes: list[str] = []
        self.frames: list[tuple[Fraction, np.ndarray]] = []
        self.end: Fraction | None = None
        self.aborted = False
        self._fails_at = fails_at

    def write(
        self, pixels: np.ndarray, time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        if len(self.frames) == self._fails_at:
            raise KeyboardInterrupt
        self.frames.append((time, pixels))

    def close(self, end: Fraction | None = None) -> None:
        self.end = end

    def abort(self) -> None:
        self.aborted = True


def schedule_of(count: int, retiming: Any, **wishes: Any) -> Schedule:
    times = [Fraction(number, 10) for number in range(count)]
    return plan(times, Fraction(count, 10), retiming, **wishes)


def rendered(
    count: int, retiming: Any, look: RenderOptions | None = None, **wishes: Any
) -> tuple[Shelf, Blender]:
    shelf, blender = Shelf(), Blender()
    look = look or RenderOptions()
    render(Frames(count), schedule_of(count, retiming, **wishes), blender, shelf, look)
    return shelf, blender


def test_three_times_the_frames_with_the_sources_in_their_places() -> None:
    shelf, blender = rendered(4, Multiply(3))
    assert len(shelf.frames) == 12
    assert shelf.end == Fraction(4, 10)
    for number in range(4):
        time, pixels = shelf.frames[3 * number]
        assert time == Fraction(number, 10)
        assert np.array_equal(pixels, frame_at(number))
    assert blender.pairs == [(0, 1), (1, 2), (2, 3)], "pair work is done once a pair"
    assert shelf.frames[1][1][0, 0, 0] == round(20 / 3)


def test_what_is_to_be_said_of_the_source_is_said() -> None:
    shelf = Shelf()
    shelf.notes.append("the shelf is full")
    made = render(Frames(2), schedule_of(2, Multiply(2)), Blender(), shelf)
    assert made.notes == ["the second reel is lost", "the shelf is full"]


def test_a_target_rate_places_frames_in_time() -> None:
    shelf, _ = rendered(5, TargetRate(Fraction(25)))
    for time, pixels in shelf.frames:
        moment = min(float(time) * 10, 4)
        assert abs(float(pixels[0, 0, 0]) - 20 * moment) <= 0.5


def test_a_loop_comes_back_to_the_first_frame() -> None:
    shelf, blender = rendered(3, Multiply(2), loop=True)
    assert blender.pairs[-1] == (2, 0)
    assert shelf.frames[-1][1][0, 0, 0] == 20


def test_a_part_begins_with_its_first_frame() -> None:
    shelf, _ = rendered(8, Multiply(2), start=Fraction(3, 10), seconds=Fraction(2, 10))
    assert np.array_equal(shelf.frames[0][1], frame_at(3))
    assert shelf.frames[0][0] == 0
    assert len(shelf.frames) == 4


def test_nothing_is_mixed_across_a_cut() -> None:
    shelf, blender = rendered(4, Multiply(2), cuts=[2])
    assert (1, 2) not in blender.pairs
    assert np.array_equal(shelf.frames[3][1], frame_at(1))


def test_motion_blur_is_the_mean_around_the_frame() -> None:
    shelf, _ = rendered(6, Multiply(2), RenderOptions(still=0, shutter=Fraction(360)))
    values = [int(pixels[0, 0, 0]) for _, pixels in shelf.frames]
    assert len(values) == 12
    # Linear motion: the mean around a frame is near the frame, in linear light a little above.
    assert 60 <= values[6] <= 62
    assert values[0] > 0, "half of the first exposure lies after the first frame"


def test_sizes_are_changed_before_interpolation() -> None:
    shelf, _ = rendered(3, Multiply(2), RenderOptions(8, 6))
    assert {pixels.shape for _, pixels in shelf.frames} == {(6, 8, 3)}


def test_an_interruption_aborts_the_sink() -> None:
    shelf = Shelf(fails_at=3)
    with pytest.raises(KeyboardInterrupt):
        render(Frames(4), schedule_of(4, Multiply(2)), Blender(), shelf)
    assert shelf.aborted
    assert shelf.end is None


def test_a_source_that_ends_early_is_an_error_not_a_short_video() -> None:
    shelf = Shelf()
    with pytest.raises(InputError, match="ends before frame 3"):
        render(Frames(3), schedule_of(5, Multiply(2)), Blender(), shelf)
    assert shelf.aborted


def test_memory_does_not_grow_with_the_length_nor_with_a_hold() -> None:
    source = Frames(12)
    window = Window(source)
    most = 0
    for number in range(12):
        window.get(number)
        most = max(most, len(window._kept))
        window.release(number)
    assert most <= 2
    held = schedule_of(12, Multiply(2), kept=[0, 11])
    window = Window(Frames(12))
    maker = FrameMaker(Blender(), window)
    maker.picture(held[1].content)
    assert set(window._kept) <= {0, 11}, "frames inside a held drawing are not kept"


@pytest.mark.parametrize("factor", [Fraction(1), Fraction(3, 2), Fraction(4)])
def test_slow_motion_lasts_longer(factor: Fraction) -> None:
    shelf, _ = rendered(4, Slow(factor))
    assert shelf.end == factor * Fraction(4, 10)


def test_masked_pixels_are_the_sources() -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[:, :8] = 255
    shelf, _ = rendered(2, Multiply(2), RenderOptions(still=0, mask=mask))
    middle = shelf.frames[1][1]
    assert middle[0, 0, 0] == 0
    assert middle[0, 15, 0] == 10


def test_cross_fade_rounds() -> None:
    one, two = frame_at(0), frame_at(1)
    assert cross_fade(one, two, 0.26)[0, 0, 0] == 5
    assert cross_fade(one, two, 0.5).dtype == np.uint8


def test_resizing_to_the_same_size_is_nothing() -> None:
    pixels = frame_at(3)
    assert resized(pixels, (SIZE[1], SIZE[0])) is pixels


def test_a_source_frame_is_passed_through_as_it_is() -> None:
    window = Window(Frames(2))
    maker = FrameMaker(Blender(), window)
    assert np.array_equal(maker.picture(SourceFrame(1)), frame_at(1))


# ---- source frames sample for sample


def noisy_clip(path: Path, pixel_format: str, full_range: bool = False) -> list[bytes]:
    """Encode four frames of every level there is, without loss; return what a decoder gives."""
    random = np.random.default_rng(7)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 38, 30, pixel_format
        stream.codec_context.color_range = 2 if full_range else 1
        for _ in range(4):
            frame = av.VideoFrame(38, 30, pixel_format)
            frame.color_range = 2 if full_range else 1
            for plane in frame.planes:
                levels = random.integers(1, 255, plane.buffer_size, np.uint8)
                if "10" in pixel_format:
                    levels[1::2] %= 4
                plane.update(levels.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return samples_of(path)


def samples_of(path: Path) -> list[bytes]:
    """All samples of every frame, padding of the rows left out."""
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            wide = 2 if "10" in frame.format.name else 1
            views: list[Any] = list(frame.planes)
            planes = [
                np.frombuffer(p, np.uint8).reshape(p.height, -1)[:, : p.width * wide].tobytes()
                for p in views
            ]
            frames.append(b"".join([frame.format.name.encode(), *planes]))
    return frames


def render_file(
    source: Path, out: Path, look: RenderOptions | None = None, **wishes: Any
) -> list[bytes]:
    """Render three times the frames without loss; return their samples."""
    with VideoReader(source) as reader:
        schedule = plan(*reader.times(), Multiply(3), **wishes)
        size = (look and look.size) or (reader.info.width, reader.info.height)
        sink = VideoWriter(out, *size, schedule.frame_rate, like=reader.info, codec="ffv1")
        render(reader, schedule, Blender(), sink, look or RenderOptions())
    return samples_of(out)


@pytest.mark.parametrize(
    ("pixel_format", "full_range"),
    [("yuv420p", False), ("yuv420p", True), ("yuv422p10le", False), ("gray", True)],
)
def test_source_frames_keep_every_sample(
    tmp_path: Path, pixel_format: str, full_range: bool
) -> None:
    """RGB in between would clip whatever lies outside it, such as luma above 235."""
    source = noisy_clip(tmp_path / "in.mkv", pixel_format, full_range)
    made = render_file(tmp_path / "in.mkv", tmp_path / "out.mkv")
    assert made[::3] == [*source]
    assert made[1] not in source
    assert made[-2:] == [source[-1]] * 2, "the last frame is held, sample for sample"


def test_a_held_drawing_keeps_every_sample(tmp_path: Path) -> None:
    source = noisy_clip(tmp_path / "in.mkv", "yuv420p")
    made = render_file(tmp_path / "in.mkv", tmp_path / "out.mkv", cuts=[2])
    assert made[3:6] == [source[1]] * 3
    assert made[6] == source[2]


def test_frames_of_another_size_are_made_anew(tmp_path: Path) -> None:
    noisy_clip(tmp_path / "in.mkv", "yuv420p")
    made = render_file(tmp_path / "in.mkv", tmp_path / "out.mkv", RenderOptions(20, 16))
    assert {len(frame) for frame in made} == {len("yuv420p") + 20 * 16 * 3 // 2}


def test_a_blurred_frame_is_not_the_source_frame(tmp_path: Path) -> None:
    source = noisy_clip(tmp_path / "in.mkv", "yuv420p")
    made = render_file(
        tmp_path / "in.mkv", tmp_path / "out.mkv", RenderOptions(shutter=Fraction(360))
    )
    assert not set(made[:9]) & set(source)


# ---- several pairs at once


class ManyBlender(Blender):
    """The same for several pairs at once; those that come first take longest."""

    def __init__(self, pairs_at_once: int) -> None:
        super().__init__()
        self.pairs_at_once = pairs_at_once
        self._pause = threading.Event()

    def pair(self, one: np.ndarray, two: np.ndarray) -> Pair:
        self._pause.wait(0.01 / (1 + int(one[0, 0, 0])))
        return super().pair(one, two)


@pytest.mark.parametrize("lanes", [1, 2, 5])
@pytest.mark.parametrize(
    ("retiming", "look", "wishes"),
    [
        (Multiply(2), RenderOptions(), {}),
        (Multiply(5), RenderOptions(), {"cuts": [3], "at_cut": "blend"}),
        (TargetRate(Fraction(23)), RenderOptions(still=0, shutter=Fraction(360)), {"loop": True}),
        (Slow(Fraction(3)), RenderOptions(8, 6), {"kept": [0, 4, 5], "start": Fraction(2, 10)}),
    ],
)
def test_any_number_of_lanes_makes_the_same_frames(
    lanes: int, retiming: Any, look: RenderOptions, wishes: dict[str, Any]
) -> None:
    alone, _ = rendered(9, retiming, look, **wishes)
    shelf, blender = Shelf(), ManyBlender(lanes)
    render(Frames(9), schedule_of(9, retiming, **wishes), blender, shelf, look)
    assert len(shelf.frames) == len(alone.frames) > 9
    for one, two in zip(alone.frames, shelf.frames, strict=True):
        assert one[0] == two[0]
        assert np.array_equal(one[1], two[1])
    assert not abandoned()


def test_no_more_of_the_source_is_read_than_is_needed_soon() -> None:
    source = Frames(12)
    frames = rendered_frames(source, schedule_of(12, Multiply(2)), ManyBlender(2))
    next(frames)
    assert source.read <= READ_AHEAD + 2 + 2 * ROOM
    frames.close()
    assert not abandoned()


def test_the_time_of_every_stage_is_told() -> None:
    made = render(Frames(3), schedule_of(3, Multiply(2)), ManyBlender(2), Shelf())
    stages = {stage.name: stage for stage in made.timings.stages}
    assert list(stages) == ["decode", "interpolate", "encode"]
    assert stages["interpolate"].threads == 2
    assert all(0 < s.working <= made.timings.seconds * s.threads for s in stages.values())


def test_the_networks_make_the_same_frames_on_one_thread_and_on_several() -> None:
    """Wherever PyTorch shares a tensor out, the ends of the shares are rounded otherwise."""
    random = np.random.default_rng(3)
    ground = random.integers(0, 256, (243, 325, 3), np.uint8)
    ground = cv2.GaussianBlur(ground, (0, 0), 2)
    pictures = [np.ascontiguousarray(np.roll(ground, 2 * n, 1)) for n in range(3)]
    interpolator, threads = Interpolator("direct", "cpu"), torch.get_num_threads()
    found = []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            assert interpolator.pairs_at_once == count
            source = [VideoFrame(p, Fraction(n, 10)) for n, p in enumerate(pictures)]
            schedule = schedule_of(3, Multiply(3))
            frames = rendered_frames(source, schedule, interpolator)
            found.append([frame.pixels for frame in frames])
            assert torch.get_num_threads() == count, "the lanes' number is their own"
    finally:
        torch.set_num_threads(threads)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
