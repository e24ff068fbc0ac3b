"""Being told to stop: Ctrl-C, SIGTERM and SIGHUP ask for it in one way."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from ..stopping import ask, forget

# A terminal that is closed sends SIGHUP twice, and service managers send SIGTERM and SIGHUP
# together: the second one must not break off the cleaning up that the first one began.
_REPEATS = 5.0  # seconds
# Python drops what is raised in a destructor or in a callback from C, also when that is the word to
# stop: it is raised again so much later, until it comes through.
_AGAIN = 0.02  # seconds
_USUAL = (signal.SIG_DFL, signal.default_int_handler)
_WORDS = {"SIGTERM": "Terminated", "SIGHUP": "Hung up"}


class Stopped(SystemExit):
    """A signal told the program to stop; its code is the one that shells give: 128 + number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.word = _WORDS[signal.Signals(number).name]


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """Inside the block Ctrl-C, SIGTERM and SIGHUP ask to stop, so that half-written files go.

    Loops that listen answer between two frames; anywhere else it is raised where it comes,
    KeyboardInterrupt or `Stopped`, and what swallows it there is told again by the next loop. A
    second Ctrl-C stops at once. A signal that is ignored (nohup) or that somebody else looks after
    stays as it is.
    """
    before: dict[int, Any] = {}
    handler = _handler()
    if threading.current_thread() is threading.main_thread():  # only there can handlers be set
        for name in ("SIGINT", *_WORDS):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) in _USUAL:
                before[number] = signal.signal(number, handler)
    try:
        with _insisting():
            yield
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)
        forget()


def _handler() -> Callable[[int, FrameType | None], None]:
    process, last = os.getpid(), float("-inf")

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal last
        error = KeyboardInterrupt() if number == signal.SIGINT else Stopped(number)
        if os.getpid() != process:  # a forked worker has nothing to clean up
            if number == signal.SIGINT:
                raise error  # PyTorch's workers look after it themselves
            os._exit(128 + number)
        since, last = last, time.monotonic()
        repeated = number != signal.SIGINT and last - since <= _REPEATS
        if not repeated and not ask(error):
            raise error

    return stop


@contextlib.contextmanager
def _insisting() -> Iterator[None]:
    """Inside the block neither Ctrl-C nor `Stopped` is lost where Python ignores exceptions."""
    on_main = threading.current_thread() is threading.main_thread()
    timers = hasattr(signal, "setitimer")  # Windows has none
    if not on_main or not timers or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return
    hook, lost = sys.unraisablehook, list[BaseException]()

    def ignored(event: "sys.UnraisableHookArgs") -> None:
        if isinstance(event.exc_value, KeyboardInterrupt | Stopped):
            lost.append(event.exc_value)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        else:
            hook(event)

    def raise_again(number: int, frame: FrameType | None) -> None:
        if lost:
            raise lost.pop()

    signal.signal(signal.SIGALRM, raise_again)
    sys.unraisablehook = ignored
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
