"""How the CPU kernels are compiled."""

import contextlib
from collections.abc import Callable
from typing import Any

from numba import njit

from .kernel_cache import KernelCache

# `nogil`: the kernels share no Python object, so threads may run them side by side. Contracting
# a·b + c is all the freedom the compiler gets: NaN and infinity keep their meaning. Division by
# zero is checked by the kernels themselves.
OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel at its first call, and keep the machine code on disk if that is possible."""
    kernel: Any = njit(**OPTIONS)(function)
    # Where neither the package's folder nor the user's cache can be written to, it stays in memory.
    with contextlib.suppress(RuntimeError):
        kernel._cache = KernelCache(function)
    callable_kernel: Callable[..., Any] = kernel
    return callable_kernel
