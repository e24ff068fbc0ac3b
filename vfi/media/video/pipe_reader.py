"""A video out of a pipe: read front to back, once, with no word on what is to come."""

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import NoReturn

import av

from ...errors import InputError, UsageError
from ..frame import VideoFrame
from ..pipes import PipeIn
from .decoding import Decoding
from .deinterlace import Deinterlace
from .demux import open_pipe
from .scan import last_length

_INTERVALS = 32  # of the last frames, of which the usual one is the median
_UNTIMED = {"avi"}  # formats that number frames in another order than they are shown in


class PipeReader(Decoding):
    """Reads a video from standard input or a named pipe.

    Frames have the times that they carry. Where they carry none, or one that is not later than
    that of the frame before, they follow it as frames usually do. `end` is known when all has been
    read. That a pipe ends too early cannot be seen, but where a frame is cut off.

    What comes beside the picture is in `beside`, if it is `wanted` before frames are read; then
    `let_go` leaves the pipe open for it.
    """

    def __init__(self, path: str | os.PathLike[str], deinterlace: Deinterlace = "auto") -> None:
        if deinterlace == "bob":
            message = f"{path}: a frame of each field can be made of a file, not of a pipe"
            raise UsageError(message, option="deinterlace")
        self._file = PipeIn(Path(path))
        try:
            container = open_pipe(self._file)
            super().__init__(container, self._file.path, deinterlace, self._file)
        except BaseException:
            self._file.close()
            raise
        timed = container.format.name not in _UNTIMED and self._first_tick is not None
        self._origin = self._first_tick if timed else None
        self._ticks: list[int | Fraction] = []  # of the last frames, from the first on
        self._length = 0  # ticks, that the last one says it is shown
        self._over = False

    def close(self) -> None:
        """Close the pipe, if nobody is reading it just now; a second time does nothing."""
        super().close()
        if not self._is_being_read():
            self._file.close()

    def let_go(self, end: Fraction) -> None:
        """Close the pipe; where what is beside the picture is wanted, leave it open, read to `end`.

        Args:
            end: of the part that is wanted, in seconds since the first frame.
        """
        if self.beside is None or not self.beside.wanted:
            self.close()
        elif not self._over:
            self.beside.read_on(self.info.start + end)

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every frame once, ordered by time; a second iteration raises InputError."""
        if self._first is None:
            raise InputError(f"{self.path} has been read already; it can be read once only")
        if self.beside is not None and not self.beside.wanted:
            self.beside.drop()
        for frame in self._progressive():
            tick = self._tick_of(frame)
            yield self._shown(frame, tick * self.info.time_base)
            del frame  # what the caller keeps of it is its own affair
        self._over = True

    @property
    def end(self) -> Fraction:
        """When the last frame is over, in seconds since the first.

        Raises:
            UsageError: it has not been read yet.
        """
        if not self._over:
            self.times()
        ticks = [round(tick) for tick in self._ticks]
        return (self._ticks[-1] + last_length(ticks, self._length, self._stream)) * (
            self.info.time_base
        )

    def _tick_of(self, frame: av.VideoFrame) -> int | Fraction:
        """Return the tick of a frame, counted from the first; later than the one before."""
        stamp = None if self._origin is None or frame.pts is None else frame.pts - self._origin
        tick: int | Fraction = stamp or 0
        if self._ticks and (stamp is None or stamp <= self._ticks[-1]):
            tick = self._ticks[-1] + self._step()
        self._ticks = [*self._ticks[-_INTERVALS:], tick]
        self._length = frame.duration or 0
        return tick

    def _step(self) -> int | Fraction:
        """Return how many ticks a frame is shown: what it says, or else what is usual."""
        ticks = self._ticks
        if self._origin is None or len(ticks) < 2:
            rate, base = self.info.frame_rate, self.info.time_base
            return self._length if self._length and self._origin is None else 1 / (rate * base)
        return median_low([two - one for one, two in pairwise(ticks)])

    def times(self) -> NoReturn:
        """Raise UsageError: they are known when they have been read."""
        raise UsageError(f"{self.path} can be read once only: its frames' times are not known yet")

    def reopen(self) -> NoReturn:
        """Raise UsageError: it can be read once only."""
        raise UsageError(f"{self.path} can be read once only")
