"""How far a picture is from the truth: PSNR, SSIM (the three variants that tables use) and IE.

Pictures are arrays `(H, W)` or `(H, W, C)` of one dtype: uint8 (peak 255), uint16 (peak 65535) or
floating point (peak 1). Published figures are measured on 8 bits.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..media.depth import peak_of

Picture = NDArray[Any]
Plane = NDArray[np.float64]
Filter = Callable[[Plane], Plane]

PERFECT_PSNR = 100.0
"""dB that a perfect (infinite) sample counts for in a mean; see `mean_psnr`."""

UNIFORM_WINDOW = 7
GAUSSIAN_WINDOW = 11
GAUSSIAN_SIGMA = 1.5


def psnr(result: Picture, truth: Picture) -> float:
    """Peak signal-to-noise ratio in dB, over all pixels and channels; infinite if all are equal."""
    peak = _check(result, truth)
    mean_square = float(np.mean(np.square(_difference(result, truth))))
    return math.inf if mean_square == 0.0 else 10.0 * math.log10(peak * peak / mean_square)


def mean_psnr(values: Iterable[float]) -> float:
    """Mean of per-sample PSNR in dB; NaN for no samples.

    A perfect sample is infinite and would swallow every other one. Leaving it out would punish a
    method for being perfect, so it counts as `PERFECT_PSNR`, the convention of much of the field;
    tables print how many samples that touches.
    """
    finite = [min(value, PERFECT_PSNR) if math.isinf(value) else value for value in values]
    return math.fsum(finite) / len(finite) if finite else math.nan


def interpolation_error(result: Picture, truth: Picture) -> float:
    """Mean absolute difference on the 0..255 scale: the "IE" of recent interpolation tables.

    The Middlebury server's IE is the root of the mean square instead, which PSNR already tells:
    255 / 10 ** (PSNR / 20).
    """
    peak = _check(result, truth)
    return float(np.mean(np.abs(_difference(result, truth)))) * 255.0 / peak


def ssim(result: Picture, truth: Picture) -> float:
    """Structural similarity, 7 × 7 uniform window, unbiased covariance, mean over channels.

    What scikit-image's `structural_similarity(channel_axis=-1)` computes by default.
    """
    unbiased = UNIFORM_WINDOW**2 / (UNIFORM_WINDOW**2 - 1)
    return _planewise(result, truth, _uniform, UNIFORM_WINDOW // 2, unbiased)


def ssim_gaussian(result: Picture, truth: Picture) -> float:
    """Structural similarity, 11 × 11 Gaussian window (σ = 1.5), mean over channels.

    The definition of Wang et al. (IEEE TIP 2004): the window never leaves the picture.
    """
    return _planewise(result, truth, _gaussian, GAUSSIAN_WINDOW // 2, 1.0)


def ssim_volume(result: Picture, truth: Picture) -> float:
    """Structural similarity with a Gaussian over 11 × 11 pixels *and* the channels.

    The picture is taken as a volume (H, W, C), its border repeated on all six sides. The tables
    of RIFE, EMA-VFI, SGM-VFI and others are in this variant, which reads higher.
    """
    peak = _check(result, truth)
    one, two = _volume(result), _volume(truth)
    return float(np.mean(_similarity(one, two, peak, _gaussian_volume, 1.0)))


def _check(result: Picture, truth: Picture) -> float:
    if result.shape != truth.shape or result.dtype != truth.dtype:
        raise InputError(
            f"cannot compare {result.shape} {result.dtype} with {truth.shape} {truth.dtype}: "
            "both pictures need one size and dtype"
        )
    return float(peak_of(truth.dtype))


def _difference(result: Picture, truth: Picture) -> Plane:
    return result.astype(np.float64) - truth.astype(np.float64)


def _volume(picture: Picture) -> Plane:
    volume = picture.astype(np.float64)
    return volume[..., None] if volume.ndim == 2 else volume


def _planewise(
    result: Picture, truth: Picture, blur: Filter, margin: int, unbiased: float
) -> float:
    peak = _check(result, truth)
    one, two = _volume(result), _volume(truth)
    if min(one.shape[:2]) <= 2 * margin:
        raise InputError(f"a picture of {one.shape[1]}x{one.shape[0]} is smaller than the window")
    inner = slice(margin, -margin)
    scores = [
        float(np.mean(_similarity(x, y, peak, blur, unbiased)[inner, inner]))
        for x, y in zip(np.moveaxis(one, -1, 0), np.moveaxis(two, -1, 0), strict=True)
    ]
    return math.fsum(scores) / len(scores)


def _similarity(one: Plane, two: Plane, peak: float, blur: Filter, unbiased: float) -> Plane:
    """Return the SSIM map; `unbiased` makes sample covariances of population covariances."""
    luminance, contrast = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    mean_one, mean_two = blur(one), blur(two)
    variances = unbiased * (blur(one * one + two * two) - mean_one**2 - mean_two**2)
    covariance = unbiased * (blur(one * two) - mean_one * mean_two)
    above = (2.0 * mean_one * mean_two + luminance) * (2.0 * covariance + contrast)
    below = (mean_one**2 + mean_two**2 + luminance) * (variances + contrast)
    similarity: Plane = above / below
    return similarity


def _uniform(plane: Plane) -> Plane:
    size = (UNIFORM_WINDOW, UNIFORM_WINDOW)
    blurred: Plane = cv2.boxFilter(
        np.ascontiguousarray(plane), cv2.CV_64F, size, borderType=cv2.BORDER_REPLICATE
    )
    return blurred


def _gaussian(plane: Plane) -> Plane:
    kernel = _gaussian_kernel()
    blurred: Plane = cv2.sepFilter2D(
        np.ascontiguousarray(plane), cv2.CV_64F, kernel, kernel, borderType=cv2.BORDER_REPLICATE
    )
    return blurred


def _gaussian_volume(volume: Plane) -> Plane:
    mixed = cv2.transform(np.ascontiguousarray(volume), _channel_mixing(volume.shape[2]).T)
    return _gaussian(mixed.reshape(volume.shape)).reshape(volume.shape)


def _gaussian_kernel() -> Plane:
    offsets = np.arange(GAUSSIAN_WINDOW) - GAUSSIAN_WINDOW // 2
    kernel = np.exp(-(offsets**2) / (2.0 * GAUSSIAN_SIGMA**2))
    normalised: Plane = kernel / kernel.sum()
    return normalised


def _channel_mixing(channels: int) -> Plane:
    """(C, C): column j holds what each channel gives to channel j, border channels repeated."""
    mixing = np.zeros((channels, channels))
    for target in range(channels):
        for offset, weight in enumerate(_gaussian_kernel(), start=-(GAUSSIAN_WINDOW // 2)):
            mixing[min(max(target + offset, 0), channels - 1), target] += weight
    return mixing
