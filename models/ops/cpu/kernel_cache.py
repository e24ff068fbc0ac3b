"""Machine code of kernels on disk: whatever is wrong with it, the kernel is compiled anew.

Numba believes its files: one cut short is an error at every start, and one with a flipped bit may
be run. Here each file ends with the SHA-256 of what stands before it.
"""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

_LENGTH = hashlib.sha256().digest_size


class KernelCache(FunctionCache):  # type: ignore[misc]
    """The compiled code of one function; files that cannot be used, or written, are no error."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = _SummedFiles(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        with contextlib.suppress(Exception):
            return super().load_overload(sig, target_context)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError):  # the disk is full, the folder not ours any more
            super().save_overload(sig, data)


class _SummedFiles(IndexDataCacheFile):  # type: ignore[misc]
    """Numba's index and data files, with a checksum at the end, which unpickling does not see."""

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[io.BytesIO]:
        with super()._open_for_write(filepath) as file:
            content = io.BytesIO()
            yield content
            file.write(content.getvalue() + hashlib.sha256(content.getbuffer()).digest())

    def _load_index(self) -> Any:
        return super()._load_index() if _is_whole(self._index_path) else {}

    def _load_data(self, name: str) -> Any:
        if not _is_whole(self._data_path(name)):
            raise OSError(f"{name} is damaged")  # as if it were not there
        return super()._load_data(name)


def _is_whole(path: str) -> bool:
    try:
        content = Path(path).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content[:-_LENGTH]).digest() == content[-_LENGTH:]
