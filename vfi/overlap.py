"""Stages of work that run at the same time, in threads, with little between them.

    for frame in ahead(reader, room=2): ...   # the next frames are read meanwhile

Decoders, encoders, OpenCV, PyTorch and the kernels of this project release the interpreter lock.
Order is kept; what goes wrong in a thread is raised where its results are taken. Whoever stops
taking closes the channel, and the thread ends with the piece of work that it is at.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Generic, TypeVar

from .timings import Ledger

T = TypeVar("T")
NAME = "vfi-stage-"  # what the names of these threads begin with
READ_AHEAD = 2  # source frames


class Closed(Exception):
    """Nobody takes anything from this channel any more."""


class Channel(Generic[T]):
    """A queue between two threads with room for a few items, which either side may close."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._items: deque[T] = deque()
        self._ended = self._closed = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, item: T) -> None:
        """Add an item; waits while there is no room.

        Raises:
            Closed: nobody will take it.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._room)
            if self._closed:
                raise Closed
            self._items.append(item)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more will come; `error` is raised after what is there has been taken."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more will be taken; what is there is let go."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def get(self) -> T:
        """Take the next item; waits until there is one.

        Raises:
            Closed: it has ended, or was closed.
            BaseException: what it was ended with.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended or self._closed)
            if not self._items:
                raise self._error or Closed
            self._changed.notify_all()
            return self._items.popleft()


def start(work: Callable[[], None], name: str) -> threading.Thread:
    """Run `work` in a thread that keeps no process from ending."""
    thread = threading.Thread(target=work, name=NAME + name, daemon=True)
    thread.start()
    return thread


def abandoned() -> bool:
    """Whether threads are still at work that nobody waits for: a second Ctrl-C broke it off."""
    return any(thread.name.startswith(NAME) for thread in threading.enumerate())


def ahead(
    items: Iterable[T], room: int, ledger: Ledger | None = None, stage: str = "decode"
) -> Generator[T, None, None]:
    """Yield the same items; a thread makes them before they are asked for, at most `room` ahead.

    Closing it ends the thread and closes the items, if they can be.

    Args:
        ledger: books what making them takes on `stage`.
    """
    channel = Channel[T](room)
    ledger = ledger or Ledger()

    def work() -> None:
        try:
            _pour(items, channel, ledger, stage)
        except BaseException as error:
            channel.end(error)
        else:
            channel.end()

    thread = start(work, stage)
    try:
        while True:
            try:
                item = channel.get()
            except Closed:
                return
            yield item
            del item  # what the caller keeps of it is its own affair
    finally:
        channel.close()
        thread.join()


def _pour(items: Iterable[T], channel: Channel[T], ledger: Ledger, stage: str) -> None:
    iterator = iter(items)
    end = object()
    try:
        while True:
            with ledger.working(stage):
                item = next(iterator, end)
            if item is end:
                return
            channel.put(item)  # type: ignore[arg-type]
            del item
    except Closed:
        return
    finally:
        if isinstance(iterator, Generator):
            with closing(iterator):
                pass
