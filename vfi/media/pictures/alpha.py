"""Alpha: colours that are multiplied by it (OpenEXR, some TIFFs), and straight ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..depth import peak_of

Pixels = NDArray[Any]


def straight(pixels: Pixels) -> Pixels:
    """Return (H, W, 4) with its colours divided by alpha; where that is 0 they stay."""
    alpha = _alpha(pixels)
    return _with_colours(pixels, pixels[..., :3] / np.where(alpha > 0, alpha, 1))


def premultiplied(pixels: Pixels) -> Pixels:
    """Return (H, W, 4) with its colours multiplied by alpha."""
    return _with_colours(pixels, pixels[..., :3] * _alpha(pixels))


def _alpha(pixels: Pixels) -> Pixels:
    return pixels[..., 3:].astype(np.float64) / peak_of(pixels.dtype)


def _with_colours(pixels: Pixels, colours: Pixels) -> Pixels:
    if pixels.dtype.kind != "f":
        colours = np.rint(np.clip(colours, 0, peak_of(pixels.dtype)))
    return np.concatenate([colours.astype(pixels.dtype), pixels[..., 3:]], axis=2)
