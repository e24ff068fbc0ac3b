"""The pipeline: frames in → schedule → interpolator → frames out.

The renderer decides nothing about time: it makes what the schedule says, one output frame after
the other, and keeps only the source frames that the current one needs.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .errors import InputError
from .interpolator import InterpolatedPair, Interpolator
from .media.frame import FrameSource, VideoFrame
from .media.native import Native
from .media.sequence_writer import SequenceWriter
from .media.sequences import SequenceReader, picture_suffix
from .media.source import open_source
from .media.writer import VideoWriter
from .planning import Planning, make_schedule
from .timeline.content import Between, Blend, Content, Hold, Source
from .timeline.light import linear_light_mean
from .timeline.pace import Multiply
from .timeline.schedule import Schedule
from .timeline.shutter import exposures
from .timeline.still import DEFAULT_TOLERANCE, StillRegions

Pixels = NDArray[Any]


class Sink(Protocol):
    """Where output frames go: a video file or a folder of pictures."""

    @property
    def path(self) -> Path: ...
    @property
    def notes(self) -> list[str]: ...
    def write(self, pixels: Pixels, time: Fraction, native: Native | None = None) -> None: ...
    def close(self, end: Fraction | None = None) -> None: ...
    def abort(self) -> None: ...


@dataclass(frozen=True)
class Look:
    """What is done to pictures besides interpolating them.

    Args:
        size: width and height that source frames are brought to; None keeps theirs.
        still: 8-bit levels within which both frames agree where nothing moves; there the source
            is used. 0 leaves still things to the network.
        mask: (H, W); where it is white the source is used in any case.
        shutter: degrees, 0 < angle ≤ 360: motion blur; None gives sharp frames.
    """

    size: tuple[int, int] | None = None
    still: float = DEFAULT_TOLERANCE
    mask: Pixels | None = field(default=None, compare=False)
    shutter: Fraction | None = None

    def lines(self) -> list[str]:
        """What is done, as lines of text for people."""
        lines = []
        if self.size:
            lines.append(f"size       {self.size[0]}x{self.size[1]}")
        if self.shutter is not None:
            lines.append(
                f"shutter    {float(self.shutter):g} degrees: every frame, those called untouched "
                "too, is the mean of the moments around it"
            )
        if self.mask is not None:
            lines.append("mask       where it is white, interpolated frames are the source's")
        if self.still:
            lines.append(
                f"still      where two frames agree to {self.still:g} levels, the source's pixels"
            )
        return lines


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

    N·n frames come of n; every source frame stays at its own time, untouched; nothing is mixed
    across scene cuts; sound, subtitles and the like are taken along. `out` is a video file, or a
    folder for numbered pictures.

    Raises:
        VfiError: any foreseen failure; then nothing is written.
    """
    interpolator = Interpolator(model, device, precision)
    with open_source(source) as frames:
        schedule = make_schedule(frames, Planning(Multiply(Fraction(factor))), progress)
        sink = open_sink(frames, Path(out), schedule, overwrite=overwrite)
        return render(frames, schedule, interpolator, sink, progress=progress)


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
    folder: bool | None = None,
) -> Sink:
    """The writer for `out`: a folder of pictures or a video file.

    Args:
        folder: which of them; by default a name without a suffix is a folder's.
        size: width and height of the frames, where they are not the source's.

    Raises:
        UsageError, OutputError: the output cannot be made like this.
    """
    info = source.info
    if (not out.suffix) if folder is None else folder:
        return _open_sequence(source, out, len(schedule), overwrite)
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


def _open_sequence(source: FrameSource, out: Path, count: int, overwrite: bool) -> SequenceWriter:
    first = source.first if isinstance(source, SequenceReader) else None  # for its colour profile
    suffix = picture_suffix(source)
    return SequenceWriter(
        out, count, suffix, like=source.info, like_picture=first, overwrite=overwrite
    )


def render(
    source: FrameSource,
    schedule: Schedule,
    interpolator: Interpolator,
    sink: Sink,
    look: Look = Look(),
    progress: bool = False,
) -> Rendered:
    """Make every frame of the schedule and write it; on any failure the sink leaves nothing.

    Args:
        progress: show a bar with frames, rate and remaining time on stderr.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    bar = tqdm(total=len(schedule), unit="frame", disable=not progress, dynamic_ncols=True)
    try:
        with closing(bar), closing(Window(source, look.size)) as window:
            maker = FrameMaker(interpolator, window, look)
            for time, contents, needed_next in _exposures(schedule, look.shutter):
                pictures = (maker.picture(content) for content in contents)
                sink.write(
                    linear_light_mean(pictures) if len(contents) > 1 else next(pictures),
                    time - schedule.start,
                    maker.native(contents),
                )
                window.release(needed_next)
                bar.update()
        sink.close(schedule.end - schedule.start)
    except BaseException:
        sink.abort()
        raise
    return Rendered(sink.path, len(schedule), schedule, [*source.notes, *sink.notes])


def _exposures(
    schedule: Schedule, shutter: Fraction | None
) -> Iterator[tuple[Fraction, list[Content], int]]:
    """For each output frame: its time, what it is the mean of, and the first source frame that
    the next one needs."""
    waiting: tuple[Fraction, list[Content]] | None = None
    for frame, contents in exposures(schedule, shutter):
        if waiting is not None:
            yield *waiting, min(min(content.needs) for content in contents)
        waiting = (frame.time, contents)
    if waiting is not None:
        yield *waiting, 0


class Window:
    """The few source frames that are needed now; the source is read once, front to back."""

    def __init__(self, source: FrameSource, size: tuple[int, int] | None = None) -> None:
        self._frames: Iterator[tuple[int, VideoFrame]] = enumerate(source)
        self._size = size
        self._kept: dict[int, VideoFrame] = {}
        self._first: tuple[int, VideoFrame] | None = None  # a loop comes back to it

    def get(self, number: int) -> VideoFrame:
        """A source frame; those that are passed over on the way are not kept.

        Raises:
            InputError: the source has fewer frames than its index says.
        """
        if self._first is not None and number == self._first[0]:
            return self._first[1]
        while number not in self._kept:
            try:
                read, frame = next(self._frames)
            except StopIteration:
                raise InputError(
                    f"the video ends before frame {number}; the file is damaged"
                ) from None
            if read < number:
                continue  # before the part, or a repeated drawing: nothing is made of it
            self._kept[read] = frame = _brought_to(frame, self._size)
            if self._first is None:
                self._first = (read, frame)
        return self._kept[number]

    def release(self, before: int) -> None:
        """Let the frames before this number go, but for the first."""
        for number in [number for number in self._kept if number < before]:
            del self._kept[number]

    def close(self) -> None:
        """Let everything go."""
        self._kept.clear()
        self._first = None


class FrameMaker:
    """Makes pictures of a schedule's contents; what depends on a pair is computed once a pair."""

    def __init__(self, interpolator: Interpolator, window: Window, look: Look) -> None:
        self._interpolator, self._window, self._look = interpolator, window, look
        self._key: tuple[int, int] | None = None
        self._pair: InterpolatedPair | None = None
        self._still: StillRegions | None = None

    def picture(self, content: Content) -> Pixels:
        """The pixels of one moment."""
        if isinstance(content, Source | Hold):
            return self._window.get(content.frame).pixels
        one, two = self._window.get(content.one).pixels, self._window.get(content.two).pixels
        if isinstance(content, Blend):
            return cross_fade(one, two, float(content.t))
        return self._between(content, one, two)

    def native(self, contents: Sequence[Content]) -> Native | None:
        """The source frame as decoded, where that is all that an output frame is."""
        content = contents[0]
        if len(contents) > 1 or not isinstance(content, Source | Hold):
            return None
        return self._window.get(content.frame).native

    def _between(self, content: Between, one: Pixels, two: Pixels) -> Pixels:
        if self._key != (content.one, content.two):
            self._key = (content.one, content.two)
            self._pair = self._interpolator.pair(one, two)
            look = self._look
            self._still = None
            if look.still or look.mask is not None:
                self._still = StillRegions(one, two, look.still, look.mask)
        assert self._pair is not None
        picture = self._pair.at(content.t)
        assert isinstance(picture, np.ndarray)
        return self._still.apply(picture, float(content.t)) if self._still else picture


def _brought_to(frame: VideoFrame, size: tuple[int, int] | None) -> VideoFrame:
    pixels = resized(frame.pixels, size)
    return frame if pixels is frame.pixels else VideoFrame(pixels, frame.time)


def resized(pixels: Pixels, size: tuple[int, int] | None) -> Pixels:
    """A picture (H, W, C) at another size (width, height): areas averaged, or Lanczos."""
    if size is None or (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    shrinks = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    scaled: Pixels = cv2.resize(pixels, size, interpolation=method)
    return scaled


def cross_fade(one: Pixels, two: Pixels, t: float) -> Pixels:
    """(1 − t)·one + t·two, in the type of the pictures."""
    mixed = one.astype(np.float32) * (1 - t) + two.astype(np.float32) * t
    if np.issubdtype(one.dtype, np.integer):
        mixed = np.rint(mixed)
    return mixed.astype(one.dtype)
