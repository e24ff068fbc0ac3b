"""How the CPU kernels are compiled."""

from collections.abc import Callable
from typing import Any

from numba import njit

# `nogil`: the kernels share no Python object, so threads may run them side by side. Contracting
# a·b + c is all the freedom the compiler gets: NaN and infinity keep their meaning. Division by
# zero is checked by the kernels themselves.
OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel at its first call, and keep the machine code on disk if that is possible."""
    try:
        return njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written to
        return njit(**OPTIONS)(function)
