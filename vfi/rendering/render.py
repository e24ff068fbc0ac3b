"""The pipeline: frames in → schedule → interpolator → frames out.

The renderer decides nothing about time: it makes what the schedule says, one output frame after
the other, and keeps only the source frames that the current one needs.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from ..destination import Sink
from ..errors import InputError, UsageError, shown
from ..interpolator import Pair, PairMaker
from ..media.frame import FrameSource, VideoFrame
from ..media.pictures.images import read_image
from ..media.video.decoded_frame import DecodedFrame
from ..paths import path_of
from ..planning import checked_level
from ..progress import Meter, Observer
from ..timeline.content import Blend, Content, Hold, Interpolated, OutputFrame, SourceFrame
from ..timeline.rates import Number, number_text, parse_number
from ..timeline.schedule import Schedule
from ..timeline.shutter import exposures
from .linear_light import linear_light_mean
from .static_regions import DEFAULT_TOLERANCE, StaticRegions

Pixels = NDArray[Any]
Deinterlace = Literal["auto", "off"]
SIDES = (2, 16384)  # pixels


@dataclass(frozen=True, init=False)
class RenderOptions:
    """What is done to frames besides interpolating them.

    Args:
        width, height: the size that source frames are brought to, in pixels; of one alone, the
            shape is kept. Both together mean square pixels. None of them keeps the source's size.
        still: 8-bit levels within which two frames agree where nothing moves (subtitles, logos);
            there the source is used. 0 leaves still things to the network.
        mask: a picture file, or an array (H, W), of the size of the frames: where it is white the
            source is used in any case.
        shutter: degrees, above 0 to 360: motion blur as of a shutter open that long. None gives
            sharp frames.
        deinterlace: "auto" makes whole pictures, at the same rate, of frames that are flagged as
            interlaced; "off" leaves them, combs and all.

    Raises:
        UsageError: one of them is out of its range.
    """

    width: int | None
    height: int | None
    still: float
    mask: Path | Pixels | None
    shutter: Fraction | None
    deinterlace: Deinterlace

    def __init__(
        self,
        width: int | None = None,
        height: int | None = None,
        *,
        still: float = DEFAULT_TOLERANCE,
        mask: str | Path | Pixels | None = None,
        shutter: Number | None = None,
        deinterlace: Deinterlace = "auto",
    ) -> None:
        if deinterlace not in get_args(Deinterlace):
            raise UsageError(
                f"deinterlace {shown(deinterlace)}: it is auto or off", option="deinterlace"
            )
        values = {
            "width": _side(width, "width"),
            "height": _side(height, "height"),
            "still": checked_level(still, "still"),
            "mask": mask if mask is None or isinstance(mask, np.ndarray) else path_of(mask, "mask"),
            "shutter": None if shutter is None else _angle(shutter),
            "deinterlace": deinterlace,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def fitted(self, width: int, height: int) -> "RenderOptions":
        """Return the same for frames of a size: both sides known if one was, a mask an array.

        Raises:
            InputError: the mask cannot be read, or has another size.
        """
        wide, high = self.width, self.height
        if wide is None and high is not None:
            wide = max(2, 2 * round(width * high / height / 2))
        if high is None and wide is not None:
            high = max(2, 2 * round(height * wide / width / 2))
        mask = None if self.mask is None else _mask(self.mask, wide or width, high or height)
        return replace(self, width=wide, height=high, mask=mask)

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, where both are known."""
        if self.width is None or self.height is None:
            return None
        return self.width, self.height

    def lines(self) -> list[str]:
        """Return what is done, as lines of text for people."""
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


def _side(pixels: int | None, option: str) -> int | None:
    least, most = SIDES
    if pixels is not None and not (isinstance(pixels, int) and least <= pixels <= most):
        message = f"{option} {shown(pixels)} is out of range: give {least} to {most} pixels"
        raise UsageError(message, option=option)
    return pixels


def _angle(shutter: Number) -> Fraction:
    text = number_text(shutter)
    angle = parse_number(text.strip())
    if angle is None or not 0 < angle <= 360:
        message = f"shutter {shown(text)}: give degrees, above 0 to 360"
        raise UsageError(message, option="shutter")
    return angle


def _mask(mask: Path | Pixels, width: int, height: int) -> Pixels:
    pixels, name = (read_image(mask).pixels, mask) if isinstance(mask, Path) else (mask, "the mask")
    if pixels.ndim == 3:
        pixels = pixels[..., :3].max(axis=2)
    if pixels.shape != (height, width):
        raise InputError(
            f"{name} is {pixels.shape[1]}x{pixels.shape[0]}, the frames are {width}x{height}; "
            "a mask has the size of the frames",
            option="mask",
        )
    return pixels


@dataclass(frozen=True)
class Rendered:
    """What was written."""

    path: Path
    frames: int
    schedule: Schedule
    notes: list[str]


@dataclass(frozen=True)
class RenderedFrame:
    """A frame of the result."""

    time: Fraction  # seconds from the beginning of the result
    pixels: Pixels  # (H, W, 3 or 4) RGB(A), of the type of the source's
    planned: OutputFrame  # what the schedule says of it
    decoded: DecodedFrame | None = None  # the source frame as decoded, where that is all that it is

    @property
    def kind(self) -> str:
        """Source (untouched), between (interpolated), hold (repeated) or blend (a cross-fade)."""
        return self.planned.content.kind


class Renderer:
    """Makes frames of a schedule: any runs of them, one after the other in rising order.

    source: the frames; it is read once, front to back.
    options: fitted to the size of the frames.
    """

    def __init__(
        self,
        source: FrameSource,
        schedule: Schedule,
        interpolator: PairMaker,
        options: RenderOptions = RenderOptions(),
    ) -> None:
        self._schedule, self._shutter = schedule, options.shutter
        self._window = Window(source, options.size)
        self._maker = FrameMaker(interpolator, self._window, options)

    def frames(self, numbers: range | None = None) -> Generator[RenderedFrame, None, None]:
        """Make a run of the output's frames; all of them, if none is named.

        Raises:
            VfiError: the source is damaged.
        """
        schedule, window, maker = self._schedule, self._window, self._maker
        numbers = range(len(schedule)) if numbers is None else numbers
        if schedule.shots.loop:
            window.get(schedule.first)  # its end comes back to it, also where the rest is there
        for frame, contents, needed_next in _exposures(schedule, self._shutter, numbers):
            pictures = (maker.picture(content) for content in contents)
            pixels = linear_light_mean(pictures) if len(contents) > 1 else next(pictures)
            time = frame.time - schedule.start
            yield RenderedFrame(time, pixels, frame, maker.decoded(contents))
            del pixels  # what the caller keeps of them is its own affair
            window.release(needed_next)

    def close(self) -> None:
        """Let everything go."""
        self._window.close()


def rendered_frames(
    source: FrameSource,
    schedule: Schedule,
    interpolator: PairMaker,
    options: RenderOptions = RenderOptions(),
) -> Generator[RenderedFrame, None, None]:
    """Make every frame of the schedule, one after the other.

    Args:
        source: the frames; it is read once, front to back.
        options: fitted to the size of the frames.

    Raises:
        VfiError: the source is damaged.
    """
    with closing(Renderer(source, schedule, interpolator, options)) as renderer:
        yield from renderer.frames()


def render(
    source: FrameSource,
    schedule: Schedule,
    interpolator: PairMaker,
    sink: Sink,
    options: RenderOptions = RenderOptions(),
    observer: Observer = lambda _: None,
) -> Rendered:
    """Make every frame of the schedule and write it; on any failure the sink leaves nothing.

    Args:
        observer: is told how far it has come.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    meter = Meter(observer, "render", len(schedule))
    with closing(Renderer(source, schedule, interpolator, options)) as renderer:
        write_frames(renderer.frames(), sink, schedule.end - schedule.start, meter)
    return Rendered(sink.path, len(schedule), schedule, [*source.notes, *sink.notes])


def write_frames(
    frames: Generator[RenderedFrame, None, None], sink: Sink, end: Fraction, meter: Meter
) -> None:
    """Write frames, the last of which is over at `end` (seconds from the beginning of the result).

    Raises:
        VfiError: as for `render`.
    """
    try:
        with closing(frames):
            for frame in frames:
                sink.write(frame.pixels, frame.time, frame.decoded)
                meter.step()
        sink.close(end)
    except BaseException:
        sink.abort()
        raise


def _exposures(
    schedule: Schedule, shutter: Fraction | None, numbers: range
) -> Iterator[tuple[OutputFrame, list[Content], int]]:
    """Yield each output frame, what it is the mean of, and from where on the next one looks."""
    waiting: tuple[OutputFrame, list[Content]] | None = None
    for frame, contents in exposures(schedule, shutter, numbers):
        if waiting is not None:
            yield *waiting, min(min(content.needs) for content in contents)
        waiting = (frame, contents)
    if waiting is not None:
        yield *waiting, 0


class Window:
    """The few source frames that are needed now; the source is read once, front to back."""

    def __init__(self, source: Iterable[VideoFrame], size: tuple[int, int] | None = None) -> None:
        self._frames: Iterator[tuple[int, VideoFrame]] = enumerate(source)
        self._size = size
        self._kept: dict[int, VideoFrame] = {}
        self._first: tuple[int, VideoFrame] | None = None  # a loop comes back to it

    def get(self, number: int) -> VideoFrame:
        """Return a source frame; those that are passed over on the way are not kept.

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


class SourcePicture(Protocol):
    """What a picture is made of: a source frame."""

    @property
    def pixels(self) -> Pixels: ...
    @property
    def decoded(self) -> DecodedFrame | None: ...


class SourcePictures(Protocol):
    """Source frames by their number; `Window` is one."""

    def get(self, number: int) -> SourcePicture: ...


class FrameMaker:
    """Makes pictures of a schedule's contents; what depends on a pair is computed once a pair."""

    def __init__(
        self, interpolator: PairMaker, window: SourcePictures, options: RenderOptions
    ) -> None:
        self._interpolator, self._window, self._options = interpolator, window, options
        self._key: tuple[int, int] | None = None
        self._pair: Pair | None = None
        self._still: StaticRegions | None = None

    def picture(self, content: Content) -> Pixels:
        """Return the pixels of one moment."""
        if isinstance(content, SourceFrame | Hold):
            return self._window.get(content.frame).pixels
        one, two = self._window.get(content.one).pixels, self._window.get(content.two).pixels
        if isinstance(content, Blend):
            return cross_fade(one, two, float(content.t))
        return self._between(content, one, two)

    def decoded(self, contents: Sequence[Content]) -> DecodedFrame | None:
        """Return the source frame as decoded, where that is all that an output frame is."""
        content = contents[0]
        if len(contents) > 1 or not isinstance(content, SourceFrame | Hold):
            return None
        return self._window.get(content.frame).decoded

    def _between(self, content: Interpolated, one: Pixels, two: Pixels) -> Pixels:
        if self._key != (content.one, content.two):
            self._key = (content.one, content.two)
            self._pair = self._interpolator.pair(one, two)
            self._still = self._still_regions(one, two)
        assert self._pair is not None
        picture: Pixels = self._pair.at(content.t)
        return self._still.apply(picture, float(content.t)) if self._still else picture

    def _still_regions(self, one: Pixels, two: Pixels) -> StaticRegions | None:
        still, mask = self._options.still, self._options.mask
        assert not isinstance(mask, Path), "options are fitted to the frames first"
        if not still and mask is None:
            return None
        return StaticRegions(one, two, still, mask)


def _brought_to(frame: VideoFrame, size: tuple[int, int] | None) -> VideoFrame:
    pixels = resized(frame.pixels, size)
    return frame if pixels is frame.pixels else VideoFrame(pixels, frame.time)


def resized(pixels: Pixels, size: tuple[int, int] | None) -> Pixels:
    """Return a picture (H, W, C) at another size (width, height): areas averaged, or Lanczos."""
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
