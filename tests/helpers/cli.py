"""How a call of the command line ends, and what it leaves on the disk."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a call ended: its exit code, and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr; fails if there are more, or none."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


RunVfi = Callable[..., Ended]


@contextmanager
def small_disk() -> Iterator[None]:
    """No file can grow beyond 4 kB, which the kernel tells as it tells that a disk is full.

    Only around the call itself: pytest's own output may be a file that is longer already, and
    the next dot written to it would end the whole run without a word.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names_in(folder: Path) -> list[str]:
    """All files below a folder, hidden and temporary ones too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
