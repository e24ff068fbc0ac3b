"""Standard input and output, and pipes that have a name, as places of videos."""

import os
import select
import stat
from pathlib import Path

from ..errors import InputError, UsageError
from ..stopping import look

STANDARD = "-"  # what standard input and output are called
_PATIENCE = 0.2  # seconds until it is asked whether to stop


def is_standard(path: str | os.PathLike[str] | None) -> bool:
    """Whether a name means standard input or output."""
    return path is not None and os.fspath(path) == STANDARD


def is_pipe(path: str | os.PathLike[str]) -> bool:
    """Whether a name means what can be read once only: standard input, or a pipe."""
    if is_standard(path):
        return True
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


def _has_something(handle: int) -> bool:
    """Wait a moment for something to be read."""
    if os.name != "posix":  # elsewhere only sockets can be waited for
        return True
    return bool(select.select([handle], [], [], _PATIENCE)[0])


class PipeIn:
    """What comes out of a pipe, or of standard input, as FFmpeg wants it given."""

    def __init__(self, path: Path) -> None:
        """Open it. Of a named pipe that waits for whoever writes into it.

        Raises:
            InputError: it cannot be read. UsageError: nobody writes into it but a person.
        """
        self.count = 0  # bytes read
        self.path = Path("standard input") if is_standard(path) else path
        if is_standard(path) and os.isatty(0):
            raise UsageError("standard input is a terminal: pipe a video into it, or name one")
        try:
            self._handle = os.dup(0) if is_standard(path) else os.open(path, os.O_RDONLY)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}") from error

    def read(self, size: int) -> bytes:
        """Return what is there, `size` bytes at most; nothing at the end."""
        while not _has_something(self._handle):
            look()
        data = os.read(self._handle, size)
        self.count += len(data)
        return data

    def close(self) -> None:
        """Close it, so that whoever writes into it sees that nobody reads; twice does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
