"""How the CPU kernels are compiled."""

from numba import njit

# `nogil`: the kernels share no Python object, so threads may run them side by side. Contracting
# a·b + c is all the freedom the compiler gets: NaN and infinity keep their meaning. Division by
# zero is checked by the kernels themselves.
compiled = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
