"""Textures made by code: what moves is known to the pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

ROOM = 32  # pixels to every side, by which a texture can move


def texture(
    right: int = 0,
    height: int = 48,
    width: int = 64,
    seed: int = 4,
    *,
    down: int = 0,
    blur: float = 3.0,
) -> NDArray[np.uint8]:
    """A smooth texture (H, W, 3) of much contrast that has moved right and down, by up to 32."""
    shape = (height + 2 * ROOM, width + 2 * ROOM, 3)
    noise = np.random.default_rng(seed).uniform(0, 255, shape).astype(np.float32)
    smooth = (cv2.GaussianBlur(noise, (0, 0), blur) - 127.5) * 2.5 * blur + 127.5
    top, left = ROOM - down, ROOM - right
    cut = smooth[top : top + height, left : left + width]
    return np.ascontiguousarray(np.clip(cut, 0, 255).astype(np.uint8))


def blobs(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Blobs (H, W) of many sizes, the larger the stronger, as in pictures of the world."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for size in (2, 5, 12, 30):
        blurred = cv2.GaussianBlur(random.random((height, width)).astype(np.float32), (0, 0), size)
        total += size**0.5 * (blurred - blurred.mean()) / blurred.std()
    spread = (total - total.min()) / (total.max() - total.min())
    return np.asarray(spread * 255, np.uint8)


def coloured_layers(seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """A photograph of nothing: texture (H, W, 3) at several scales, in low contrast."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells in (4, 12, 40):
        layer = random.normal(0, 1, (cells, cells * width // height, 3)).astype(np.float32)
        total += cv2.resize(layer, (width, height), interpolation=cv2.INTER_CUBIC)
    tint = random.uniform(70, 180, 3)
    return np.clip(tint + total * 22, 0, 255).astype(np.uint8)
