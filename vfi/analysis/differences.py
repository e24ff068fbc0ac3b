"""How much two decoded frames differ: the small numbers that keyframes and cuts are decided by.

Frames are arrays (H, W), (H, W, 1), (H, W, 3) or (H, W, 4): uint8, uint16 or float in 0..1.
Tolerances are always in 8-bit levels (0..255), whatever the depth.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..media.depth import level_of

Pixels = NDArray[Any]


def largest_difference(one: Pixels, two: Pixels) -> Pixels:
    """Return per pixel the largest absolute difference over the channels, (H, W), input's units.

    Raises:
        InputError: the frames differ in size or type.
    """
    check_alike(one, two)
    if one.dtype == np.float16:
        one, two = one.astype(np.float32), two.astype(np.float32)
    moved: Pixels = cv2.absdiff(np.ascontiguousarray(one), np.ascontiguousarray(two))
    if moved.ndim == 2:
        return moved
    largest = moved[..., 0]
    for channel in range(1, moved.shape[2]):
        largest = np.maximum(largest, moved[..., channel])
    return largest


def differing_pixels(one: Pixels, two: Pixels, tolerance: float) -> int:
    """Count the pixels of which any channel moves by more than `tolerance` 8-bit levels."""
    limit = tolerance * level_of(one.dtype)
    return int(np.count_nonzero(largest_difference(one, two) > limit))


def check_alike(one: Pixels, two: Pixels) -> None:
    """Raise InputError unless both frames have the same shape and type."""
    if one.shape != two.shape or one.dtype != two.dtype:
        raise InputError(
            f"frames do not match: {one.shape} {one.dtype} and {two.shape} {two.dtype}"
        )


def eight_bit_rgb(pixels: Pixels, longest_side: int) -> NDArray[np.uint8]:
    """Return the frame as uint8 RGB, (h, w, 3), shrunk so that no side exceeds `longest_side`.

    Alpha is left out, grey repeated; area averaging, so that noise shrinks along.
    """
    level = level_of(pixels.dtype)
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    small = np.ascontiguousarray(pixels.astype(np.float32) if level < 1 else pixels)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    if level != 1:
        small = np.clip(np.rint(small / level), 0, 255)
    small = small.reshape(*small.shape[:2], -1).astype(np.uint8)
    if small.shape[2] < 3:
        small = np.repeat(small[..., :1], 3, axis=2)
    return np.ascontiguousarray(small[..., :3])
