"""The times of frames that come one after the other, and no one knows yet how many."""

from bisect import insort
from fractions import Fraction

from .rates import MILLISECOND, constant_rate, ideal_end, slack
from .times import ConstantTimes, Times

OPENING = 6  # frames that are seen before their rate is decided on
_MOST_INTERVALS = 256  # of which the usual one is the median


class LiveTimes:
    """Times as `schedule.plan` would make them of the whole: exact ones, if their rate is constant.

    Times that are a constant rate's, rounded to milliseconds, are taken for that; from the first
    one on that does not fit, times are as they are given. The times before do not change then.
    """

    def __init__(self, stated: Fraction) -> None:
        """`stated`: frames a second, as the container says."""
        self._stated = stated
        self._given: list[Fraction] = []  # before the rate is decided on
        self._length = 0
        self._last = Fraction(0)
        self._intervals: list[Fraction] = []  # in order of their length
        self.times: Times = ()
        self.settled = False

    def __len__(self) -> int:
        return self._length

    def add(self, time: Fraction) -> None:
        """Take the time of the next frame, in seconds, later than that of the one before."""
        if self._length and len(self._intervals) < _MOST_INTERVALS:
            insort(self._intervals, time - self._last)
        self._last = time
        self._length += 1
        if self.settled:
            self._append(time)
            return
        self._given.append(time)
        if self._length == OPENING:
            self._settle(time + self.usual)

    def finish(self, end: Fraction) -> Fraction:
        """Say when the last frame is over; return when it is by its times as they are here."""
        if not self.settled:
            end = self._settle(end)
        if isinstance(self.times, ConstantTimes):
            return ideal_end(self.times, end)
        return max(end, self._last + MILLISECOND)

    @property
    def usual(self) -> Fraction:
        """The usual interval between frames, in seconds."""
        if isinstance(self.times, ConstantTimes):
            return 1 / self.times.rate
        if not self._intervals:
            return 1 / self._stated
        return self._intervals[(len(self._intervals) - 1) // 2]

    def _settle(self, end: Fraction) -> Fraction:
        found = constant_rate(self._given, end, self._stated) if self._given else None
        self.times, end = found or (self._given, end)
        self.settled = True
        return end

    def _append(self, time: Fraction) -> None:
        if isinstance(self.times, ConstantTimes):
            grid = ConstantTimes(self.times.start, self.times.rate, self._length)
            if abs(grid[-1] - time) <= slack(grid.rate):
                self.times = grid
                return
            self.times = list(self.times)
            time = max(time, self.times[-1] + min(self.usual, MILLISECOND))
        assert isinstance(self.times, list)
        self.times.append(time)
