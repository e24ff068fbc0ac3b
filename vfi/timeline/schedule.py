"""The schedule: for every output frame its time and what it is made of, as a value.

    schedule = plan(times, end, Multiply(3), kept=keyframes, cuts=cuts)
    len(schedule), schedule[7], for frame in schedule: ...

A schedule computes each frame from its index, so a ten-hour plan costs no memory beyond the
source's times, and nothing drifts. Whoever goes through all frames walks in whole ticks.
docs/timeline.md states the laws.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import overload

from ..errors import InputError, UsageError
from .content import Blend, Content, Hold, Interpolated, OutputFrame, SourceFrame, to_json_line
from .rates import constant_rate
from .retiming import Multiply, Retiming, Sampling, Slow, TargetRate, sampling_of
from .shots import AT_CUT, AtCut, Shots, Span, Spans
from .times import TickTimes, Times, frames_in_part, has_constant_rate, repair_times, whole

__all__ = [
    "Blend",
    "Content",
    "Hold",
    "Interpolated",
    "Multiply",
    "OutputFrame",
    "Schedule",
    "Slow",
    "SourceFrame",
    "TargetRate",
    "plan",
    "to_json_line",
]


@dataclass(frozen=True)
class Schedule(Sequence[OutputFrame]):
    """All output frames of a video (or a part of it); made by `plan`.

    Frame numbers inside `motion` count from the first frame of the part; those of the output
    frames are the file's.
    """

    shots: Shots
    retiming: Retiming
    first: int = 0  # the file's number of the part's first frame
    origin: Fraction = Fraction(0)  # source seconds that become output time 0
    stop: Fraction | None = None  # where the part ends, source seconds; None: nowhere

    @cached_property
    def _sampling(self) -> tuple[Sampling, Fraction]:
        return sampling_of(self.retiming, self.shots.times, self.shots.end)

    @property
    def stretch(self) -> Fraction:
        """How many times longer than its source the output lasts (slow motion)."""
        return self._sampling[1]

    def __len__(self) -> int:
        return self._sampling[0].count

    @overload
    def __getitem__(self, index: int) -> OutputFrame: ...
    @overload
    def __getitem__(self, index: slice) -> list[OutputFrame]: ...
    def __getitem__(self, index: int | slice) -> OutputFrame | list[OutputFrame]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"output frame {index} of {len(self)}")
        index %= len(self)
        return self._frame(index, self.source_time(index))

    def __iter__(self) -> Iterator[OutputFrame]:
        return self.frames()

    def frames(self, numbers: range | None = None) -> Iterator[OutputFrame]:
        """Yield the frames of these numbers, which rise; all of them, if none are given."""
        numbers = range(len(self)) if numbers is None else numbers
        length, parts = self.unit.numerator, self.unit.denominator
        for index, (tick, content) in zip(numbers, self.walk(numbers), strict=True):
            yield OutputFrame(index, Fraction(tick * length, parts), content)

    def walk(self, numbers: range | None = None) -> Iterator[tuple[int, Content]]:
        """Yield of the same frames when each is shown, in ticks of `unit`, and what it is made of.

        Whole numbers: many times as fast as fractions, where millions of frames are only counted.
        """
        parts, spans = self._counted
        origin, first, place = whole(self.origin, parts), self.first, -1
        span: Span[int] | None = None
        numbers = range(len(self)) if numbers is None else numbers
        for moment in self._sampling[0].source_times(numbers, spans, parts):
            if span is None or moment >= span.until:
                place = spans.place_at(moment, place)
                span = spans[place]
            yield moment - origin, _renumbered(spans.content_in(span, moment), first)

    @property
    def unit(self) -> Fraction:
        """Seconds of output: one tick of `walk`."""
        return self.stretch / self._counted[0]

    @cached_property
    def _counted(self) -> tuple[int, Spans[int]]:
        """So many parts of a second make all times whole numbers; and the spans in these."""
        parts = lcm(self.shots.parts, self._sampling[0].parts, self.origin.denominator)
        return parts, self.shots.spans_in(parts)

    def _frame(self, index: int, moment: Fraction) -> OutputFrame:
        content = _renumbered(self.shots.content_at(moment), self.first)
        return OutputFrame(index, self._output_time(moment), content)

    def time(self, index: int) -> Fraction:
        """Return the output time of frame `index`; the time of frame len(self) is the end."""
        return self._output_time(self._sampling[0].source_time(index))

    def source_time(self, index: int) -> Fraction:
        """Return the moment of the source, in seconds, that output frame `index` shows."""
        return self._sampling[0].source_time(index)

    def first_index(self, source_time: Fraction) -> int:
        """Return the first output index that shows the source at `source_time` or later."""
        return self._sampling[0].first_index(source_time)

    def times_from_start(self) -> TickTimes:
        """Return when the frames are shown, and then the end of the last; seconds from the first.

        They are computed anew each time, and take memory for each frame.
        """
        parts, spans = self._counted
        moments = [*self._sampling[0].source_times(range(len(self)), spans, parts)]
        moments.append(whole(self._sampling[0].source_time(len(self)), parts))
        return TickTimes([moment - moments[0] for moment in moments], self.unit)

    @property
    def start(self) -> Fraction:
        """Output time of the first frame, in seconds."""
        return self.time(0)

    @property
    def end(self) -> Fraction:
        """Output time at which the last frame goes off the screen, in seconds."""
        return self.time(len(self))

    @property
    def duration(self) -> Fraction:
        """Seconds from the first frame to the end of the last."""
        return self.end - self.start

    @property
    def source_part(self) -> tuple[Fraction, Fraction | None]:
        """Begin and end of the part of the source that is shown, in source seconds.

        Cut the audio here (then stretch it by `stretch`). The end is None where none was asked
        for: audio may go on after the last frame.
        """
        return self.shots.times[0], self.stop

    @property
    def source_frames(self) -> range:
        """The file's numbers of the source frames in the part."""
        return range(self.first, self.first + len(self.shots.times))

    @property
    def frame_rate(self) -> Fraction:
        """Output frames a second: exact when `is_constant_rate`, otherwise the average."""
        target = self.retiming.then if isinstance(self.retiming, Slow) else self.retiming
        if isinstance(target, TargetRate):
            return target.rate
        return self.shots.frame_rate * target.factor

    @property
    def is_constant_rate(self) -> bool:
        """Whether output frame k is shown at start + k / frame_rate."""
        target = self.retiming.then if isinstance(self.retiming, Slow) else self.retiming
        if isinstance(target, TargetRate):
            return True
        times = self.shots.times
        # The frames that are made of one alone divide its time evenly, however long that is.
        return has_constant_rate(times, self.shots.end) or 1 in (len(times), len(self))

    def content_at(self, time: Fraction) -> Content:
        """Return the picture at any output `time` in seconds (motion blur asks between frames)."""
        moment = self.origin + time / self.stretch
        return _renumbered(self.shots.content_at(moment), self.first)

    def scene_limits(self, frame: OutputFrame) -> tuple[Fraction, Fraction]:
        """Return the output times between which the pictures of this frame's scene move.

        From the scene's first frame to its last kept one; a loop has no last one.
        """
        motion = self.shots
        shown = frame.content.needs[0] - self.first
        after = bisect_right(motion.cuts, shown)
        begins = motion.times[motion.cuts[after - 1] if after else 0]
        if after == len(motion.cuts):
            ends = motion.end if motion.loop else motion.times[motion.kept[-1]]
        else:
            ends = motion.times[motion.kept[bisect_left(motion.kept, motion.cuts[after]) - 1]]
        return self._output_time(begins), self._output_time(ends)

    def _output_time(self, moment: Fraction) -> Fraction:
        if self.origin:
            moment -= self.origin
        return moment if self.stretch == 1 else moment * self.stretch


def _renumbered(content: Content, first: int) -> Content:
    if not first:
        return content
    if isinstance(content, SourceFrame):
        return SourceFrame(content.frame + first)
    if isinstance(content, Hold):
        return Hold(content.frame + first)
    return type(content)(content.one + first, content.two + first, content.t)


def plan(
    times: Times,
    end: Fraction,
    retiming: Retiming,
    *,
    kept: Iterable[int] | None = None,
    cuts: Iterable[int] = (),
    at_cut: AtCut = "hold",
    loop: bool = False,
    max_hold: Fraction | None = None,
    start: Fraction | None = None,
    stop: Fraction | None = None,
    seconds: Fraction | None = None,
    rate: Fraction | None = None,
) -> Schedule:
    """Plan the output frames of a video.

    Args:
        times: presentation times of the source frames in rising order, seconds.
        end: when the last frame goes off the screen, seconds.
        retiming: Multiply, TargetRate or Slow.
        kept: numbers of the frames that are kept; the others repeat a drawing and are replaced.
            None keeps all. The first frame and every cut are kept in any case.
        cuts: numbers of the frames with which a new scene begins (0 says nothing new).
        at_cut: what is shown between the last frame of a scene and the first of the next.
        loop: turn the last frame into the first, instead of holding it.
        max_hold: a drawing held for longer than this many seconds is a pause: it stands still
            until one usual interval before the next kept frame.
        start, stop, seconds: the part to be shown, see `frames_in_part`; it begins at output
            time 0.
        rate: the frame rate that the container states; only used to tell rates apart which
            rounded time stamps do not (24 and 23.976 over a few frames).

    Raises:
        UsageError: an option is out of its range.
        InputError: times go back, or a kept frame or cut is not a frame of the video.
    """
    _check_options(at_cut, max_hold)
    times, end = repair_times(times, end)
    times, end = constant_rate(times, end, rate) or (times, end)
    part = frames_in_part(times, end, start, stop, seconds)
    scenes = _numbers_in(cuts, len(times), part, "scene cut")
    scenes = [cut for cut in scenes if cut > 0]
    if kept is None:
        drawings: Sequence[int] = range(len(part))
    else:
        drawings = _numbers_in(kept, len(times), part, "kept frame")
        drawings = sorted({0, *scenes, *drawings})
    origin = Fraction(0)
    asked = asked_stop(start, stop, seconds)
    if asked is not None:
        # Audio goes on after the last frame; up to there it is asked for, too.
        asked = times[part.stop] if part.stop < len(times) else max(asked, end)
    if len(part) < len(times):
        end = times[part.stop] if part.stop < len(times) else end
        times = times[part.start : part.stop]
        origin = times[0]
    shots = Shots(times, end, drawings, scenes, at_cut, loop, max_hold)
    return Schedule(shots, retiming, part.start, origin, asked)


def asked_stop(
    start: Fraction | None, stop: Fraction | None, seconds: Fraction | None
) -> Fraction | None:
    return stop if seconds is None else (start or Fraction(0)) + seconds


def _check_options(at_cut: str, max_hold: Fraction | None) -> None:
    if at_cut not in AT_CUT:
        choices = ", ".join(AT_CUT)
        raise UsageError(f"at_cut {at_cut!r} is unknown: choose {choices}", option="at_cut")
    if max_hold is not None and max_hold < 0:
        raise UsageError(
            f"max_hold {float(max_hold):g} s is negative: give seconds, 0 or more",
            option="max_hold",
        )


def _numbers_in(frames: Iterable[int], count: int, part: range, name: str) -> list[int]:
    """Return those of the file's frame numbers that lie in the part, counted from its start."""
    ordered = sorted(set(frames))
    for frame in (ordered[0], ordered[-1]) if ordered else ():
        if not 0 <= frame < count:
            raise InputError(f"{name} at frame {frame}: the video has frames 0 to {count - 1}")
    return [frame - part.start for frame in ordered if frame in part]
