"""Being told to stop: SIGTERM and SIGHUP unwind the program as Ctrl-C does."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

# A terminal that is closed sends SIGHUP twice, and service managers send SIGTERM and SIGHUP
# together: the second one must not break off the cleaning up that the first one began.
_REPEATS = 5.0  # seconds
# Python drops what is raised in a destructor or in a callback from C, also when that is the word to
# stop: it is raised again so much later, until it comes through.
_AGAIN = 0.02  # seconds
_WORDS = {"SIGTERM": "Terminated", "SIGHUP": "Hung up"}


class Stopped(SystemExit):
    """A signal told the program to stop; its code is the one that shells give: 128 + number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.word = _WORDS[signal.Signals(number).name]


@contextlib.contextmanager
def stopping() -> Iterator[None]:
    """Inside the block SIGTERM and SIGHUP raise `Stopped`, so that half-written files go.

    A signal that is ignored (nohup) or that somebody else looks after stays as it is.
    """
    before: dict[int, Any] = {}
    process, last = os.getpid(), float("-inf")

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal last
        if os.getpid() != process:  # a forked worker has nothing to clean up
            os._exit(128 + number)
        since, last = last, time.monotonic()
        if last - since > _REPEATS:
            raise Stopped(number)

    if threading.current_thread() is threading.main_thread():  # only there can handlers be set
        for name in _WORDS:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        with _insisting():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
