"""One-call functions for those who need no `Interpolator` of their own."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .conversion import Picture
from .interpolator import Interpolator, P, Time


def interpolate(
    one: P, two: P, t: Time = 0.5, model: str | Path | None = None, device: str = "auto"
) -> P:
    """Return the frame at `t` between two pictures; see `Interpolator` for what pictures may be."""
    return _interpolator(model, device)(one, two, t)


def flow(
    one: Picture, two: Picture, model: str | Path | None = None, device: str = "auto"
) -> NDArray[np.float32]:
    """Optical flow (H, W, 2) float32 in pixels: where each pixel of `one` is in `two`."""
    return _interpolator(model, device).flow(one, two)


@lru_cache(maxsize=2)
def _interpolator(model: str | Path | None, device: str) -> Interpolator:
    return Interpolator(model, device)
