"""How far a job has come: told to a function of the caller's, or shown as a bar."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from tqdm import tqdm

from .stopping import look

LEAST_BETWEEN, LINES = 30.0, 50  # seconds between two lines, at least; lines for a stage, at most
Stage = Literal["scan", "render"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come.

    stage: "scan" while cuts and repeated drawings are looked for, "render" while frames are made.
    done, total: source frames looked at, or output frames written; a total of 0: nobody knows.
    seconds: since the stage began.
    before: how many of `done` were there when it began, from an interrupted run.
    """

    stage: Stage
    done: int
    total: int
    seconds: float
    before: int = 0

    @property
    def remaining(self) -> float | None:
        """Seconds that the rest of the stage will take, if all goes on like this; None at first."""
        if self.done == self.before or not self.total:
            return None
        return self.seconds * (self.total - self.done) / (self.done - self.before)


Observer = Callable[[Progress], None]


class Meter:
    """Counts the frames of one stage and tells an observer of each."""

    def __init__(self, observer: Observer, stage: Stage, total: int, before: int = 0) -> None:
        """`before`: frames that are there already."""
        self._observer, self._stage, self._total = observer, stage, total
        self._since = time.monotonic()
        self._done = self._before = before
        self._tell()

    def step(self, count: int = 1) -> None:
        """So many more frames are done: the place to stop, if that was asked for.

        Args:
            count: less than 0 of those that were lost again.
        """
        self._done += count
        self._tell()
        look()

    def _tell(self) -> None:
        seconds = time.monotonic() - self._since
        self._observer(Progress(self._stage, self._done, self._total, seconds, self._before))


class Bar:
    """An observer that shows a bar on stderr with frames, rate and remaining time."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._stage: Stage | None = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is None or progress.stage != self._stage:
            self.close()
            self._stage = progress.stage
            scans = progress.stage == "scan"
            self._bar = tqdm(
                total=progress.total or None,
                initial=progress.before,
                unit="frame",
                desc="looking" if scans else None,
                leave=not scans,
                dynamic_ncols=True,
            )
        self._bar.update(progress.done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Lines:
    """An observer that says a line now and then, for a log: every half minute, or fifty times."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._stage: Stage | None = None
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self._stage, self._next = progress.stage, LEAST_BETWEEN
        left = progress.remaining
        if not progress.done or progress.seconds < self._next or left == 0:
            return
        whole = progress.seconds + (left or 0)
        self._next = progress.seconds + max(LEAST_BETWEEN, whole / LINES)
        done = f"{'looked at' if progress.stage == 'scan' else 'made'} {progress.done}"
        if left is None:
            self._say(f"{done} frames")
        else:
            self._say(f"{done} of {progress.total} frames, about {in_words(left)} left")


class JsonLines:
    """An observer for programs: a JSON object once a second, and at both ends of a stage."""

    def __init__(self, say: Callable[[str], None], **facts: str) -> None:
        """`facts` stand in every object, such as the name of what is worked on."""
        self._say, self._facts = say, facts
        self._stage: Stage | None = None
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        begins, ends = progress.stage != self._stage, progress.done == progress.total
        if not begins and not ends and progress.seconds < self._next:
            return
        self._stage, self._next = progress.stage, progress.seconds + 1
        left = progress.remaining
        data = {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "seconds": round(progress.seconds, 3),
            "remaining": None if left is None else round(left, 3),
        }
        self._say(json.dumps(self._facts | data))


def in_words(seconds: float) -> str:
    """Return a duration as people say it: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@contextmanager
def observing(progress: Observer | bool) -> Iterator[Observer]:
    """Yield what is told of a job's progress: a function; a bar for True; nothing for False."""
    if callable(progress):
        yield progress
        return
    if not progress:
        yield lambda _: None
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()
