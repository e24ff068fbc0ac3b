"""Runs of output frames that can be rendered independently, and the source frames they need."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..errors import UsageError
from .schedule import Schedule
from .times import frame_on_screen


@dataclass(frozen=True)
class Segment:
    """Output frames `frames`, for which the source frames `sources` have to be decoded.

    With `wraps` (the end of a loop) the first source frame of the schedule is needed, too.
    """

    frames: range  # output indexes
    sources: range  # the file's frame numbers
    wraps: bool = False


def segments(schedule: Schedule, seconds: Fraction | int = 4) -> list[Segment]:
    """Cut a schedule into runs of about `seconds` of output, together every frame exactly once.

    A run ends at the last scene cut of its second half if there is one, otherwise with the first
    kept frame after its time: neighbouring runs then share no interpolated pair.

    Raises:
        UsageError: `seconds` is not above 0.
    """
    if seconds <= 0:
        raise UsageError(f"segments of {float(seconds):g} s: give a length above 0 seconds")
    starts = [0]
    while starts[-1] < len(schedule):
        starts.append(_next_start(schedule, starts[-1], Fraction(seconds)))
    return [_segment(schedule, range(start, stop)) for start, stop in pairwise(starts)]


def _next_start(schedule: Schedule, start: int, seconds: Fraction) -> int:
    """Return the output index with which the segment after the one from `start` begins."""
    motion = schedule.shots
    length = seconds / schedule.stretch  # of source time
    earliest = schedule.source_time(start) + length / 2
    limit = schedule.source_time(start) + length
    if limit >= motion.end:
        return len(schedule)
    cuts_before = bisect_right(motion.cuts, frame_on_screen(motion.times, limit))
    if cuts_before and motion.times[motion.cuts[cuts_before - 1]] >= earliest:
        border = motion.times[motion.cuts[cuts_before - 1]]
    else:
        place = bisect_left(motion.kept, limit, key=motion.times.__getitem__)
        if place == len(motion.kept):
            return len(schedule)
        border = motion.times[motion.kept[place]]
    return min(max(schedule.first_index(border), start + 1), len(schedule))


def _segment(schedule: Schedule, frames: range) -> Segment:
    first = min(schedule[frames[0]].content.needs)
    last = schedule[frames[-1]].content.needs
    wraps = len(last) == 2 and last[1] < last[0]
    stop = (last[0] if wraps else last[-1]) + 1
    return Segment(frames, range(first, stop), wraps)
