"""Memory: how much was taken, and that it ran out, in the words of every library."""

import mmap
import sys
from pathlib import Path

from .cgroups import free_in_groups
from .errors import VfiError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# PyTorch on a CPU, oneDNN, OpenCV and the dynamic linker have no exception of their own for it.
_WORDS = (
    "allocate memory",
    "insufficient memory",
    "failed to allocate",
    "cannot allocate",
    "out of memory",
    "std::bad_alloc",
    "could not create a primitive",
    "failed to map segment",
)
SHORT = "memory ran out; smaller pictures or the model 'direct' need less"
NO_THREADS = "no more threads can be started: memory or processes are limited (ulimit -v, -u)"
_ROOM = 900 << 20  # bytes of addresses that PyTorch and the rest take before any work


class Shortage(MemoryError):
    """Memory or threads ran out; the message is one line for people."""


def shortage(error: BaseException) -> str | None:
    """Say what ran out, if an exception, or one that it comes from, is about that."""
    seen: BaseException | None = error
    while seen is not None:
        said = _shortage_in(seen)
        if said is not None:
            return said
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return None


def _shortage_in(error: BaseException) -> str | None:
    if isinstance(error, Shortage):
        return str(error)
    text = "" if isinstance(error, VfiError) else str(error).lower()  # these quote other programs
    if isinstance(error, MemoryError) or any(word in text for word in _WORDS):
        return SHORT
    return NO_THREADS if "start new thread" in text else None


def blame_shortage(error: BaseException) -> None:
    """Raise Shortage where `error`, of a decoder or encoder, is about memory or threads.

    For those who would say next that the file is damaged.
    """
    said = NO_THREADS if isinstance(error, BlockingIOError) else shortage(error)
    if said is not None:
        raise Shortage(said) from error


def need(count: int, otherwise: str = SHORT) -> None:
    """Raise Shortage unless `count` bytes can be had now; they are given back at once."""
    try:
        mmap.mmap(-1, max(1, count)).close()
    except (OSError, OverflowError) as error:
        raise Shortage(otherwise) from error


def check_address_space() -> None:
    """Raise Shortage where `ulimit -v` leaves no room for the libraries: they would abort."""
    if resource is None:
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        room = f"{_ROOM >> 20} MiB of addresses are needed to begin with"
        need(_ROOM, f"memory is limited to {limit >> 20} MiB (ulimit -v), and {room}")


def peak_memory() -> int | None:
    """Return the most bytes that this process has had in memory; None where nobody counts."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def free_memory(root: Path = Path("/")) -> int | None:
    """Return how many bytes can be had without swapping; None where nobody knows.

    That is what the machine has left, or less where a group of processes (a container's) is
    limited to less.
    """
    left = [free for free in (_free_in_machine(root), free_in_groups(root)) if free is not None]
    return min(left) if left else None


def _free_in_machine(root: Path) -> int | None:
    try:
        text = (root / "proc/meminfo").read_text(encoding="ascii")
        return int(text.split("MemAvailable:")[1].split()[0]) << 10
    except (OSError, ValueError, IndexError):
        return None


def memory_now() -> int:
    """Return how many bytes this process has in memory; 0 where nobody says."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0
