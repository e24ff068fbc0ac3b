"""Standard output and error that are closed, full, or whose reader has gone.

What is said never decides over what is done: a result that is whole is a success though nobody can
be told. Only where the text itself is the result, as of `vfi info`, is its loss a failure.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click

OUT, ERR = 1, 2  # the descriptors


def name_result(path: Path) -> None:
    """Name a result on stdout, if anybody can hear it."""
    try:
        click.echo(path)
    except (OSError, ValueError):
        silence(OUT)


def silence(descriptor: int) -> None:
    """Send what is still to be said on a descriptor nowhere."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


@contextlib.contextmanager
def usable_streams() -> Iterator[None]:
    """Inside the block both streams are there, and nothing that is written to stderr raises."""
    _open_closed_descriptors()
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = _Heedless(sys.stderr or _nowhere())
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):  # Python would end with 120 for it
            silence(OUT)
        sys.stdout, sys.stderr = before


def _open_closed_descriptors() -> None:
    """Else a file that is opened gets the number, and what libraries print goes into a result."""
    for descriptor in (0, OUT, ERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


class _Heedless:
    """A text stream that goes on where it cannot be written to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
