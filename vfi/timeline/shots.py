"""Which picture belongs to a moment of the source: source frame, interpolation, hold or blend."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm
from typing import Generic, Literal, NamedTuple, TypeVar

from .content import Blend, Content, Hold, Interpolated, SourceFrame
from .times import ConstantTimes, Times, frame_on_screen, ticked, usual_interval, whole

AtCut = Literal["hold", "blend", "nearest"]
AT_CUT: tuple[AtCut, ...] = ("hold", "blend", "nearest")
HALF = Fraction(1, 2)


N = TypeVar("N", int, Fraction)
share = lru_cache(1024)(Fraction)  # a number divided by another


class Span(NamedTuple, Generic[N]):
    """The time from a kept frame to the next.

    `one` is still until `moves_from`, then turns to `two`, which is reached at `until`. Without
    `two` the frame is held to the end.
    """

    one: int
    two: int | None
    begins: N  # source time of `one`
    moves_from: N
    until: N
    is_cut: bool


@dataclass(frozen=True)
class Spans(Generic[N]):
    """All spans between kept frames; times are seconds, or whole ticks of any length."""

    times: Sequence[N]
    end: N
    kept: Sequence[int]
    cuts: Sequence[int]
    at_cut: AtCut
    loop: bool
    max_hold: N | None
    usual: N

    def __getitem__(self, place: int) -> Span[N]:
        """Return the span that begins with the kept frame number `place`."""
        one = self.kept[place]
        begins = self.times[one]
        if place + 1 < len(self.kept):
            two = self.kept[place + 1]
            until, last = self.times[two], self.times[two - 1]
        elif self.loop and len(self.times) > 1:
            two, until, last = 0, self.end, self.times[-1]
        else:
            return Span(one, None, begins, self.end, self.end, False)
        is_cut = self.is_cut(two)
        moves_from = begins
        if is_cut or (self.max_hold is not None and until - begins > self.max_hold):
            moves_from = max(begins, until - min(until - last, self.usual))
        return Span(one, two, begins, moves_from, until, is_cut)

    def place_at(self, time: N, before: int = -1) -> int:
        """Return which span a time lies in, given one that does not lie behind it, if any."""
        times, kept = self.times, self.kept
        if before < 0:
            return max(0, bisect_right(kept, time, key=times.__getitem__) - 1)
        last = len(kept) - 1
        while before < last and times[kept[before + 1]] <= time:
            before += 1
        return before

    def is_cut(self, frame: int) -> bool:
        place = bisect_left(self.cuts, frame)
        return place < len(self.cuts) and self.cuts[place] == frame

    def content_in(self, span: Span[N], time: N) -> Content:
        """Return the picture at a source `time` that lies in `span`."""
        if time == span.begins:
            return SourceFrame(span.one)
        if span.two is None or time <= span.moves_from:
            return Hold(span.one)
        if time >= span.until:  # only behind the end of a loop
            return Hold(span.two)
        t = share(time - span.moves_from, span.until - span.moves_from)
        if not span.is_cut:
            return Interpolated(span.one, span.two, t)
        if self.at_cut == "blend":
            return Blend(span.one, span.two, t)
        return Hold(span.two if self.at_cut == "nearest" and t >= HALF else span.one)


@dataclass(frozen=True)
class Shots:
    """The picture at any source time, from the kept frames and the scene cuts.

    `kept` holds frame numbers in rising order, the first frame and every cut among them.
    """

    times: Times
    end: Fraction
    kept: Sequence[int]
    cuts: Sequence[int]
    at_cut: AtCut
    loop: bool
    max_hold: Fraction | None  # seconds
    interval: Fraction | None = None  # the usual one, where more frames are to come

    @cached_property
    def usual(self) -> Fraction:
        """The median interval between source frames: how long a transition lasts after a pause."""
        return self.interval or usual_interval(self.times, self.end)

    @property
    def frame_rate(self) -> Fraction:
        """Source frames a second: exact for a constant rate, otherwise the average."""
        if isinstance(self.times, ConstantTimes):
            return self.times.rate
        return len(self.times) / (self.end - self.times[0])

    def content_at(self, time: Fraction) -> Content:
        """Return the picture at a source `time` in seconds (before the first frame: the first)."""
        return self.spans.content_in(self.span_at(time), time)

    def span_at(self, time: Fraction) -> Span[Fraction]:
        """Return the span between kept frames in which the source `time` lies."""
        place = bisect_right(self.kept, frame_on_screen(self.times, time)) - 1
        return self.spans[place]

    @cached_property
    def spans(self) -> Spans[Fraction]:
        """The spans between kept frames, in source seconds."""
        return Spans(self.times, self.end, *self._ways, self.max_hold, self.usual)

    @property
    def parts(self) -> int:
        """So many parts of a second that all times of the spans are whole numbers of them."""
        numbers = (ticked(self.times).unit, self.end, self.max_hold or 0, self.usual)
        return lcm(*(number.denominator for number in numbers))

    def spans_in(self, parts: int) -> Spans[int]:
        """Return the same in so many parts of a second, a multiple of `parts`."""
        times, longest = ticked(self.times).in_parts(parts), self.max_hold
        hold = None if longest is None else whole(longest, parts)
        return Spans(times, whole(self.end, parts), *self._ways, hold, whole(self.usual, parts))

    @property
    def _ways(self) -> tuple[Sequence[int], Sequence[int], AtCut, bool]:
        return self.kept, self.cuts, self.at_cut, self.loop
