"""Presentation times of source frames: constant-rate times in O(1), repairs, and parts of a video.

All times are exact `Fraction` seconds. Frame i is shown in [times[i], times[i + 1]), the last one
until `end`. Where all frames of a long video are gone through, they are counted in whole ticks
(`TickTimes`): the same numbers, ten times as fast.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, lcm
from operator import sub
from statistics import median_low
from typing import TypeGuard, overload

from ..errors import InputError, UsageError

Times = Sequence[Fraction]
USUAL = Fraction(1, 25)  # seconds a frame is shown where nothing tells
SHORTEST = Fraction(1, 100_000)  # seconds a frame is shown; beyond these, a header is damaged
LONGEST = Fraction(24 * 3600)


@dataclass(frozen=True, eq=False)
class TickTimes(Sequence[Fraction]):
    """Times `ticks[i] · unit`; equal to any other sequence of the same times."""

    ticks: Sequence[int]
    unit: Fraction  # seconds

    def __len__(self) -> int:
        return len(self.ticks)

    @overload
    def __getitem__(self, index: int) -> Fraction: ...
    @overload
    def __getitem__(self, index: slice) -> "TickTimes": ...
    def __getitem__(self, index: int | slice) -> "Fraction | TickTimes":
        if isinstance(index, slice):
            return TickTimes(self.ticks[index], self.unit)
        return Fraction(self.ticks[index] * self.unit.numerator, self.unit.denominator)

    def __iter__(self) -> Iterator[Fraction]:
        length, parts = self.unit.numerator, self.unit.denominator
        return (Fraction(tick * length, parts) for tick in self.ticks)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def gaps(self) -> list[int]:
        """Return the ticks between neighbouring frames."""
        return list(map(sub, self.ticks[1:], self.ticks))

    def in_parts(self, count: int) -> Sequence[int]:
        """Return the times in so many parts of a second, of which all are whole numbers."""
        scale = whole(self.unit, count)
        if isinstance(self.ticks, range):
            return range(*(scale * each for each in _limits(self.ticks)))
        return self.ticks if scale == 1 else [scale * tick for tick in self.ticks]


def _limits(ticks: range) -> tuple[int, int, int]:
    return ticks.start, ticks.stop, ticks.step


def whole(number: Fraction | int, parts: int) -> int:
    """Return a number that is a whole one in so many parts of one."""
    return number.numerator * (parts // number.denominator)


def ticked(times: Sequence[Fraction | int]) -> TickTimes:
    """Return times in whole ticks."""
    if isinstance(times, TickTimes):
        return times
    if isinstance(times, ConstantTimes):
        return times.in_ticks()
    parts = lcm(*{time.denominator for time in times})
    return TickTimes([whole(time, parts) for time in times], Fraction(1, parts))


@dataclass(frozen=True)
class ConstantTimes(Sequence[Fraction]):
    """Times `start + i / rate` for i in 0..length-1; needs no memory however long the video is."""

    start: Fraction  # seconds
    rate: Fraction  # frames a second
    length: int

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> Fraction: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Fraction]: ...
    def __getitem__(self, index: int | slice) -> Fraction | Sequence[Fraction]:
        if isinstance(index, slice):
            first, stop, step = index.indices(self.length)
            if step != 1:
                return [self[i] for i in range(first, stop, step)]
            return ConstantTimes(self._at(first), self.rate, max(0, stop - first))
        if not -self.length <= index < self.length:
            raise IndexError(index)
        return self._at(index % self.length)

    def __iter__(self) -> Iterator[Fraction]:
        return (self._at(index) for index in range(self.length))

    def _at(self, index: int) -> Fraction:
        return self.start + index / self.rate

    def in_ticks(self) -> TickTimes:
        """Return the same, in as many parts of a second as the rate and the start need."""
        parts = lcm(self.start.denominator, self.rate.numerator)
        start, step = whole(self.start, parts), whole(1 / self.rate, parts)
        return TickTimes(range(start, start + step * self.length, step), Fraction(1, parts))

    def last_not_after(self, time: Fraction) -> int:
        return min(floor((time - self.start) * self.rate), self.length - 1)


def has_constant_rate(times: Times, end: Fraction) -> bool:
    """Return whether every frame, the last one too, is shown for 1 / rate seconds exactly."""
    return isinstance(times, ConstantTimes) and times[-1] + 1 / times.rate == end


def frame_on_screen(times: Times, time: Fraction) -> int:
    """Return the frame shown at `time`: the last one that does not begin after it, at least 0."""
    if isinstance(times, ConstantTimes):
        return max(0, times.last_not_after(time))
    if isinstance(times, TickTimes):
        return max(0, bisect_right(times.ticks, floor(time / times.unit)) - 1)
    return max(0, bisect_right(times, time) - 1)


def usual_interval(times: Times, end: Fraction) -> Fraction:
    """Return the median time between neighbouring frames, in seconds."""
    if isinstance(times, ConstantTimes):
        return 1 / times.rate
    if len(times) == 1:
        return end - times[0]
    times = ticked(times)
    return median_low(times.gaps()) * times.unit


def repair_times(
    times: Sequence[Fraction | None], end: Fraction, usual: Fraction = USUAL
) -> tuple[Times, Fraction]:
    """Return strictly increasing times and an end after the last of them.

    A frame keeps its time if it belongs to the longest row of times that rise. All others (no
    time, that of a frame before, or an earlier one) are spread evenly between the frames around
    them that do, the last ones up to the end. Where there is nothing around them, they lie the
    usual interval apart; an end that is not after the last frame is moved that far behind it.

    Raises:
        InputError: there are no frames.
    """
    if isinstance(times, ConstantTimes) and len(times):
        return times, max(end, times[-1] + 1 / times.rate) if end <= times[-1] else end
    if not times:
        raise InputError("the video has no frames: nothing to plan")
    if all_known(times):
        exact = ticked(times)
        if end > exact[-1] and min(exact.gaps(), default=1) > 0:
            return exact, end
    kept = rising(times)
    if not kept:
        times, kept = [Fraction(0), *times[1:]], [0]
    return spread(times, kept, end, usual)


def all_known(times: Sequence[Fraction | None]) -> TypeGuard[Times]:
    """Tell whether there is a time for every frame."""
    return isinstance(times, TickTimes) or None not in times


def check_intervals(name: object, times: Times, end: Fraction) -> None:
    """Raise InputError where frames are shown so shortly or long that no work should begin.

    A damaged field of a header can say 10^9 frames a second, or one in thirty years.
    """
    times = ticked(times)
    usual = (end - times[0]) / len(times)
    if usual < SHORTEST:
        raise InputError(f"{name} says {float(1 / usual):.3g} frames a second, above 100000")
    longest = max(max(times.gaps(), default=0) * times.unit, end - times[-1])
    if longest > LONGEST:
        raise InputError(f"{name} shows a frame for {float(longest):.3g} s, longer than a day")


def rising(times: Sequence[Fraction | int | None]) -> Sequence[int]:
    """Return the places of the longest row of times that rise strictly; of several, the first.

    Patience sorting, from the back: `heads[k]` is the latest beginning of a row of k + 1 times.
    """
    if all(a is not None and b is not None and a < b for a, b in pairwise(times)) and (
        times[0] is not None
    ):
        return range(len(times))
    heads: list[Fraction | int] = []  # negated, so that they rise
    places: list[int] = []
    following: dict[int, int | None] = {}
    for place in range(len(times) - 1, -1, -1):
        time = times[place]
        if time is None:
            continue
        at = bisect_left(heads, -time)
        if at == len(heads):
            heads.append(-time)
            places.append(place)
        heads[at], places[at] = -time, place
        following[place] = places[at - 1] if at else None
    row: list[int] = []
    here = places[-1] if places else None
    while here is not None:
        row.append(here)
        here = following[here]
    return row


def spread(
    times: Sequence[Fraction | int | None],
    kept: Sequence[int],
    end: Fraction | int,
    usual: Fraction = USUAL,
) -> tuple[list[Fraction], Fraction]:
    """Return the times of all frames and the end, given the places of those that keep theirs."""
    usual = _usual(times, kept) or usual
    fixed = [Fraction(times[place] or 0) for place in kept]
    found = [fixed[0] - usual * number for number in range(kept[0], 0, -1)]
    earlier = sum(time is None or time < fixed[-1] for time in times[kept[-1] + 1 :])
    limits = [*fixed[1:], end if end > fixed[-1] else fixed[-1] + usual * (1 + earlier)]
    places = [*kept, len(times)]
    for time, limit, (one, two) in zip(fixed, limits, pairwise(places), strict=True):
        found += [time + (limit - time) * number / (two - one) for number in range(two - one)]
    return found, Fraction(limits[-1])


def _usual(times: Sequence[Fraction | int | None], kept: Sequence[int]) -> Fraction | None:
    """Return the median interval between neighbours that keep their times; None without any."""
    found = [(times[b] or 0) - (times[a] or 0) for a, b in pairwise(kept) if b == a + 1]
    return Fraction(median_low(found)) if found else None


def frames_in_part(
    times: Times,
    end: Fraction,
    start: Fraction | None = None,
    stop: Fraction | None = None,
    seconds: Fraction | None = None,
) -> range:
    """Return the frames of the part from `start` to `stop` (or `seconds` after the start).

    Both limits move to the nearest frame boundary (half-way: the later one), so that a part is
    never a frame short and neighbouring parts join without gap or overlap; it has at least one
    frame. A stop behind the end of the video means its end.

    Raises:
        UsageError: a negative or empty part, a start behind the end, or both stop and seconds.
    """
    if stop is not None and seconds is not None:
        message = "end and seconds exclude each other: give one, not both"
        raise UsageError(message, option=("end", "seconds"))
    if seconds is not None and seconds <= 0:
        raise UsageError(
            f"a part of {_plain(seconds)} s is empty: seconds must be above 0", option="seconds"
        )
    if start is not None and start < 0:
        raise UsageError(
            f"start {_plain(start)} s is before the video: it must be 0 or later", option="start"
        )
    if start is not None and start >= end:
        raise UsageError(
            f"start {_plain(start)} s is behind the video, which ends at {_plain(end)} s",
            option="start",
        )
    if seconds is not None:
        stop = (times[0] if start is None else start) + seconds
    if stop is not None and stop <= (times[0] if start is None else start):
        raise UsageError(f"end {_plain(stop)} s is not after the start of the part", option="end")
    first = 0 if start is None else min(nearest_boundary(times, end, start), len(times) - 1)
    last = len(times) if stop is None else nearest_boundary(times, end, stop)
    return range(first, max(last, first + 1))


def nearest_boundary(times: Times, end: Fraction, time: Fraction) -> int:
    """Return the index of the frame boundary nearest to `time`; len(times) is the end."""
    if time >= end:
        return len(times)
    index = frame_on_screen(times, time)
    following = times[index + 1] if index + 1 < len(times) else end
    return index if time - times[index] < following - time else index + 1


def _plain(seconds: Fraction) -> str:
    return f"{float(seconds):g}"
