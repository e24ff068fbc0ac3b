"""The pipeline: frames in → schedule → interpolator → frames out.

The renderer decides nothing about time: it makes what the schedule says, one output frame after
the other, and keeps only the source frames that the current one needs.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .errors import InputError
from .interpolator import InterpolatedPair, Interpolator
from .media.frame import FrameSource, VideoFrame
from .media.sequence_writer import SequenceWriter
from .media.source import open_source
from .media.writer import VideoWriter
from .timeline.content import Between, Blend, Content, Hold, Source
from .timeline.pace import Multiply
from .timeline.schedule import Schedule, plan

Pixels = NDArray[Any]


class Sink(Protocol):
    """Where output frames go: a video file or a folder of pictures."""

    @property
    def path(self) -> Path: ...
    @property
    def notes(self) -> list[str]: ...
    def write(self, pixels: Pixels, time: Fraction) -> None: ...
    def close(self, end: Fraction | None = None) -> None: ...
    def abort(self) -> None: ...


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    path: Path
    frames: int
    schedule: Schedule
    notes: list[str]


def interpolate_video(
    source: str | Path,
    out: str | Path,
    factor: Fraction | int = 2,
    *,
    model: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    overwrite: bool = False,
    progress: bool = False,
) -> Rendered:
    """Multiply the frame rate of a video, or of a folder of pictures, by `factor`.

    N·n frames come of n; every source frame stays at its own time, untouched; sound, subtitles
    and the like are taken along. `out` is a video file, or a folder for numbered pictures.

    Raises:
        VfiError: any foreseen failure; then nothing is written.
    """
    interpolator = Interpolator(model, device, precision)
    with open_source(source) as frames:
        times, end = frames.times()
        schedule = plan(times, end, Multiply(factor), rate=frames.info.frame_rate)
        sink = open_sink(frames, Path(out), schedule, overwrite=overwrite)
        return render(frames, schedule, interpolator, sink, progress)


def open_sink(
    source: FrameSource,
    out: Path,
    schedule: Schedule,
    *,
    codec: str | None = None,
    quality: int | None = None,
    preset: str | None = None,
    overwrite: bool = False,
    mute: bool = False,
    size: tuple[int, int] | None = None,
) -> Sink:
    """The writer for `out`: a folder of pictures where it has no suffix, else a video file.

    Args:
        size: width and height of the frames, where they are not the source's.

    Raises:
        UsageError, OutputError: the output cannot be made like this.
    """
    info = source.info
    if not out.suffix:
        return SequenceWriter(out, len(schedule), like=info, overwrite=overwrite)
    width, height = size or (info.width, info.height)
    return VideoWriter(
        out,
        width,
        height,
        schedule.frame_rate if schedule.is_constant_rate else None,
        like=info,
        codec=codec,
        quality=quality,
        preset=preset,
        copy_from=None if info.is_sequence else info.path,
        overwrite=overwrite,
        part=schedule.source_part,
        stretch=schedule.stretch,
        mute=mute,
        time_base=info.time_base,
    )


def render(
    source: FrameSource,
    schedule: Schedule,
    interpolator: Interpolator,
    sink: Sink,
    progress: bool = False,
) -> Rendered:
    """Make every frame of the schedule and write it; on any failure the sink leaves nothing.

    Args:
        progress: show a bar with frames, rate and remaining time on stderr.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    maker = FrameMaker(interpolator)
    bar = tqdm(total=len(schedule), unit="frame", disable=not progress, dynamic_ncols=True)
    try:
        with closing(bar), closing(Window(source)) as window:
            for frame in schedule:
                sink.write(maker.picture(frame.content, window), frame.time - schedule.start)
                bar.update()
        sink.close(schedule.end - schedule.start)
    except BaseException:
        sink.abort()
        raise
    return Rendered(sink.path, len(schedule), schedule, sink.notes)


class Window:
    """The few source frames that are needed now; the source is read once, front to back."""

    def __init__(self, source: FrameSource) -> None:
        self._frames: Iterator[tuple[int, VideoFrame]] = enumerate(source)
        self._kept: dict[int, Pixels] = {}
        self._first: tuple[int, Pixels] | None = None  # a loop comes back to it

    def get(self, numbers: Iterable[int]) -> list[Pixels]:
        """The pixels of some source frames; those before the earliest of them are let go.

        Raises:
            InputError: the source has fewer frames than its index says.
        """
        wanted = list(numbers)
        if self._first is not None and self._first[0] in wanted:
            number, pixels = self._first
            others = [other for other in wanted if other != number]
            return [pixels if n == number else self._one(n) for n in wanted] if others else [pixels]
        for number in [number for number in self._kept if number < min(wanted)]:
            del self._kept[number]
        return [self._one(number) for number in wanted]

    def _one(self, number: int) -> Pixels:
        while number not in self._kept:
            try:
                read, frame = next(self._frames)
            except StopIteration:
                raise InputError(
                    f"the video ends before frame {number}; the file is damaged"
                ) from None
            if read >= number:
                self._kept[read] = frame.pixels
            if self._first is None and read >= number:
                self._first = (read, frame.pixels)
        return self._kept[number]

    def close(self) -> None:
        """Let everything go."""
        self._kept.clear()


class FrameMaker:
    """Makes pictures of a schedule's contents; what depends on a pair is computed once a pair."""

    def __init__(self, interpolator: Interpolator) -> None:
        self._interpolator = interpolator
        self._pair: tuple[tuple[int, int], InterpolatedPair] | None = None

    def picture(self, content: Content, window: Window) -> Pixels:
        """The pixels of one output frame."""
        if isinstance(content, Source | Hold):
            return window.get([content.frame])[0]
        one, two = window.get([content.one, content.two])
        if isinstance(content, Blend):
            return cross_fade(one, two, float(content.t))
        return self._between(content, one, two)

    def _between(self, content: Between, one: Pixels, two: Pixels) -> Pixels:
        key = (content.one, content.two)
        if self._pair is None or self._pair[0] != key:
            self._pair = (key, self._interpolator.pair(one, two))
        picture = self._pair[1].at(content.t)
        assert isinstance(picture, np.ndarray)
        return picture


def cross_fade(one: Pixels, two: Pixels, t: float) -> Pixels:
    """(1 − t)·one + t·two, in the type of the pictures."""
    mixed = one.astype(np.float32) * (1 - t) + two.astype(np.float32) * t
    if np.issubdtype(one.dtype, np.integer):
        mixed = np.rint(mixed)
    return mixed.astype(one.dtype)
