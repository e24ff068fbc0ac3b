"""The pipeline: frames in → schedule → interpolator → frames out.

The renderer decides nothing about time: it makes what the schedule says, one output frame after
the other, and keeps only the source frames that the current one needs.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UsageError, shown
from ..interpolator import PairMaker
from ..media.frame import FrameSource
from ..media.pictures.images import read_image
from ..media.sink import Sink
from ..media.video.decoded_frame import DecodedFrame
from ..media.video.deinterlace import Deinterlace
from ..overlap import READ_AHEAD, ahead
from ..paths import path_of
from ..planning import checked_level
from ..progress import Meter, Observer
from ..threads import compute_alone
from ..timeline.content import Content, OutputFrame
from ..timeline.rates import Number, number_text, parse_number
from ..timeline.schedule import Schedule
from ..timeline.shutter import exposures
from ..timings import Ledger, Timings
from .behind import ENCODE, Behind
from .frame_maker import FrameMaker
from .lanes import Lanes, Task
from .static_regions import DEFAULT_TOLERANCE
from .window import Window

Pixels = NDArray[Any]
OnError = Literal["stop", "skip"]
SIDES = (2, 16384)  # pixels
DECODE, INTERPOLATE = "decode", "interpolate"


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
            interlaced; "bob" makes one of each of their fields, at twice the rate, if the first
            frame is flagged so; "off" leaves them, combs and all.
        on_error: "stop" where a video is damaged; "skip" interpolates across what cannot be
            decoded, or holds the last frame where that is longer than half a second.

    Raises:
        UsageError: one of them is out of its range.
    """

    width: int | None
    height: int | None
    still: float
    mask: Path | Pixels | None
    shutter: Fraction | None
    deinterlace: Deinterlace
    on_error: OnError

    def __init__(
        self,
        width: int | None = None,
        height: int | None = None,
        *,
        still: float = DEFAULT_TOLERANCE,
        mask: str | Path | Pixels | None = None,
        shutter: Number | None = None,
        deinterlace: Deinterlace = "auto",
        on_error: OnError = "stop",
    ) -> None:
        if deinterlace not in get_args(Deinterlace):
            raise UsageError(
                f"deinterlace {shown(deinterlace)}: it is auto, off or bob", option="deinterlace"
            )
        if on_error not in get_args(OnError):
            raise UsageError(f"on_error {shown(on_error)}: it is stop or skip", option="on_error")
        values = {
            "width": _side(width, "width"),
            "height": _side(height, "height"),
            "still": checked_level(still, "still"),
            "mask": mask if mask is None or isinstance(mask, np.ndarray) else path_of(mask, "mask"),
            "shutter": None if shutter is None else _angle(shutter),
            "deinterlace": deinterlace,
            "on_error": on_error,
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
    timings: Timings = field(default_factory=Timings)
    lost: int = 0  # source frames that could not be decoded
    workers_memory: int = 0  # bytes that other processes together have had at most
    encoding: str = ""  # what encoded a video, what it was told, and in which pixel format


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


class InterpolatedFrame(NamedTuple):
    """A frame of a result that is not written."""

    time: Fraction  # seconds from the beginning of the result
    pixels: NDArray[Any]  # (H, W, 3 or 4) RGB(A), of the type of the source's
    kind: str  # source (untouched), between (interpolated), hold (repeated), blend (cross-fade)


class Renderer:
    """Makes frames of a schedule: any runs of them, one after the other in rising order.

    The source is read ahead meanwhile; of an interpolator that makes several pairs at once
    (`pairs_at_once`), so many are.

    source: the frames; it is read once, front to back.
    options: fitted to the size of the frames.
    ledger: books what is worked on "decode" and "interpolate".
    """

    def __init__(
        self,
        source: FrameSource,
        schedule: Schedule,
        interpolator: PairMaker,
        options: RenderOptions = RenderOptions(),
        ledger: Ledger | None = None,
    ) -> None:
        self._schedule, self._shutter = schedule, options.shutter
        self._count = int(getattr(interpolator, "pairs_at_once", 0))
        self.ledger = ledger or Ledger({DECODE: 1, INTERPOLATE: max(1, self._count), ENCODE: 1})
        self._lanes = Lanes(self._count, compute_alone) if self._count else None
        self._read = ahead(source, READ_AHEAD, self.ledger, DECODE)
        self._window = Window(self._read, options.size)
        self._maker = FrameMaker(interpolator, self._window, options.still, options.mask)

    def frames(self, numbers: range | None = None) -> Generator[RenderedFrame, None, None]:
        """Make a run of the output's frames; all of them, if none is named.

        Raises:
            VfiError: the source is damaged.
        """
        tasks = self._tasks(numbers)
        if self._lanes is None:
            return (task.run() for task in tasks)
        return self._lanes.results(tasks)

    def _tasks(self, numbers: range | None) -> Generator[Task[RenderedFrame], None, None]:
        schedule, window, maker = self._schedule, self._window, self._maker
        if schedule.shots.loop:
            window.get(schedule.first)  # its end comes back to it, also where the rest is there
        for frame, contents, needed_next in _exposures(schedule, self._shutter, numbers):
            task = maker.task(contents)
            time, decoded = frame.time - schedule.start, maker.decoded(contents)
            made = partial(_made, task, frame, time, decoded)
            yield Task(self.ledger.booked(INTERPOLATE, made), task.shared)
            del task, made, decoded  # what the caller keeps of them is its own affair
            window.release(needed_next)

    def close(self) -> None:
        """Let everything go; threads end with what they are at."""
        try:
            if self._lanes is not None:
                self._lanes.close()
        finally:
            self._window.close()
            self._read.close()


def _made(
    task: Task[Pixels], frame: OutputFrame, time: Fraction, decoded: DecodedFrame | None
) -> RenderedFrame:
    return RenderedFrame(time, task.run(), frame, decoded)


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

    Reading, making and writing go on at the same time.

    Args:
        observer: is told how far it has come.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    meter = Meter(observer, "render", len(schedule))
    with closing(Renderer(source, schedule, interpolator, options)) as renderer:
        write_frames(
            renderer.frames(),
            sink,
            lambda: schedule.end - schedule.start,
            meter.step,
            renderer.ledger,
        )
        notes = [*source.notes, *sink.notes]
        return Rendered(sink.path, len(schedule), schedule, notes, renderer.ledger.timings())


def write_frames(
    frames: Generator[RenderedFrame, None, None],
    sink: Sink,
    end: Callable[[], Fraction],
    step: Callable[[], object],
    ledger: Ledger | None = None,
) -> None:
    """Write frames.

    Args:
        end: says, when all are written, when the last one is over (seconds from the beginning of
            the result).
        step: is called after each frame.
        ledger: books what is worked on "encode".

    Raises:
        VfiError: as for `render`.
    """
    writer = Behind(sink, ledger or Ledger())
    try:
        with closing(frames):
            for frame in frames:
                writer.write(frame.pixels, frame.time, frame.decoded)
                del frame
                step()
        writer.close(end())
    except BaseException:
        writer.abort()
        raise


def _exposures(
    schedule: Schedule, shutter: Fraction | None, numbers: range | None
) -> Iterator[tuple[OutputFrame, list[Content], int]]:
    """Yield each output frame, what it is the mean of, and from where on the next one looks."""
    waiting: tuple[OutputFrame, list[Content]] | None = None
    for frame, contents in exposures(schedule, shutter, numbers):
        if waiting is not None:
            yield *waiting, min(min(content.needs) for content in contents)
        waiting = (frame, contents)
    if waiting is not None:
        yield *waiting, 0
