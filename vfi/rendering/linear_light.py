"""The mean of pictures in linear light, as a film or a sensor takes it during an exposure."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..analysis.differences import Pixels
from ..errors import InputError
from ..media.depth import converted, peak_of


def linear_light_mean(frames: Iterable[Pixels]) -> Pixels:
    """Return the mean of frames in linear light (sRGB curve, IEC 61966-2-1), in the input's type.

    Frames are (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8, uint16 or float in 0..1. They are
    taken one by one: memory does not grow with their number. Alpha (the fourth channel) is averaged
    as it is and weights the colours. One frame, or equal ones, come back unchanged.

    Raises:
        InputError: no frames, or frames that differ in size or type.
    """
    total: NDArray[np.float64] | None = None
    first: Pixels | None = None
    count = 0
    same = True
    for pixels in frames:
        if first is None:
            first, total = pixels, np.zeros(pixels.shape, np.float64)
        elif pixels.shape != first.shape or pixels.dtype != first.dtype:
            raise InputError(f"frames do not match: {first.shape} and {pixels.shape}")
        assert total is not None
        same = same and (pixels is first or np.array_equal(pixels, first))
        total += _weighted_light(pixels)
        count += 1
    if first is None or total is None:
        raise InputError("the mean of no frames: give at least one")
    return first.copy() if same else _from_light(total / count, first)


def _weighted_light(pixels: Pixels) -> NDArray[np.float64]:
    light = _to_light(pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float64) / peak_of(pixels.dtype)
        return np.concatenate([light[..., :3] * alpha, alpha], axis=2)
    return light


def _from_light(light: NDArray[np.float64], like: Pixels) -> Pixels:
    if like.ndim == 3 and like.shape[2] == 4:
        alpha = light[..., 3:]
        colours = light[..., :3] / np.where(alpha > 0, alpha, 1)
        coded = np.concatenate([_encode(colours), alpha], axis=2)
    else:
        coded = _encode(light)
    return converted(coded, like.dtype)


def _to_light(pixels: Pixels) -> NDArray[np.float64]:
    if pixels.dtype.kind == "u":
        light: NDArray[np.float64] = _light_table(pixels.dtype.name)[pixels]
        return light
    return _decode(pixels.astype(np.float64))


@cache
def _light_table(name: str) -> NDArray[np.float64]:
    scale = peak_of(name)
    return _decode(np.arange(scale + 1, dtype=np.float64) / scale)


def _decode(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the sRGB curve; negative and overbright values (EXR) pass through the formula's ends."""
    curve = ((np.maximum(coded, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(coded <= 0.04045, coded / 12.92, curve)


def _encode(light: NDArray[np.float64]) -> NDArray[np.float64]:
    curve = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, curve)
