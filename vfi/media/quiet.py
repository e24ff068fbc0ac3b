"""Libraries that print what they also report: silenced for the moment of the call."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator

import cv2

_lock = threading.RLock()


@contextlib.contextmanager
def quiet_opencv() -> Iterator[None]:
    """Turn OpenCV's own messages off; afterwards all is as it was.

    Those of libpng and libjpeg, too, which write to the process's standard error behind its back.
    """
    with quiet_stderr():
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send what is written to descriptor 2 nowhere."""
    with _lock:
        try:
            kept = os.dup(2)
        except OSError:  # a process without it has nothing to silence
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


@contextlib.contextmanager
def quiet_process() -> Iterator[None]:
    """Send the whole process's standard output and error nowhere, for libraries with no switch."""
    with _lock, contextlib.ExitStack() as stack:
        try:
            kept = [os.dup(1), os.dup(2)]
        except OSError:  # a process without them has nothing to silence
            yield
            return
        stack.callback(_restore, kept)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        stack.callback(os.close, nowhere)
        _flush()
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        # Python's own streams may have been led elsewhere.
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        yield


def _restore(kept: list[int]) -> None:
    _flush()
    for number, descriptor in enumerate(kept, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
