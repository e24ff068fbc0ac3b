"""Where a source pixel arrives, for the compiled CPU kernels of splatting."""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from ..reference import EXPONENT_LIMIT
from .compiler import compiled


@compiled
def inside(x, y, width, height):
    """Say whether any corner is in the frame: false for NaN, and nothing huge gets past it."""
    return x > -1 and x < width and y > -1 and y < height


@compiled
def place_of_corner(left, upper, corner, width, height):
    """Return the index of one of the four pixels around (x, y), or -1 outside the frame."""
    column, row = left + corner % 2, upper + corner // 2
    within = column >= 0 and column < width and row >= 0 and row < height
    return row * width + column if within else -1


@compiled
def importance_at(metric, peak):
    """Return exp(Z - peak), bounded where the pixel has no weight in the peak."""
    return np.exp(min(metric - peak, type(metric)(EXPONENT_LIMIT)))


@compiled
def find_reached_rows(flow, first, last, start, stop):
    """Write the first and last target row that each source row reaches, from -1 to H.

    `flow` is (B, 2, H, W), the other two (B, H). A source row that reaches none has a `first`
    beyond its `last`.
    """
    height, width = flow.shape[2], flow.shape[3]
    real = flow.dtype.type
    limit = real(height)
    for line in range(start, stop):
        item, row = line // height, line % height
        here = real(row)
        lowest, highest = limit, real(-1)
        for column in range(width):
            y = here + flow[item, 1, row, column]
            if y > real(-1) and y < limit:
                lowest, highest = min(lowest, y), max(highest, y)
        reaches = highest > real(-1)
        first[item, row] = int(np.floor(lowest)) if reaches else height + 1
        last[item, row] = int(np.floor(highest)) + 1 if reaches else -1
