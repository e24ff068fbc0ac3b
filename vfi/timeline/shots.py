"""Which picture belongs to a moment of the source: source frame, interpolation, hold or blend."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from .content import Blend, Content, Hold, Interpolated, SourceFrame
from .times import ConstantTimes, Times, frame_on_screen, usual_interval

AtCut = Literal["hold", "blend", "nearest"]
AT_CUT: tuple[AtCut, ...] = ("hold", "blend", "nearest")
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Span:
    """The time from a kept frame to the next.

    `one` is still until `moves_from`, then turns to `two`, which is reached at `until`. Without
    `two` the frame is held to the end.
    """

    one: int
    two: int | None
    begins: Fraction  # source seconds, the time of `one`
    moves_from: Fraction
    until: Fraction
    is_cut: bool


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
        return self.content_in(self.span_at(time), time)

    def content_in(self, span: Span, time: Fraction) -> Content:
        """Return the picture at a source `time` that lies in `span`."""
        if time == span.begins:
            return SourceFrame(span.one)
        if span.two is None or time <= span.moves_from:
            return Hold(span.one)
        t = (time - span.moves_from) / (span.until - span.moves_from)
        if t >= 1:  # only behind the end of a loop
            return Hold(span.two)
        if not span.is_cut:
            return Interpolated(span.one, span.two, t)
        if self.at_cut == "blend":
            return Blend(span.one, span.two, t)
        return Hold(span.two if self.at_cut == "nearest" and t >= HALF else span.one)

    def span_at(self, time: Fraction) -> Span:
        """Return the span between kept frames in which the source `time` lies."""
        place = bisect_right(self.kept, frame_on_screen(self.times, time)) - 1
        return self.span(place)

    def span(self, place: int) -> Span:
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

    def is_cut(self, frame: int) -> bool:
        place = bisect_left(self.cuts, frame)
        return place < len(self.cuts) and self.cuts[place] == frame
