"""Tiny clips for training whose motion is known, with the manifest of their folder."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from .textures import texture as shifted

HEIGHT, WIDTH = 96, 128
SPEED = 3  # pixels a frame, to the right

MANIFEST = """file\tshard\tkind
moving.mkv\t0\treal
still.mkv\t0\treal
cut.mkv\t0\tanimation
twos.mkv\t1\tanimation2d
not-there.mkv\t1\treal
"""


def texture(seed: int, width: int = 256) -> NDArray[np.uint8]:
    """Smooth noise, (HEIGHT, width, 3)."""
    return shifted(height=HEIGHT, width=width, seed=seed)


def moving(seed: int, frames: int, hold: int = 1) -> list[NDArray[np.uint8]]:
    """A texture that moves SPEED pixels to the right with each drawing."""
    wide = texture(seed)
    starts = [(256 - WIDTH) - SPEED * (k // hold) for k in range(frames)]
    return [np.ascontiguousarray(wide[:, x : x + WIDTH]) for x in starts]


@cache
def tiny_clips() -> dict[str, list[NDArray[np.uint8]]]:
    return {
        "moving": moving(1, 14),
        "still": [texture(2, WIDTH)] * 10,
        "cut": moving(3, 6) + moving(4, 6),
        "twos": moving(5, 12, hold=2),
    }
