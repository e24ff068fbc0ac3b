"""Sample types: which value is white in each, and how samples go from one to another.

Integers use the whole range of their type; floats have white at 1 and may lie outside 0..1 (high
dynamic range).
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import InputError

_PEAKS = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def peak_of(dtype: DTypeLike) -> int:
    """Return the value that is white, and opaque, in a sample type.

    Raises:
        InputError: it is neither uint8, uint16 nor a float.
    """
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return 1
    if dtype not in _PEAKS:
        raise InputError(f"an array of uint8, uint16 or float is needed, not {dtype}")
    return _PEAKS[dtype]


def level_of(dtype: DTypeLike) -> float:
    """Return what one of 255 levels is in a sample type; raises as `peak_of`."""
    return peak_of(dtype) / 255


def full_scale(bits: int) -> int:
    """Return the highest number of so many bits."""
    return (1 << bits) - 1


def type_for(bits: int) -> np.dtype[Any]:
    """Return the integer type that holds samples of so many bits."""
    return np.dtype(np.uint8 if bits <= 8 else np.uint16)


def converted(samples: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return samples in another type, the same picture, rounded to nearest.

    From floats to integers what is below 0 or above 1 is clipped, and NaN becomes 0.

    Raises:
        InputError: one of the types holds no samples.
    """
    dtype = np.dtype(dtype)
    top, target = peak_of(samples.dtype), peak_of(dtype)
    if samples.dtype == dtype:
        return samples
    if dtype.kind == "f":
        wide = np.promote_types(dtype, np.float32)  # half floats end at 65504
        floats: NDArray[Any] = (samples.astype(wide) / wide.type(top)).astype(dtype)
        return floats
    if samples.dtype.kind == "f":
        # In float64: float32 has too few bits behind the point to round 16-bit values to nearest.
        filled = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        rounded: NDArray[Any] = np.rint(np.clip(filled, 0.0, 1.0) * target).astype(dtype)
        return rounded
    return rescaled(samples, top, target).astype(dtype)


def rescaled(samples: NDArray[Any], top: int, target: int) -> NDArray[np.uint32]:
    """Return integers of at most 16 bits so that `top` becomes `target`, rounded to nearest."""
    scaled: NDArray[np.uint32] = (samples.astype(np.uint32) * target + top // 2) // top
    return scaled
