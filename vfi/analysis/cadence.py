"""Keyframes without a number to set: the cadence of drawn animation, found from small statistics.

Animation shows each drawing for one, two, three or more frames; telecined film repeats one frame
in five. A repeat is told from slow motion by what surrounds it: the change into a repeat is a
fraction of the changes shortly before *and* after it, and such dips come in a rhythm. A slow pan, a
slow fade or a person who hardly moves changes by about the same amount from frame to frame, so
nothing dips, and every frame is kept.

Noise and compression change every picture a little. So frames are shrunk, smoothed, and compared in
blocks of 8 x 8 pixels, of which the thousandth that changes most counts: a mouth that moves is
seen, noise averages out.
"""

from array import array
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import cv2
import numpy as np
from numpy.typing import NDArray

from .differences import Pixels, check_alike, eight_bit_rgb

WORK_SIDE = 640  # pixels
BLOCK = 8  # pixels
LONGEST_HOLD = 8  # frames: a drawing that stays for longer is a pause, its frames are all kept
DIP = 3.0  # the change into a repeat is at least this many times below those around it
LOOSE_DIP = 2.0  # enough where the rhythm is beyond doubt
LIKENESS = 1.25  # such a repeat changes at most this many times as much as the sure ones near it
SURE_REPEATS = 3  # found nearby put it beyond doubt
NOISE = 1.0  # 8-bit levels; added to a change before it is compared
RHYTHM_REACH = 12  # frames to either side that vote on the rhythm
RHYTHM_SHARE = 0.5  # of the frames there that belong to drawings held for two frames or more
CLEAR_DIP = 16.0  # so deep a dip is a repeated frame without any rhythm (a capture that stuttered)


class CadenceMeter:
    """Measures each frame against the eight before it; feed every frame in order.

    Keeps eight small pictures, the first frame and 32 bytes a frame.
    """

    def __init__(self) -> None:
        self._recent: deque[NDArray[np.uint8]] = deque(maxlen=LONGEST_HOLD)
        self._first: Pixels | None = None
        self._changes = array("f")

    def update(self, pixels: Pixels) -> None:
        """Take the next frame, (H, W) or (H, W, C), and keep its changes.

        Raises:
            InputError: the frame does not match the first in size or type.
        """
        self._changes.extend(self.measure(pixels))

    def measure(self, pixels: Pixels) -> list[float]:
        """Take the next frame; return its changes against the eight before, the nearest first.

        Raises:
            InputError: the frame does not match the first in size or type.
        """
        self._first = pixels if self._first is None else self._first
        check_alike(self._first, pixels)
        small = cv2.GaussianBlur(eight_bit_rgb(pixels, WORK_SIDE), (0, 0), 1.0)
        changes = [block_change(small, earlier) for earlier in reversed(self._recent)]
        self._recent.append(small)
        return changes + [inf] * (LONGEST_HOLD - len(changes))

    def changes(self) -> NDArray[np.float32]:
        """Return the changes so far, (frames, 8): [i, k - 1] is frame i against frame i - k."""
        return np.array(self._changes, np.float32).reshape(-1, LONGEST_HOLD)


def block_change(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Return the mean change, in levels, of the thousandth of all blocks that changes most."""
    moved = cv2.absdiff(one, two).max(axis=2)
    blocks = (max(1, moved.shape[1] // BLOCK), max(1, moved.shape[0] // BLOCK))
    means = cv2.resize(moved.astype(np.float32), blocks, interpolation=cv2.INTER_AREA).ravel()
    count = max(1, min(3, means.size), means.size // 1000)
    return float(np.partition(means, means.size - count)[-count:].mean())


def find_keyframes(changes: NDArray[np.float32], cuts: Iterable[int] = ()) -> list[int]:
    """Return the frames that bring a new drawing, from what `CadenceMeter.changes` gives.

    Args:
        changes: (frames, 8), 8-bit levels.
        cuts: frames that begin a new scene; each scene has a cadence of its own.
    """
    count = len(changes)
    borders = sorted({0, count, *(cut for cut in cuts if 0 < cut < count)})
    kept: list[int] = []
    for first, stop in pairwise(borders):
        repeats = _Scene(changes, first, stop).repeats()
        kept += [frame for frame in range(first, stop) if frame not in repeats]
    return kept


def scene_repeats(changes: NDArray[np.float32]) -> set[int]:
    """Return the frames of one scene, counted from its first, that repeat the drawing before."""
    return _Scene(changes, 0, len(changes)).repeats()


@dataclass(frozen=True)
class _Scene:
    changes: NDArray[np.float32]
    first: int
    stop: int

    def repeats(self) -> set[int]:
        """Return the frames that repeat the drawing before them."""
        runs = self._still_runs(DIP)
        sure = {
            frame
            for run in runs
            for frame in run
            if self._is_clear(run) or self._in_rhythm(frame, runs)
        }
        if len(sure) < SURE_REPEATS:
            return sure
        drawings = {frame for run in runs for frame in (run.start - 1, run.stop)}
        runs = self._still_runs(LOOSE_DIP, drawings)
        return sure | {
            frame
            for run in runs
            for frame in run
            if self._like_sure_ones(frame, sure) and self._in_rhythm(frame, runs)
        }

    def _like_sure_ones(self, frame: int, sure: set[int]) -> bool:
        """Return whether enough sure repeats are near, and `frame` changes no more than they do."""
        reach = range(frame - RHYTHM_REACH, frame + RHYTHM_REACH + 1)
        near = [self._change(other) for other in reach if other in sure]
        return len(near) >= SURE_REPEATS and self._change(frame) <= LIKENESS * max(near)

    def _still_runs(self, dip: float, drawings: Collection[int] = ()) -> list[range]:
        """Return the runs of frames that repeat the drawing before them, each judged by itself.

        They change `dip` times less than those shortly before and after, and are not among the
        known new `drawings`.
        """
        runs: list[range] = []
        for frame in range(self.first + 1, self.stop):
            if frame not in drawings and self._below(
                self._change(frame), self._level_around(frame), dip
            ):
                begin = runs.pop().start if runs and runs[-1].stop == frame else frame
                runs.append(range(begin, frame + 1))
        return [run for run in runs if self._stands_still(run, dip)]

    def _change(self, frame: int) -> float:
        """Return the change into `frame`; a scene begins, and ends, with a new drawing."""
        return float(self.changes[frame, 0]) if self.first < frame < self.stop else inf

    def _below(self, change: float, level: float, times: float) -> bool:
        return (change + NOISE) * times <= level

    def _level_around(self, frame: int) -> float:
        """Return the smaller of the largest changes shortly before and shortly after `frame`.

        In a scene so short that both reach its borders: the largest change in it.
        """
        before = max(map(self._change, range(frame - LONGEST_HOLD, frame)))
        after = max(map(self._change, range(frame + 1, frame + LONGEST_HOLD + 1)))
        level = min(before, after)
        if level < inf:
            return level
        return float(self.changes[self.first + 1 : self.stop, 0].max())

    def _stands_still(self, run: range, dip: float) -> bool:
        """Tell whether the run repeats the drawing before it.

        The change falls at once and rises at once (motion that comes to rest does neither), it is
        no pause, and nothing creeps in.
        """
        arrival, departure = self._change(run.start - 1), self._change(run.stop)
        level = min(arrival, departure)
        if len(run) >= LONGEST_HOLD or level == inf:
            return False
        crept = [float(self.changes[frame, frame - run.start]) for frame in run]
        steps = [self._change(frame) for frame in run]
        return self._below(max(crept + steps), level, dip)

    def _inside(self, run: range) -> bool:
        return self.first < run.start - 1 and run.stop < self.stop

    def _is_clear(self, run: range) -> bool:
        level = min(self._change(run.start - 1), self._change(run.stop))
        deepest = max(map(self._change, run))
        return self._inside(run) and self._below(deepest, level, CLEAR_DIP)

    def _in_rhythm(self, frame: int, runs: list[range]) -> bool:
        """Return whether drawings held for several frames, or even gaps, are the rule here."""
        first = max(self.first, frame - RHYTHM_REACH)
        stop = min(self.stop, frame + RHYTHM_REACH + 1)
        near = [run for run in runs if run.start < stop and run.stop > first]
        if len(near) < 2 or not any(map(self._inside, near)):
            return False
        held = sum(min(run.stop, stop) - max(run.start - 1, first) for run in near)
        if held >= RHYTHM_SHARE * (stop - first):
            return True
        gaps = {later.start - earlier.start for earlier, later in pairwise(near)}
        return len(near) >= 3 and len(gaps) == 1
