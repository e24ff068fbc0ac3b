"""Where the time goes: what the stages of a job work, and what they wait."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class StageTime:
    """What one stage worked, over all its threads."""

    name: str
    working: float  # seconds
    threads: int = 1


@dataclass(frozen=True)
class Timings:
    """Stages that ran at the same time, and how long that took in all."""

    seconds: float = 0.0
    stages: tuple[StageTime, ...] = ()

    def __add__(self, other: "Timings") -> "Timings":
        """Add what was done one after the other, as segments are."""
        names = dict.fromkeys(stage.name for stage in (*self.stages, *other.stages))
        stages = tuple(_joined(name, (*self.stages, *other.stages)) for name in names)
        return Timings(self.seconds + other.seconds, stages)

    def beside(self, other: "Timings") -> "Timings":
        """Add what was done at the same time by others, as workers are."""
        names = dict.fromkeys(stage.name for stage in (*self.stages, *other.stages))
        stages = tuple(_joined(name, (*self.stages, *other.stages), sum) for name in names)
        return Timings(max(self.seconds, other.seconds), stages)

    def lines(self) -> list[str]:
        """Return lines for people: seconds of work, and the shares of working and waiting."""
        lines = [f"{'stage':<12} {'threads':>7} {'working':>10} {'busy':>6} {'waiting':>8}"]
        for stage in self.stages:
            busy = stage.working / max(self.seconds * stage.threads, 1e-9)
            lines.append(
                f"{stage.name:<12} {stage.threads:>7} {stage.working:>8.2f} s {busy:>6.0%} "
                f"{max(1 - busy, 0):>8.0%}"
            )
        return [*lines, f"{'together':<12} {'':>7} {self.seconds:>8.2f} s"]


def _joined(
    name: str, stages: tuple[StageTime, ...], threads: Callable[[list[int]], int] = max
) -> StageTime:
    same = [stage for stage in stages if stage.name == name]
    return StageTime(name, sum(s.working for s in same), threads([s.threads for s in same]))


class Ledger:
    """Books work on stages, from several threads at once."""

    def __init__(self, threads: Mapping[str, int] | None = None) -> None:
        """`threads`: how many work at each stage, in the order in which they are shown."""
        self._threads = dict(threads or {})
        self._working: dict[str, float] = dict.fromkeys(self._threads, 0.0)
        self._lock = threading.Lock()
        self._since = time.perf_counter()

    @contextmanager
    def working(self, stage: str) -> Iterator[None]:
        """Book the time that the block takes on a stage."""
        since = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - since
            with self._lock:
                self._working[stage] = self._working.get(stage, 0.0) + spent

    def booked(self, stage: str, work: Callable[[], T]) -> Callable[[], T]:
        """Return the same work; whenever it is done, its time is booked on a stage."""

        def do() -> T:
            with self.working(stage):
                return work()

        return do

    def timings(self) -> Timings:
        """Return what was booked until now."""
        with self._lock:
            stages = tuple(
                StageTime(name, spent, self._threads.get(name, 1))
                for name, spent in self._working.items()
            )
        return Timings(time.perf_counter() - self._since, stages)
