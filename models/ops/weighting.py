"""How a metric becomes the weight of a source pixel: one vocabulary for all kernels."""

from enum import IntEnum


class Weighting(IntEnum):
    """What the weight w of a pixel is, by its metric Z."""

    EQUAL = 0  # 1; there is no metric
    LINEAR = 1  # Z
    EXPONENTIAL = 2  # exp(Z)
    SHIFTED = 3  # exp(Z - peak), where the peak is the largest Z that reaches the target pixel


def weighting_of(mode: str, stabilised: bool) -> Weighting:
    """Return how a splatting mode weighs; `stabilised`: no Z may overflow or darken."""
    if mode in ("sum", "avg"):
        return Weighting.EQUAL
    if mode == "linear":
        return Weighting.LINEAR
    return Weighting.SHIFTED if stabilised else Weighting.EXPONENTIAL
