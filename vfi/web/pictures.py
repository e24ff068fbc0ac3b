"""Pictures as a browser takes them."""

from typing import Any

import cv2
from numpy.typing import NDArray

from ..analysis.differences import eight_bit_rgb

LONGEST = 1600  # pixels of a side: what is shown need not be larger than a screen
THUMBNAIL = 200


def encoded(pixels: NDArray[Any], longest: int = LONGEST, suffix: str = ".png") -> bytes:
    """Return a picture (H, W) or (H, W, C), reduced to `longest` pixels, in a file of this kind."""
    shown = eight_bit_rgb(pixels, longest)
    return bytes(cv2.imencode(suffix, cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))[1])


def thumbnail(pixels: NDArray[Any]) -> bytes:
    """Return a small JPEG."""
    return encoded(pixels, THUMBNAIL, ".jpg")
