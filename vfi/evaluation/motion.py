"""How far things move between two frames (SGM-VFI: Liu et al., CVPR 2024)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .datasets.samples import Pixels

FlowEstimator = Callable[[Pixels, Pixels], NDArray[np.float32]]
"""From one (H, W, 3) uint8 picture to another: (H, W, 2) float32 pixels."""

LARGEST_SHARE = 0.05


@dataclass(frozen=True)
class Motion:
    """Statistics of one flow, in pixels between the two given frames."""

    magnitude: float
    """Mean length of the flow."""
    sufficiency: float
    """The least of the longest 5 % of the flow: how fast a noticeable part moves."""


def motion_of(flow: NDArray[Any]) -> Motion:
    """Return the statistics of a flow (H, W, 2); pixels whose flow is not finite are left out.

    Raises `InputError` when there is none.
    """
    lengths = np.hypot(flow[..., 0], flow[..., 1]).ravel()
    lengths = lengths[np.isfinite(lengths)]
    if lengths.size == 0:
        raise InputError("a flow without a single known pixel has no motion statistics")
    largest = math.ceil(LARGEST_SHARE * lengths.size)
    least_of_largest = np.partition(lengths, lengths.size - largest)[lengths.size - largest]
    return Motion(float(lengths.mean(dtype=np.float64)), float(least_of_largest))


def hardest(motions: dict[str, Motion], share: float) -> list[str]:
    """Return the names of the `share` (0..1] of samples with most sufficiency, in the given order.

    At least one; of equals the earlier ones.
    """
    count = max(1, round(share * len(motions)))
    ranked = sorted(motions, key=lambda name: -motions[name].sufficiency)
    chosen = set(ranked[:count])
    return [name for name in motions if name in chosen]


def flicker(seen: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    """Mean difference, in pixels, between the motion that is seen and the true motion.

    "tOF" of Chu et al. (TecoGAN, ACM TOG 2020): the flows (H, W, 2) are those from the frame
    that is shown before to this one, and the same in the true video.
    """
    return float(np.mean(np.hypot(*np.moveaxis(seen - true, -1, 0)), dtype=np.float64))
