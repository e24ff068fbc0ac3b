"""Frame interpolation for moviepy: `clip.with_effects([Interpolate(factor=3)])`.

A file that nothing else is done to need not pass through moviepy: `interpolated_file`.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from moviepy import Effect, VideoClip, VideoFileClip
from numpy.typing import NDArray

from .errors import UsageError
from .interpolator import Interpolator, PairMaker, check_factor
from .media.depth import converted
from .planning import TimelineOptions, plan_scanned, scan_frames
from .rendering.frame_maker import FrameMaker
from .rendering.render import RenderOptions
from .timeline.content import Content
from .timeline.rates import Number
from .timeline.schedule import Schedule
from .timeline.times import ConstantTimes
from .video import JobWishes, interpolate_video

Frame = NDArray[Any]


def interpolated_file(
    source: str | Path,
    out: str | Path | None = None,
    fps: Number | None = None,
    **wishes: Unpack[JobWishes],
) -> VideoFileClip:
    """Return the result of `vfi.interpolate_video` as a clip: exact times, audio and all.

    Raises:
        VfiError: any foreseen failure; then nothing is left of the result.
    """
    return VideoFileClip(str(interpolate_video(source, out, fps, **wishes).path))


@dataclass
class Interpolate(Effect):  # type: ignore[misc]  # moviepy has no types
    """Multiplies the frame rate of a clip; duration, audio and size stay.

    Frames at the times of the source's frames are the source's, bit for bit; the others are
    interpolated; after the last source frame that one is held. As in a video, nothing is mixed
    across a cut: for that the clip is looked through once, before the first frame that is not the
    source's. A mask moves with the picture: it is interpolated as its alpha channel. Work on two
    neighbours is done once for all frames between them as long as frames are asked for in order,
    as when a clip is written.

    factor: how many frames there are for each frame of the source, 1 or more.
    model, device, precision: as for `vfi.Interpolator`; None takes its default.
    interpolator: one that exists already, instead of these three.
    timeline: what is looked for (cuts, repeated drawings), and what is shown at a cut.
    still: 8-bit levels within which two frames agree where nothing moves; 0 leaves it to the model.
    Raises UsageError when applied with another factor, to a clip without a frame rate or duration,
    or with a timeline that names rates or a part.
    """

    factor: int = 3
    model: str | None = None
    device: str | None = None
    precision: str | None = None
    interpolator: PairMaker | None = None
    timeline: TimelineOptions = TimelineOptions()
    still: float = RenderOptions().still

    def apply(self, clip: VideoClip) -> VideoClip:
        """Return a new clip with `factor` times the frame rate."""
        if not isinstance(self.factor, int) or self.factor < 1:
            message = f"factor must be a whole number from 1 on, not {self.factor!r}"
            raise UsageError(message, option="factor")
        if not getattr(clip, "fps", None):
            raise UsageError("the clip has no frame rate; give it one with clip.with_fps(...)")
        if clip.duration is None:
            raise UsageError("the clip has no duration; give it one with clip.with_duration(...)")
        source = _Clip(clip)
        still = RenderOptions(still=self.still).still
        interpolator = self.interpolator or self._make_interpolator()
        check_factor(interpolator, self.factor, "factor")
        maker = FrameMaker(interpolator, source, still)
        frames = _Frames(source, self._timeline(), maker)
        rate = clip.fps * self.factor
        faster = clip.with_updated_frame_function(lambda time: frames.picture(time * rate))
        if clip.mask is not None:
            mask = clip.mask.with_updated_frame_function(lambda time: frames.mask(time * rate))
            faster.mask = mask.with_fps(rate)
        return faster.with_fps(rate)

    def _timeline(self) -> TimelineOptions:
        for name in ("fps", "target_fps", "slow", "input_fps", "start", "end", "seconds"):
            if getattr(self.timeline, name) is not None:
                raise UsageError(f"{name} is moviepy's own affair in a clip", option=name)
        return replace(self.timeline, fps=Fraction(self.factor))

    def _make_interpolator(self) -> PairMaker:
        wanted = {"model": self.model, "device": self.device, "precision": self.precision}
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        return Interpolator(**given)


@dataclass(frozen=True)
class _Picture:
    pixels: Frame
    decoded: None = None


class _Clip:
    """The frames of a clip by their number.

    The last two are kept, so that the reader is never sent back.
    """

    def __init__(self, clip: VideoClip) -> None:
        self._clip = clip
        self._kept: dict[int, _Picture] = {}
        self.rate = Fraction(clip.fps).limit_denominator(1001)
        self.count = max(1, round(clip.duration * clip.fps))

    def get(self, number: int) -> _Picture:
        """Frame `number`: bytes (H, W, 3), RGBA with a mask; of a mask float32 (H, W) in 0..1."""
        if number not in self._kept:
            kept = {k: v for k, v in self._kept.items() if k in (0, number - 1)}
            self._kept = kept | {number: _Picture(self._read(number))}
        return self._kept[number]

    def all(self) -> Generator[Frame, None, None]:
        """All frames from the first to the last."""
        return (self._read(number) for number in range(self.count))

    def _read(self, number: int) -> Frame:
        clip = self._clip
        time = number / clip.fps
        if clip.is_mask:
            return np.asarray(clip.get_frame(time), np.float32)
        colours = _as_bytes(clip.get_frame(time))
        if clip.mask is None:
            return colours
        alpha = converted(np.asarray(clip.mask.get_frame(time), np.float64), np.uint8)
        return np.dstack([colours, alpha])


class _Frames:
    """The frames of the faster clip."""

    def __init__(self, source: _Clip, timeline: TimelineOptions, maker: FrameMaker) -> None:
        self._source, self._timeline, self._maker = source, timeline, maker
        self._last: tuple[Content, Frame] | None = None

    def picture(self, place: float) -> Frame:
        """Return the picture at a place counted in frames, (H, W, 3) or, of a mask, (H, W)."""
        frame = self._frame(place)
        return frame[:, :, :3] if frame.ndim == 3 else frame

    def mask(self, place: float) -> Frame:
        """Return the mask at a place counted in frames, (H, W) in 0..1."""
        return self._frame(place)[:, :, 3] / 255.0

    def _frame(self, place: float) -> Frame:
        number = max(0, int(place + 1e-4))  # moviepy's times are floats
        if number == 0:  # it is asked for its size before anything is done
            return self._source.get(0).pixels
        content = self._schedule[min(number, len(self._schedule) - 1)].content
        if self._last is None or self._last[0] != content:
            self._last = (content, self._maker.picture(content))
        return self._last[1]

    @cached_property
    def _schedule(self) -> Schedule:
        rate, count = self._source.rate, self._source.count
        times = ConstantTimes(Fraction(0), rate, count)
        scan = scan_frames(self._source.all, times, count / rate, self._timeline)
        return plan_scanned(scan, rate, self._timeline)


def _as_bytes(values: Frame) -> NDArray[np.uint8]:
    """Effects may leave floats in 0..255 behind."""
    if values.dtype == np.uint8:
        return values
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
