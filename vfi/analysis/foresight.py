"""The decisions of `analyser.Analysis`, each as soon as nothing that follows can change it.

For sources that can be read once only: a few frames late instead of after the last one, and with
memory for a few frames instead of a few numbers for each.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .analyser import Threshold
from .cadence import LONGEST_HOLD, RHYTHM_REACH, CadenceMeter, scene_repeats
from .differences import Pixels
from .keyframes import DEFAULT_TOLERANCE, KeyframeDetector
from .scenes import DEFAULT_THRESHOLD, SURROUNDING, SceneDetector

# So far from a frame nothing counts for it. What surrounds a frame decides whether it can be a
# repeat, a run of such frames whether it is one, the runs around it whether there is a rhythm, and
# that twice over: the sure repeats first, then those that are like them.
REACH = 2 * (RHYTHM_REACH + LONGEST_HOLD) + LONGEST_HOLD  # frames


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a frame is: whether it brings a new drawing, and whether it begins a new scene."""

    frame: int
    kept: bool
    cut: bool


class Foresight:
    """Judges frames that stream by; feed every one in order, then call `finish`.

    The arguments are those of `Analysis`.
    """

    def __init__(
        self,
        threshold: Threshold | None = 0,
        tolerance: float = DEFAULT_TOLERANCE,
        scene_threshold: float | None = DEFAULT_THRESHOLD,
        cuts: Iterable[int] | None = None,
    ) -> None:
        self._listed = None if cuts is None else frozenset(cuts)
        self._scenes: SceneDetector | None = None
        if cuts is None and scene_threshold is not None:
            self._scenes = SceneDetector(scene_threshold)
        self._cuts: deque[int] = deque()  # found, of frames that are not judged yet
        self._drawings = _drawings_for(threshold, tolerance)
        self._count = 0
        self._judged = 0

    def update(self, pixels: Pixels) -> list[Verdict]:
        """Take the next frame, (H, W) or (H, W, C); return the verdicts that are certain now."""
        if self._scenes is not None:
            self._cuts.extend(self._scenes.update(pixels))
        elif self._listed is not None and self._count in self._listed:
            self._cuts.append(self._count)
        self._drawings.update(pixels)
        self._count += 1
        late = SURROUNDING if self._scenes is not None else 0
        return list(self._verdicts(max(0, self._count - late), ended=False))

    def finish(self) -> list[Verdict]:
        """Return the verdicts on all frames that are left."""
        if self._scenes is not None:
            self._cuts.extend(self._scenes.finish())
        return list(self._verdicts(self._count, ended=True))

    def _verdicts(self, certain: int, ended: bool) -> Iterator[Verdict]:
        """Judge on, where the cuts are known among the first `certain` frames."""
        for kept in self._drawings.settle(certain, tuple(self._cuts), ended):
            cut = bool(self._cuts) and self._cuts[0] == self._judged
            if cut:
                self._cuts.popleft()
            yield Verdict(self._judged, kept, cut)
            self._judged += 1


def _drawings_for(threshold: Threshold | None, tolerance: float) -> "_Counted | _Cadence":
    if threshold == "auto":
        return _Cadence()
    return _Counted(KeyframeDetector(threshold, tolerance) if threshold else None)


class _Counted:
    """Frames that are judged one by one, against the last that was kept.

    Without a detector all are kept.
    """

    def __init__(self, detector: KeyframeDetector | None) -> None:
        self._detector = detector
        self._kept: deque[bool] = deque()
        self._settled = 0

    def update(self, pixels: Pixels) -> None:
        self._kept.append(self._detector is None or self._detector.update(pixels).kept)

    def settle(self, certain: int, cuts: Iterable[int], ended: bool) -> Iterator[bool]:
        """Yield whether the next frames are kept, as far as that is certain."""
        while self._settled < certain:
            self._settled += 1
            yield self._kept.popleft()


class _Cadence:
    """Frames that are judged by those around them, of their own scene and within `REACH`."""

    def __init__(self) -> None:
        self._meter = CadenceMeter()
        self._changes: list[list[float]] = []  # of frames from `base` on
        self._base = 0
        self._first = 0  # of the scene
        self._settled = 0

    def update(self, pixels: Pixels) -> None:
        self._changes.append(self._meter.measure(pixels))

    def settle(self, certain: int, cuts: Iterable[int], ended: bool) -> Iterator[bool]:
        for cut in cuts:
            if self._first < cut < certain:
                yield from self._judge(cut, cut)
                self._first = cut
        until = certain if ended else certain - REACH
        if until > self._settled:
            yield from self._judge(until, certain)

    def _judge(self, until: int, stop: int) -> Iterator[bool]:
        """Judge the frames before `until` by what is known before `stop`."""
        begin = max(self._first, self._settled - REACH)
        near = self._changes[begin - self._base : stop - self._base]
        repeats = scene_repeats(np.array(near, np.float32).reshape(-1, LONGEST_HOLD))
        for frame in range(self._settled, until):
            yield frame - begin not in repeats
        self._settled = until
        passed = max(0, until - REACH - self._base)
        del self._changes[:passed]
        self._base += passed
