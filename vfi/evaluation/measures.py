"""What is measured of a picture: one row a measure, and everything that speaks of it reads it here.

A new measure is one more row: the command, the runner, the tables and the report take it as it is.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from ..errors import UsageError
from . import metrics, motion, perceptual


def _at_hand() -> str:
    return ""


@dataclass(frozen=True)
class Measure:
    """One measure."""

    name: str  # on the command line, in JSON and CSV
    title: str  # over its column
    digits: int  # after the point
    meaning: str  # printed below every table
    lower_is_better: bool
    function: Callable[..., float]  # of (H, W, 3) uint8: result, truth; see `over_time`
    over_time: bool = False  # function of two flows from the frame shown before: seen, true
    mean: Callable[[list[float]], float] = fmean  # over the samples
    missing: Callable[[], str] = _at_hand  # why it cannot be had on this machine; "" if it can

    def format(self, value: float) -> str:
        """Return the value with the digits that it deserves."""
        return f"{value:.{self.digits}f}"

    def best(self, values: Iterable[float]) -> float:
        """Return the best of some values."""
        return min(values) if self.lower_is_better else max(values)

    def mean_of(self, values: Iterable[float]) -> float:
        """Return the mean of the values that are numbers; NaN if none is."""
        numbers = [value for value in values if not math.isnan(value)]
        return self.mean(numbers) if numbers else math.nan


PSNR = Measure(
    name="psnr",
    title="PSNR dB",
    digits=2,
    meaning="PSNR over all pixels and channels after rounding to 8 bits, mean of the samples' "
    f"values; a perfect sample counts as {metrics.PERFECT_PSNR:g} dB",
    lower_is_better=False,
    function=metrics.psnr,
    mean=metrics.mean_psnr,
)

MEASURES: dict[str, Measure] = {
    row.name: row
    for row in (
        PSNR,
        Measure(
            name="ssim",
            title="SSIM 7x7",
            digits=4,
            meaning="SSIM 7x7: uniform window, unbiased covariance, mean over RGB "
            "(scikit-image's default)",
            lower_is_better=False,
            function=metrics.ssim,
        ),
        Measure(
            name="ssim_gaussian",
            title="SSIM 11x11",
            digits=4,
            meaning="SSIM 11x11: Gaussian window, sigma 1.5, mean over RGB (Wang et al. 2004)",
            lower_is_better=False,
            function=metrics.ssim_gaussian,
        ),
        Measure(
            name="ssim_volume",
            title="SSIM volume",
            digits=4,
            meaning="SSIM volume: 11x11x11 Gaussian over pixels and channels "
            "(the tables of RIFE, EMA-VFI, SGM-VFI)",
            lower_is_better=False,
            function=metrics.ssim_volume,
        ),
        Measure(
            name="ie",
            title="IE",
            digits=3,
            meaning="IE: mean absolute difference, 0 to 255",
            lower_is_better=True,
            function=metrics.interpolation_error,
        ),
        Measure(
            name="flicker",
            title="flicker px",
            digits=3,
            meaning="flicker: mean difference between seen and true motion from the frame before, "
            "pixels (tOF with DIS flow)",
            lower_is_better=True,
            function=motion.flicker,
            over_time=True,
        ),
        Measure(
            name="lpips",
            title="LPIPS",
            digits=4,
            meaning="LPIPS: AlexNet, version 0.1",
            lower_is_better=True,
            function=perceptual.lpips,
            missing=perceptual.missing_lpips,
        ),
    )
}


def measures_named(names: Sequence[str]) -> list[Measure]:
    """Return the rows of these names. Raises `UsageError` for a name that is none."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise UsageError(f"no measure {unknown[0]!r}; there are: {', '.join(MEASURES)}")
    return [MEASURES[name] for name in names]
