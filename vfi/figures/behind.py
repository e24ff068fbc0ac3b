"""What is behind a frame between two, as pictures: flows, Z, and both frames moved to its time."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..interpolator import Behind
from .flow_colours import flow_to_colours, largest_shown, with_legend

Pixels = NDArray[np.uint8]


def figures_of(behind: Behind) -> Iterator[tuple[str, Pixels]]:
    """Yield pictures (H, W, 3), each with what it shows.

    Both flows have one scale of colours, both Z one of brightness, and all shares one from 0 to 1.
    """
    flows = (behind.flow_01, behind.flow_10)
    largest = max(largest_shown(flow) for flow in flows)
    for flow, which in zip(flows, ("first to second", "second to first"), strict=True):
        coloured = with_legend(flow_to_colours(flow, largest), largest)
        yield f"flow, {which}: up to {largest:.3g} pixels", coloured
    scale = _scale(behind.z_one, behind.z_two)
    for z, which in ((behind.z_one, "first"), (behind.z_two, "second")):
        yield f"Z of the {which}: bright counts more", importance_to_colours(z, *scale)
    for side, which in ((behind.splatted_one, "first"), (behind.splatted_two, "second")):
        yield f"the {which}, moved there; black: nothing landed", _eight_bits(side)
    for name, picture, share in behind.candidates:
        yield f"{name}: {share.mean():.0%} of the result", _eight_bits(picture)
        yield f"where that counts: {name}; bright: all", importance_to_colours(share, 0, 1)


def _eight_bits(picture: NDArray[np.float32]) -> Pixels:
    return np.rint(picture * 255).astype(np.uint8)


def importance_to_colours(z: NDArray[np.float32], low: float, high: float) -> Pixels:
    """Z (H, W) as colours (H, W, 3) from dark blue (`low`) to bright yellow (`high`)."""
    share = np.clip((z - low) / max(high - low, 1e-6), 0, 1)
    mapped: Any = cv2.applyColorMap(np.rint(share * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    return np.ascontiguousarray(mapped[..., ::-1])


def _scale(*fields: NDArray[np.float32]) -> tuple[float, float]:
    """Return what is darkest and brightest: all but one per cent at either end."""
    joined = np.concatenate([field.ravel() for field in fields])
    low, high = np.percentile(joined, (1, 99))
    return float(low), float(high)
