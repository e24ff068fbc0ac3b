"""Presentation times of source frames: constant-rate times in O(1), repairs, and parts of a video.

All times are exact `Fraction` seconds. Frame i is shown in [times[i], times[i + 1]), the last one
until `end`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from statistics import median_low
from typing import overload

from ..errors import InputError, UsageError

Times = Sequence[Fraction]


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

    def last_not_after(self, time: Fraction) -> int:
        return min(floor((time - self.start) * self.rate), self.length - 1)


def has_constant_rate(times: Times, end: Fraction) -> bool:
    """Return whether every frame, the last one too, is shown for 1 / rate seconds exactly."""
    return isinstance(times, ConstantTimes) and times[-1] + 1 / times.rate == end


def frame_on_screen(times: Times, time: Fraction) -> int:
    """Return the frame shown at `time`: the last one that does not begin after it, at least 0."""
    if isinstance(times, ConstantTimes):
        return max(0, times.last_not_after(time))
    return max(0, bisect_right(times, time) - 1)


def usual_interval(times: Times, end: Fraction) -> Fraction:
    """Return the median time between neighbouring frames, in seconds."""
    if isinstance(times, ConstantTimes):
        return 1 / times.rate
    if len(times) == 1:
        return end - times[0]
    return median_low([later - earlier for earlier, later in pairwise(times)])


def repair_times(times: Times, end: Fraction) -> tuple[Times, Fraction]:
    """Return strictly increasing times and an end after the last of them.

    Frames that share one time stamp are spread evenly up to the next different one (the last ones
    up to the end); an end that is not after the last frame is moved one usual interval behind it.

    Raises:
        InputError: there are no frames, or the times go back.
    """
    if isinstance(times, ConstantTimes) and len(times):
        return times, max(end, times[-1] + 1 / times.rate) if end <= times[-1] else end
    if not times:
        raise InputError("the video has no frames: nothing to plan")
    steps = [later - earlier for earlier, later in pairwise(times)]
    if any(step < 0 for step in steps):
        bad = next(index for index, step in enumerate(steps) if step < 0)
        raise InputError(f"frame {bad + 1} is shown before frame {bad}: times must not go back")
    positive = [step for step in steps if step > 0]
    if end <= times[-1]:
        end = times[-1] + (median_low(positive) if positive else Fraction(1, 25))
    return (times if len(positive) == len(steps) else _spread(times, end)), end


def _spread(times: Times, end: Fraction) -> list[Fraction]:
    spread: list[Fraction] = []
    first = 0
    while first < len(times):
        stop = first
        while stop < len(times) and times[stop] == times[first]:
            stop += 1
        limit = times[stop] if stop < len(times) else end
        step = (limit - times[first]) / (stop - first)
        spread += [times[first] + step * index for index in range(stop - first)]
        first = stop
    return spread


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
