"""Standard input and output, and pipes that have a name, as places of videos."""

import os
import select
import stat
import sys
from pathlib import Path

from ..errors import InputError, UsageError
from ..stopping import look

STANDARD = "-"  # what standard input and output are called
_OUT, _ERR = 1, 2  # the descriptors
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


def check_standard_output() -> None:
    """Raise UsageError where a video would be written to a person's terminal."""
    if os.isatty(_OUT):
        raise UsageError("standard output is a terminal: pipe it into something, or name a file")


class PipeOut:
    """Standard output, as FFmpeg wants it given: front to back, never back.

    What is written is held until `start`: a header that is refused has not been said. Whatever
    else the process prints goes to standard error, lest it stand in the video.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._held: list[bytes] | None = []
        self._handle = os.dup(_OUT)
        os.dup2(_ERR, _OUT)

    def start(self) -> None:
        """Let go what was held, and hold nothing any more."""
        held, self._held = self._held or [], None
        for data in held:
            self.write(data)

    def forget(self) -> None:
        """Forget what is held."""
        if self._held is not None:
            self._held.clear()

    def write(self, data: bytes) -> int:
        """Write all of it.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if self._held is not None:
            self._held.append(bytes(data))
            return len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._handle, rest) :]
        return len(data)

    def close(self) -> None:
        """Give standard output back; a second time does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            sys.stdout.flush()
            os.dup2(handle, _OUT)
            os.close(handle)
