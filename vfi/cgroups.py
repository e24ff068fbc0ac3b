"""What the groups of processes that Linux puts a process in leave it of memory (versions 1 and 2).

Containers, systemd and job schedulers limit memory by them; the machine's own figures say nothing
of that.
"""

from collections.abc import Iterator
from pathlib import Path

_UNLIMITED = 1 << 60  # bytes; version 1 says so by a number near 2^63


def free_in_groups(root: Path = Path("/")) -> int | None:
    """Return how many bytes may be taken before a group is full; None where nothing limits it."""
    left = [free for limit in _limits(root) if (free := limit.free()) is not None]
    return max(0, min(left)) if left else None


class _Limit:
    """One group's limit, what of it is used, and what of that would be given back if need be."""

    def __init__(self, folder: Path, limit: str, used: str, cache: str) -> None:
        self._folder, self._limit, self._used, self._cache = folder, limit, used, cache

    def free(self) -> int | None:
        limit, used = self._number(self._limit), self._number(self._used)
        if limit is None or used is None or limit >= _UNLIMITED:
            return None
        return limit - used + self._given_back()

    def _number(self, name: str) -> int | None:
        text = _text(self._folder / name).strip()
        return int(text) if text.isdecimal() else None  # version 2 says "max" for no limit

    def _given_back(self) -> int:
        for line in _text(self._folder / "memory.stat").splitlines():
            name, _, count = line.partition(" ")
            if name == self._cache and count.isdecimal():
                return int(count)
        return 0


def _limits(root: Path) -> Iterator[_Limit]:
    """Yield the limits of a process's groups, each within the next."""
    mounted = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, kinds, path = [*line.split(":", 2), "", ""][:3]
        inside = path.strip("/")
        if not kinds:
            names = "memory.max", "memory.current", "inactive_file"
            yield from (_Limit(folder, *names) for folder in _upwards(mounted, inside))
        elif "memory" in kinds.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            yield from (_Limit(folder, *names) for folder in _upwards(mounted / "memory", inside))


def _upwards(top: Path, inside: str) -> Iterator[Path]:
    """Yield a folder and those that it lies in; in a container only the topmost may be there."""
    here = top / inside
    while here != top:
        yield here
        here = here.parent
    yield top


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
