"""Several pictures made at once, and handed on in their order.

A lane is a thread that makes one picture after the other. Pictures between the same two source
frames share what depends on the pair alone: the first of them makes it while the others wait, and
the lanes take up what comes after them instead. Of as many pairs as there are lanes something is
kept at once, so memory is bounded whatever the length and the factor.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..overlap import start

R = TypeVar("R")
ROOM = 4  # pictures a lane that are begun, or made and not taken yet


class Shared:
    """What several tasks need, and the first of them that is run makes."""

    def __init__(self) -> None:
        self.making = self.made = False
        self.tasks = 0  # that were submitted and have not ended


@dataclass(eq=False)
class Task(Generic[R]):
    """A piece of work."""

    run: Callable[[], R]
    shared: tuple[Shared, ...] = ()
    result: "Future[R]" = field(default_factory=Future)

    def perform(self) -> None:
        """Run it; what goes wrong is its result, too."""
        try:
            self.result.set_result(self.run())
        except BaseException as error:
            self.result.set_exception(error)


class Lanes:
    """A few threads for tasks."""

    def __init__(self, count: int, begin: Callable[[], object] = lambda: None) -> None:
        """`begin` is called in each thread before anything else."""
        self._count = count
        self._waiting: deque[Task[object]] = deque()
        self._live: set[Shared] = set()  # of which something is kept
        self._closed = False
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        try:
            for number in range(count):
                self._threads.append(start(lambda: self._work(begin), f"lane-{number}"))
        except BaseException:
            self.close()
            raise

    def submit(self, task: "Task[R]") -> "Future[R]":
        """Have a task run, after all that were submitted before and can be run by then."""
        with self._changed:
            for shared in task.shared:
                shared.tasks += 1
            self._waiting.append(task)  # type: ignore[arg-type]
            self._changed.notify_all()
        return task.result

    def results(self, tasks: Iterable[Task[R]]) -> Generator[R, None, None]:
        """Yield the results of tasks in their order; some are worked at before they are asked for.

        If it is closed, what was not begun is let go.
        """
        pending: deque[Future[R]] = deque()
        try:
            for task in tasks:
                pending.append(self.submit(task))
                del task
                while pending and (pending[0].done() or len(pending) >= ROOM * self._count):
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            with self._changed:
                self._waiting.clear()

    def close(self) -> None:
        """End the threads, with the tasks that they are at; the others are let go."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self, begin: Callable[[], object]) -> None:
        begin()
        while (task := self._take()) is not None:
            task.perform()
            self._end(task)
            del task  # and with it the pictures that it was made of

    def _take(self) -> Task[object] | None:
        """Return the next task, once there is one that can be run; None when it is over."""
        with self._changed:
            while not self._closed:
                if (task := self._next()) is not None:
                    self._waiting.remove(task)
                    for shared in task.shared:
                        shared.making = not shared.made
                        self._live.add(shared)
                    return task
                self._changed.wait()
        return None

    def _next(self) -> Task[object] | None:
        full = False
        for task in self._waiting:
            if any(shared.making for shared in task.shared):
                continue
            kept = self._live.union(task.shared)
            if len(kept) > len(self._live):
                # Until something that is kept has gone, only what needs nothing new goes on.
                full = full or len(kept) > max(self._count, len(task.shared))
                if full:
                    continue
            return task
        return None

    def _end(self, task: Task[object]) -> None:
        with self._changed:
            for shared in task.shared:
                shared.making, shared.made = False, True
                shared.tasks -= 1
                if not shared.tasks:
                    self._live.discard(shared)
            self._changed.notify_all()
