"""Two videos on one clock: what both show at the same moment, however unlike their rates are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

from numpy.typing import NDArray

from ..errors import InputError, UsageError
from ..media.frame import FrameSource, VideoFrame
from ..timeline.rates import constant_rate
from ..timeline.times import Times, usual_interval

TOGETHER = Fraction(1, 500)  # seconds within which two frames begin at one moment


@dataclass(frozen=True, eq=False)
class Seen:
    """What a video shows at a moment."""

    number: int  # of the frame, from 0
    pixels: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Both:
    """What two videos show at a moment."""

    time: Fraction  # seconds since the first frame of either
    one: Seen
    two: Seen


class LinedUp:
    """Two sources, moment by moment: every frame of either begins one.

    Times count from the first frame of each. Frames that begin within 2 ms of each other (a
    quarter of a frame, where frames are shorter) begin together, so that files whose clocks round
    differently do not tear apart; the first one's time holds then. It ends where the shorter ends.

    Args:
        start, stop: the part, in seconds.

    Raises:
        InputError: the times of a source cannot be read.
        UsageError: nothing lies between the start and the stop.
    """

    def __init__(
        self,
        one: FrameSource,
        two: FrameSource,
        start: Fraction | None = None,
        stop: Fraction | None = None,
    ) -> None:
        self._sources = (one, two)
        self.clocks = (_clock(one), _clock(two))
        end = min(end for _, end in self.clocks)
        self.start, self.end = start or Fraction(0), end if stop is None else min(stop, end)
        if self.start >= self.end:
            raise UsageError(
                f"start {float(self.start):g} s: nothing is left, both end at {float(self.end):g} s"
                if stop is None or stop >= end
                else f"end {float(stop):g} s is not after the start of the part",
                option="start",
            )
        first, second = (times for times, _ in self.clocks)
        near = min(TOGETHER, *(usual_interval(times, end) / 4 for times, end in self.clocks))
        found = moments_of(first, second, near)
        inside = [moment for moment in found if self.start < moment[0] < self.end]
        begin = max((late for time, late in found if time <= self.start), default=self.start)
        self._moments = [(self.start, max(begin, self.start)), *inside]

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def times(self) -> list[Fraction]:
        """When what is shown changes, in seconds from the start of the part; the first is 0."""
        return [time - self.start for time, _ in self._moments]

    @property
    def rate(self) -> Fraction | None:
        """Moments a second, if they are evenly spaced."""
        steps = {later - earlier for earlier, later in pairwise(self.times)}
        if not steps:
            return 1 / (self.end - self.start)
        return 1 / steps.pop() if len(steps) == 1 else None

    @property
    def tick(self) -> Fraction:
        """Seconds: a clock in which every moment is whole."""
        return Fraction(1, lcm(*(time.denominator for time in self.times)))

    def __iter__(self) -> Iterator[Both]:
        """Yield what both show, front to back; both sources are read once."""
        players = [
            _Player(source, times)
            for source, (times, _) in zip(self._sources, self.clocks, strict=True)
        ]
        for time, late in self._moments:
            one, two = (player.at(late) for player in players)
            yield Both(time, one, two)


def moments_of(one: Times, two: Times, near: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Return when what is shown changes: its time, and by when all that is shown then has begun."""
    groups: list[list[Fraction]] = []
    for time in sorted({*one, *two}):
        if groups and time - groups[-1][0] <= near:
            groups[-1].append(time)
        else:
            groups.append([time])
    leading = set(one)
    return [(next((t for t in group if t in leading), group[0]), group[-1]) for group in groups]


def _clock(source: FrameSource) -> tuple[Sequence[Fraction], Fraction]:
    times, end = source.times()
    return constant_rate(times, end, source.info.frame_rate) or (times, end)


class _Player:
    """Shows the frames of a source at times that do not go back."""

    def __init__(self, source: FrameSource, times: Times) -> None:
        self._source, self._times = source, times
        self._frames: Iterator[VideoFrame] = iter(source)
        self._number = -1
        self._shown: VideoFrame | None = None

    def at(self, time: Fraction) -> Seen:
        while self._number + 1 < len(self._times) and self._times[self._number + 1] <= time:
            self._shown = next(self._frames, None)
            self._number += 1
            if self._shown is None:
                path = self._source.info.path
                raise InputError(f"{path} ends before frame {self._number}; the file is damaged")
        assert self._shown is not None
        return Seen(self._number, self._shown.pixels)
