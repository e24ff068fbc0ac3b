"""Memory for large results, asked for in large pages.

Fresh memory comes from Linux in pages of 4 KB, each with an interruption of its own; for a result
of hundreds of megabytes those take as long as the splatting. Where the system offers pages of
2 MB on request (`madvise`, the default of most distributions), this requests them.
"""

import ctypes
import functools
import sys
from collections.abc import Callable

from torch import Tensor

MADV_HUGEPAGE = 14
PAGE = 4096
# Below this the allocator hands out memory that has been used before.
LARGE = 4 << 20


def in_large_pages(tensor: Tensor) -> Tensor:
    """Return the same, yet unwritten tensor; a system that refuses changes nothing."""
    size = tensor.numel() * tensor.element_size()
    advise = _madvise()
    if size >= LARGE and advise is not None:
        begin = -(-tensor.data_ptr() // PAGE) * PAGE
        end = (tensor.data_ptr() + size) // PAGE * PAGE
        advise(begin, end - begin, MADV_HUGEPAGE)
    return tensor


@functools.cache
def _madvise() -> Callable[[int, int, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    advise: Callable[[int, int, int], int] | None = getattr(ctypes.CDLL(None), "madvise", None)
    if advise is not None:
        advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)  # type: ignore[attr-defined]
    return advise
