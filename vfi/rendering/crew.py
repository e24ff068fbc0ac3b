"""Who makes the parts of a result: this process, or several others, each of which may be lost.

One interface for all: `Maker.make` makes a part, and returns when it is there. A crew calls several
makers at once, each from a thread of its own; what they are, it does not know.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from ..errors import WorkerError
from ..overlap import start
from ..stopping import look
from ..timings import Timings

if TYPE_CHECKING:
    from ..media.sink import Part

TRIES = 3  # of a part, before the result is given up
_LOOK = 0.1  # seconds between two looks whether to stop
Tell = Callable[[int], None]  # is told how many more frames are made


@dataclass(frozen=True)
class Report:
    """What a maker says when a part is there, of all that it has made until then."""

    notes: tuple[str, ...] = ()  # what is to be said of the source
    timings: Timings = field(default_factory=Timings)
    memory: int = 0  # bytes that a process of its own has had at most


class Maker(Protocol):
    """Makes parts of one result, one after the other."""

    def make(self, run: range, part: "Part", tell: Tell) -> Report: ...  # or raises Lost
    def close(self) -> None: ...  # from any thread; what it is at is broken off


class Lost(Exception):
    """A maker is gone before its part was there: the message says how it ended."""


class Crew:
    """Several makers. One that is lost is replaced, and its part is tried again."""

    def __init__(
        self,
        hire: Callable[[int], Maker],
        count: int,
        done: Callable[[], object] = lambda: None,
    ) -> None:
        """Name who is to be hired.

        Args:
            hire: returns a maker, of those that are numbered from 0 to `count` the one named.
            done: is called when no maker is needed any more.
        """
        self._hire, self._done, self.count = hire, done, count

    def make(
        self, runs: Iterable[range], part: "Callable[[range], Part]", tell: Tell
    ) -> list[Report]:
        """Make the parts of all runs; return the last report of each maker.

        Raises:
            VfiError: what a maker raises; then the others are broken off.
            WorkerError: a part has cost one maker after the other.
        """
        waiting, told = deque(runs), SimpleQueue[int]()
        hands = [_Hand(self._hire, number, waiting, part, told.put) for number in range(self.count)]
        try:
            futures = [hand.start() for hand in hands]
            while _are_at_work(futures):
                look()
                with suppress(Empty):
                    tell(told.get(timeout=_LOOK))
            while not told.empty():
                tell(told.get())
        finally:
            for hand in hands:
                hand.close()
            self._done()
        return [hand.report for hand in hands]


def _are_at_work(futures: list[Future[None]]) -> bool:
    """Tell whether one of them is; what one of them has raised, is raised."""
    done, others = wait(futures, timeout=0, return_when=FIRST_EXCEPTION)
    for future in done:
        future.result()
    return bool(others)


class _Hand:
    """A thread that calls a maker; if that is lost, another one in its place."""

    def __init__(
        self,
        hire: Callable[[int], Maker],
        number: int,
        waiting: deque[range],
        part: "Callable[[range], Part]",
        tell: Tell,
    ) -> None:
        self._hire, self._number, self._waiting = hire, number, waiting
        self._part, self._tell = part, tell
        self._maker: Maker | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.report = Report()

    def start(self) -> Future[None]:
        """Begin; the future ends with what goes wrong."""
        ended = Future[None]()

        def work() -> None:
            try:
                self._work()
            except BaseException as error:
                ended.set_exception(error)
            else:
                ended.set_result(None)

        start(work, f"worker-{self._number}")
        return ended

    def _work(self) -> None:
        while not self._closed:
            try:
                run = self._waiting.popleft()
            except IndexError:  # its place may be what another one waits for
                self._dismiss()
                return
            self._make(run)

    def _make(self, run: range) -> None:
        for tried in range(1, TRIES + 1):
            made = _Sum(self._tell)
            try:
                self.report = self._hired().make(run, self._part(run), made.add)
                return
            except Lost as lost:
                self._tell(-made.sum)
                if self._closed:
                    return
                self._dismiss()
                if tried == TRIES:
                    raise _given_up(run, lost) from lost

    def _hired(self) -> Maker:
        with self._lock:
            if self._closed:
                raise Lost("it is over")
            if self._maker is None:
                self._maker = self._hire(self._number)
            return self._maker

    def _dismiss(self) -> None:
        with self._lock:
            maker, self._maker = self._maker, None
        if maker is not None:
            maker.close()

    def close(self) -> None:
        """Break off what it is at."""
        self._closed = True
        self._dismiss()


class _Sum:
    """Adds up what it tells."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self.sum = tell, 0

    def add(self, count: int) -> None:
        self.sum += count
        self._tell(count)


def _given_up(run: range, lost: Lost) -> WorkerError:
    return WorkerError(
        f"frames {run.start} to {run.stop - 1} have cost {TRIES} workers, one after the other "
        f"(the last one {lost})",
        advice={"workers": "fewer {} need less memory"},
    )
