"""How many output frames there are, and which moment of the source each one shows.

    Multiply(factor)     every source interval is divided in `factor`: N * n frames from n
    TargetRate(rate)     a constant rate, whatever the source has
    Slow(factor, then)   the same rate (or what `then` says), the video `factor` times longer

Positions of output frames are computed from their index, never added up: nothing can drift.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Protocol

from ..errors import UsageError
from .shots import Spans
from .times import ConstantTimes, Times, frame_on_screen, has_constant_rate, ticked, whole


@dataclass(frozen=True)
class Multiply:
    """`factor` (at least 1, rational) output frames for each source frame.

    Output frame k shows position k / factor of the source, counted in frames; each source frame
    stays at its own time, so variable frame rate stays variable.
    """

    factor: Fraction

    def __init__(self, factor: Fraction | int) -> None:
        if factor < 1:
            raise UsageError(f"factor {factor} is below 1: give 1 or more, such as 2 or 5/2")
        object.__setattr__(self, "factor", Fraction(factor))


@dataclass(frozen=True)
class TargetRate:
    """Output frames at a constant `rate` (frames a second, above 0)."""

    rate: Fraction

    def __init__(self, rate: Fraction | int) -> None:
        if rate <= 0:
            raise UsageError(f"frame rate {rate} is not above 0: give frames a second, such as 60")
        object.__setattr__(self, "rate", Fraction(rate))


@dataclass(frozen=True)
class Slow:
    """The video lasts `factor` (at least 1) times as long; `then` says how densely it is sampled.

    `then` counts in output time: Multiply(1), the default, keeps the source's frame rate.
    """

    factor: Fraction
    then: Multiply | TargetRate = field(default=Multiply(1))

    def __init__(self, factor: Fraction | int, then: Multiply | TargetRate | None = None) -> None:
        if factor < 1:
            raise UsageError(f"slow-motion factor {factor} is below 1: give 1 or more, such as 4")
        object.__setattr__(self, "factor", Fraction(factor))
        object.__setattr__(self, "then", Multiply(1) if then is None else then)


Retiming = Multiply | TargetRate | Slow


class Sampling(Protocol):
    """The source moments that output frames 0..count-1 show."""

    @property
    def count(self) -> int: ...
    def source_time(self, index: Fraction | int) -> Fraction:
        """Return the source time in seconds of output position `index`; count gives the end."""
        ...

    def first_index(self, time: Fraction) -> int:
        """Return the first output index whose source time is not before `time`."""
        ...

    @property
    def parts(self) -> int:
        """So many parts of a second that all source times are whole numbers of them."""
        ...

    def source_times(self, indexes: Iterable[int], spans: Spans[int], parts: int) -> Iterator[int]:
        """Yield the same for some frames, in parts of a second, a multiple of `parts`.

        Args:
            indexes: of output frames.
            spans: of the source, in these parts.
            parts: of a second.
        """
        ...


@dataclass(frozen=True)
class Subdivision:
    """Every source interval divided in `factor`; the number of frames is rounded half up."""

    times: Times
    end: Fraction
    factor: Fraction

    @property
    def count(self) -> int:
        return max(1, floor(len(self.times) * self.factor + Fraction(1, 2)))

    def source_time(self, index: Fraction | int) -> Fraction:
        position = index / self.factor
        frame = min(floor(position), len(self.times) - 1)
        return self.times[frame] + (position - frame) * self._interval(frame)

    def first_index(self, time: Fraction) -> int:
        if time <= self.times[0]:
            return 0
        frame = frame_on_screen(self.times, time)
        part = (time - self.times[frame]) / self._interval(frame)
        return ceil((frame + part) * self.factor)

    @property
    def parts(self) -> int:
        unit = ticked(self.times).unit
        return self.factor.numerator * lcm(unit.denominator, self.end.denominator)

    def source_times(self, indexes: Iterable[int], spans: Spans[int], parts: int) -> Iterator[int]:
        frames, of_one = self.factor.denominator, self.factor.numerator
        times, last = spans.times, len(spans.times) - 1
        for index in indexes:
            frame, rest = divmod(index * frames, of_one)
            following = times[frame + 1] if frame < last else spans.end
            yield times[frame] + (following - times[frame]) * rest // of_one

    def _interval(self, frame: int) -> Fraction:
        following = self.times[frame + 1] if frame + 1 < len(self.times) else self.end
        return following - self.times[frame]


@dataclass(frozen=True)
class Grid:
    """A constant `rate` of samples (a second of source time) from the first frame on."""

    start: Fraction
    end: Fraction
    rate: Fraction

    @property
    def count(self) -> int:
        return max(1, floor((self.end - self.start) * self.rate + Fraction(1, 2)))

    def source_time(self, index: Fraction | int) -> Fraction:
        return self.start + index / self.rate

    def first_index(self, time: Fraction) -> int:
        return max(0, ceil((time - self.start) * self.rate))

    @property
    def parts(self) -> int:
        return lcm(self.start.denominator, self.rate.numerator)

    def source_times(self, indexes: Iterable[int], spans: Spans[int], parts: int) -> Iterator[int]:
        start, step = whole(self.start, parts), whole(1 / self.rate, parts)
        return (start + index * step for index in indexes)


def sampling_of(retiming: Retiming, times: Times, end: Fraction) -> tuple[Sampling, Fraction]:
    """Return the sampling of the source and how many times longer the output lasts."""
    target, stretch = (
        (retiming.then, retiming.factor) if isinstance(retiming, Slow) else (retiming, Fraction(1))
    )
    if isinstance(target, TargetRate):
        return Grid(times[0], end, target.rate * stretch), stretch
    factor = target.factor * stretch
    if isinstance(times, ConstantTimes) and has_constant_rate(times, end):
        return Grid(times[0], end, times.rate * factor), stretch
    return Subdivision(times, end, factor), stretch
