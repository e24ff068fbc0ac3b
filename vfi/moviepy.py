"""Frame interpolation for moviepy: `clip.with_effects([Interpolate(factor=3)])`."""

from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from moviepy import Effect, VideoClip
from numpy.typing import NDArray

from .errors import UsageError

Frame = NDArray[Any]


class Pair(Protocol):
    """Two frames whose common work is done: `at(t)` gives the frame between them, 0 < t < 1."""

    def at(self, t: float) -> Frame: ...


class PairMaker(Protocol):
    """What `Interpolate` needs of an interpolator; `vfi.Interpolator` has it."""

    def pair(self, one: Frame, two: Frame) -> Pair: ...


@dataclass
class Interpolate(Effect):  # type: ignore[misc]  # moviepy has no types
    """Multiplies the frame rate of a clip; duration, sound and size stay.

    Frames at the times of the source's frames are the source's, bit for bit; the others are
    interpolated; after the last source frame that one is held. A mask moves with the picture: it
    is interpolated as its alpha channel. Work on two neighbours is done once for all frames
    between them as long as frames are asked for in order, as when a clip is written.

    factor: how many frames there are for each frame of the source, 1 or more.
    model, device, precision: as for `vfi.Interpolator`; None takes its default.
    interpolator: one that exists already, instead of these three.
    Raises UsageError when applied with another factor or to a clip without a frame rate.
    """

    factor: int = 3
    model: str | None = None
    device: str | None = None
    precision: str | None = None
    interpolator: PairMaker | None = None

    def apply(self, clip: VideoClip) -> VideoClip:
        """Return a new clip with `factor` times the frame rate."""
        if not isinstance(self.factor, int) or self.factor < 1:
            raise UsageError(f"factor must be a whole number from 1 on, not {self.factor!r}")
        if not getattr(clip, "fps", None):
            raise UsageError("the clip has no frame rate; give it one with clip.with_fps(...)")
        frames = _Frames(clip, self.factor, self.interpolator or self._make_interpolator())
        faster = clip.with_updated_frame_function(frames.picture)
        if clip.mask is not None:
            mask = clip.mask.with_updated_frame_function(frames.mask)
            faster.mask = mask.with_fps(frames.rate)
        return faster.with_fps(frames.rate)

    def _make_interpolator(self) -> PairMaker:
        from .interpolator import Interpolator  # only now: it loads a network

        wanted = {"model": self.model, "device": self.device, "precision": self.precision}
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        return cast(PairMaker, Interpolator(**given))  # of arrays it makes arrays


class _Frames:
    """The frames of the faster clip, counted from 0; remembers the pair it is between."""

    def __init__(self, clip: VideoClip, factor: int, interpolator: PairMaker) -> None:
        self.rate = clip.fps * factor  # frames a second
        self._clip = clip
        self._factor = factor
        self._interpolator = interpolator
        self._count = None if clip.duration is None else max(1, round(clip.duration * clip.fps))
        self._sources: dict[int, Frame] = {}
        self._pair: tuple[int, Pair] | None = None
        self._last: tuple[int, Frame] | None = None

    def picture(self, time: float) -> Frame:
        """Return the picture at `time` seconds, (H, W, 3) or, of a mask, (H, W)."""
        frame = self._frame(self._number(time))
        return frame[:, :, :3] if frame.ndim == 3 else frame

    def mask(self, time: float) -> Frame:
        """Return the mask at `time` seconds, (H, W) in 0..1."""
        return self._frame(self._number(time))[:, :, 3] / 255.0

    def _number(self, time: float) -> int:
        """Return the number of the frame that is shown at a time (moviepy's times are floats)."""
        number = int(time * self.rate + 1e-4)
        return max(0, number)

    def _frame(self, number: int) -> Frame:
        if self._last is not None and self._last[0] == number:
            return self._last[1]
        left, step = divmod(number, self._factor)
        if self._count is not None and left >= self._count - 1:
            left, step = self._count - 1, 0
        frame = self._source(left) if step == 0 else self._between(left, step / self._factor)
        self._last = (number, frame)
        return frame

    def _between(self, left: int, t: float) -> Frame:
        if self._pair is None or self._pair[0] != left:
            pair = self._interpolator.pair(self._source(left), self._source(left + 1))
            self._pair = (left, pair)
        return self._pair[1].at(t)

    def _source(self, index: int) -> Frame:
        """Return a frame of the clip; two are kept, so that the reader is never sent back."""
        if index not in self._sources:
            self._sources = {k: v for k, v in self._sources.items() if k == index - 1}
            self._sources[index] = self._read(index)
        return self._sources[index]

    def _read(self, index: int) -> Frame:
        clip = self._clip
        time = index / clip.fps
        if clip.is_mask:
            return np.asarray(clip.get_frame(time), np.float32)
        colours = _as_bytes(clip.get_frame(time))
        if clip.mask is None:
            return colours
        alpha = _as_bytes(255.0 * np.asarray(clip.mask.get_frame(time)))
        return np.dstack([colours, alpha])


def _as_bytes(values: Frame) -> NDArray[np.uint8]:
    """Effects may leave floats in 0..255 behind."""
    if values.dtype == np.uint8:
        return values
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
