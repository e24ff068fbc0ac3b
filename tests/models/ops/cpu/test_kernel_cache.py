"""Machine code on disk: used while it is whole, made anew where it is not."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from vfi.models.ops.cpu.compiler import compiled


def plus_one(number: int) -> int:
    return number + 1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert called() == (2, 0)
    return next(tmp_path.iterdir())


def called() -> tuple[int, int]:
    """The result in what might be a new process, and how often the disk had the machine code."""
    kernel: Any = compiled(plus_one)
    return kernel(1), sum(kernel.stats.cache_hits.values())


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def empty(content: bytes) -> bytes:
    return b""


def flipped(content: bytes) -> bytes:
    """One bit, in what is machine code where there is any: unpickling does not notice."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def scrambled(content: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in content)


def test_whole_files_are_used(folder: Path) -> None:
    assert called() == (2, 1)


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", [cut, empty, flipped, scrambled])
def test_damaged_files_are_made_anew(
    folder: Path, suffix: str, damage: Callable[[bytes], bytes]
) -> None:
    (path,) = folder.glob(f"*{suffix}")
    path.write_bytes(damage(path.read_bytes()))
    assert called() == (2, 0)
    assert called() == (2, 1)


def test_a_folder_that_is_not_ours_any_more(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)

    def refused(*_: Any) -> None:  # root may write everywhere
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("numba.core.caching.os.replace", refused)
    assert called() == (2, 0)
    assert called() == (2, 0)
    folder.chmod(0o700)
    assert not list(folder.glob("*.nbc"))


def test_nowhere_to_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_place(*_: Any) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr("numba.core.caching.CacheImpl.__init__", no_place)
    assert called() == (2, 0)
