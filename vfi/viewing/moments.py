"""Which moments of a video are worth a look before all of it is interpolated.

Where things move far, near cuts, and where thin things move: there interpolation fails first.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..analysis.differences import eight_bit_rgb
from ..timeline.content import Interpolated
from ..timeline.schedule import Schedule

WORK_SIDE = 512  # pixels: the longest side of what is measured
THIN = 5  # pixels there: what vanishes in a square as wide is thin
SMALLEST = 16  # pixels a side, below which flow has no patches
APART = Fraction(1)  # seconds between two moments of a kind, at least, where there is room
FASTEST = 5  # per cent of the pixels whose motion counts

Grey = NDArray[np.uint8]


class Activity(NamedTuple):
    """What goes on between a frame and the one before it."""

    motion: float  # pixels of the frame that its fastest 5 % move, at least
    thin: float  # mean contrast of thin things times the pixels that they move
    fastest: tuple[float, float]  # where, x and y in 0..1 of the frame
    thinnest: tuple[float, float]


STILL = Activity(0.0, 0.0, (0.5, 0.5), (0.5, 0.5))


class ActivityMeter:
    """Measures each frame against the one before while they stream by; keeps six numbers each."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._previous: Grey | None = None
        self._found: list[Activity] = []

    def add(self, number: int, pixels: NDArray[Any]) -> None:
        """Take the next frame, (H, W) or (H, W, C); number 0 begins anew."""
        if number == 0:
            self._previous, self._found = None, []
        small = eight_bit_rgb(pixels, WORK_SIDE)
        grey: Grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        scale = max(pixels.shape[:2]) / max(grey.shape)
        previous, self._previous = self._previous, grey
        tiny = min(grey.shape) < SMALLEST
        if previous is None or tiny:
            self._found.append(STILL)
            return
        flow = self._flow.calc(previous, grey, None)
        self._found.append(activity(previous, np.hypot(flow[..., 0], flow[..., 1]), scale))

    def between(self, one: int, two: int) -> Activity:
        """Return the most that goes on from frame `one` to frame `two`."""
        found = self._found[one + 1 : two + 1] or [STILL]
        fast = max(found, key=lambda each: each.motion)
        thin = max(found, key=lambda each: each.thin)
        return Activity(fast.motion, thin.thin, fast.fastest, thin.thinnest)


def activity(grey: Grey, lengths: NDArray[np.float32], scale: float) -> Activity:
    """Return what goes on in a frame (H, W) whose pixels move by so much at that scale."""
    moved = lengths * np.float32(scale)
    thin = thin_things(grey).astype(np.float32) * np.minimum(moved, 16)
    return Activity(
        float(np.percentile(moved, 100 - FASTEST)), float(thin.mean()), _peak(moved), _peak(thin)
    )


def thin_things(grey: Grey) -> Grey:
    """Return the contrast (H, W) of what is thinner than `THIN` pixels to what is around it."""
    square = np.ones((THIN, THIN), np.uint8)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, square)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, square)
    return np.asarray(cv2.max(light, dark), np.uint8)


def _peak(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return where most of it is, x and y in 0..1: the mean over an eighth of the width counts."""
    height, width = values.shape
    side = max(3, width // 8)
    spread = cv2.blur(values, (side, side), borderType=cv2.BORDER_CONSTANT)
    y, x = np.unravel_index(int(spread.argmax()), spread.shape)
    return (float(x) + 0.5) / width, (float(y) + 0.5) / height


@dataclass(frozen=True)
class Moment:
    """A picture between two frames, and why it is worth a look."""

    reason: str
    content: Interpolated
    activity: Activity
    place: tuple[float, float] = (0.5, 0.5)  # where to look, x and y in 0..1


class Kind(NamedTuple):
    """A reason to look, how much it counts, and where."""

    reason: str
    weight: Callable[[Activity], float]
    place: Callable[[Activity], tuple[float, float]]
    at_cuts: bool = False


# Those that have the fewest pairs of frames to choose from come first.
KINDS = (
    Kind("near a cut", lambda found: found.motion, lambda found: found.fastest, at_cuts=True),
    Kind("thin things move", lambda found: found.thin, lambda found: found.thinnest),
    Kind("largest motion", lambda found: found.motion, lambda found: found.fastest),
)


def choose_moments(schedule: Schedule, meter: ActivityMeter, each: int = 2) -> list[Moment]:
    """Return the moments of a schedule to look at, in order of time: up to `each` of every kind.

    Of the pictures between two frames the one nearest to the middle stands for all; no pair of
    frames is chosen twice. What nothing speaks for (nothing moves, there is no cut) is left out.
    """
    pairs = [
        Moment("", content, meter.between(content.one, content.two))
        for content in _middles(schedule)
    ]
    cuts = [cut + schedule.first for cut in schedule.shots.cuts]
    chosen: list[Moment] = []
    for kind in KINDS:
        offered = _by_cuts(pairs, cuts) if kind.at_cuts else pairs
        taken = [moment.content for moment in chosen]
        lively = [m for m in offered if m.content not in taken and kind.weight(m.activity) > 0]
        ranked = _ranked(lively, kind)
        for moment in _apart(ranked, schedule, each):
            place = kind.place(moment.activity)
            chosen.append(replace(moment, reason=kind.reason, place=place))
    return sorted(chosen, key=lambda moment: (moment.content.one, moment.content.two))


def _ranked(moments: Iterable[Moment], kind: Kind) -> list[Moment]:
    return sorted(moments, key=lambda moment: kind.weight(moment.activity), reverse=True)


def _middles(schedule: Schedule) -> Iterator[Interpolated]:
    """Of every pair of frames the picture nearest to the middle between them."""
    contents = (frame.content for frame in schedule)
    made = (content for content in contents if isinstance(content, Interpolated))
    for (one, two), row in groupby(made, key=lambda content: (content.one, content.two)):
        if one < two:  # a loop's end comes back to its first frame
            yield min(row, key=lambda content: abs(content.t - Fraction(1, 2)))


def _by_cuts(pairs: Sequence[Moment], cuts: Iterable[int]) -> list[Moment]:
    """Of the last pair before each cut and the first one after it the livelier."""
    ones, twos = [m.content.one for m in pairs], [m.content.two for m in pairs]
    found = []
    for cut in cuts:
        before, after = bisect_left(twos, cut) - 1, bisect_left(ones, cut)
        near = [pairs[place] for place in (before, after) if 0 <= place < len(pairs)]
        found += [max(near, key=lambda moment: moment.activity.motion)] if near else []
    return found


def _apart(ranked: Sequence[Moment], schedule: Schedule, count: int) -> list[Moment]:
    """Return the first few that do not lie close together."""
    times, first = schedule.shots.times, schedule.first
    apart = min(APART, (schedule.shots.end - times[0]) / (2 * count))
    taken: list[Moment] = []
    for moment in ranked:
        time = times[moment.content.one - first]
        if all(abs(times[other.content.one - first] - time) >= apart for other in taken):
            taken.append(moment)
        if len(taken) == count:
            break
    return taken
