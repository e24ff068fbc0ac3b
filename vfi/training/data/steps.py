"""Small statistics of the step from a frame to the next: does it repeat, cut, move?"""

from __future__ import annotations

from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

THUMBNAIL_HEIGHT = 128  # rows on which the statistics are measured
MARGIN = 8  # columns and rows at the thumbnail's edge in which warping proves nothing


class StepColumn(IntEnum):
    """The columns of `steps.npy`. The last frame of a clip has zeros."""

    DIFFERENCE = 0  # mean absolute difference of the thumbnails, 0..255
    RESIDUAL = 1  # the same after warping the next frame back along a coarse flow
    MEAN_MOTION = 2  # mean length of that flow, pixels of the stored size
    LARGE_MOTION = 3  # its 95th percentile


def thumbnail_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey and small: (H, W, 3) RGB to (THUMBNAIL_HEIGHT, w)."""
    height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    size = (max(32, round(width * THUMBNAIL_HEIGHT / height)), THUMBNAIL_HEIGHT)
    small: NDArray[np.uint8] = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small


def measure_step(
    one: NDArray[np.uint8], two: NDArray[np.uint8], stored_height: int
) -> tuple[float, float, float, float]:
    """Return the statistics of the step between two thumbnails, in the order of `StepColumn`."""
    difference = float(cv2.absdiff(one, two).mean())
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(one, two, None)
    height, width = one.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    warped = cv2.remap(
        two, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    residual = float(cv2.absdiff(one, warped)[inner].mean())
    length = np.hypot(flow[..., 0], flow[..., 1]) * (stored_height / THUMBNAIL_HEIGHT)
    return difference, residual, float(length.mean()), float(np.percentile(length, 95))
