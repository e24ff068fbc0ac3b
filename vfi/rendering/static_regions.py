"""Still things stay still: where both source frames agree, the result is the source.

Two kinds of stillness need two kinds of evidence, since what agrees in both frames may still be
hidden in between by something that passes.

- *Ground*: a region where everything around agrees as well (a static camera). The interpolated
  picture is trusted where it shows something else there, and replaced by the source where it only
  boils: a mean difference of a few levels.
- *Overlay*: a contrasted patch that agrees while most of its surroundings move (subtitles, a logo,
  a head-up display). Nothing passes in front of it, so the source is used whatever the result says.

What neither covers is left to a mask. Protected pixels are those of the frame nearer in time, bit
for bit. At the border of the ground the weight falls off over a few pixels, so no edge shows; an
overlay's contour is an edge already.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..analysis.differences import Pixels, check_alike, largest_difference
from ..errors import InputError, UsageError
from ..media.depth import level_of, peak_of

Weight = NDArray[np.float32]  # (H, W), 0..1

DEFAULT_TOLERANCE = 1.5  # 8-bit levels
AGREEMENT_WINDOW = 5  # pixels: the mean difference over it has to be within the tolerance
SPIKE = 4.0  # tolerances: a single pixel that differs by more than this has moved
GROUND_MARGIN = 9  # pixels of agreement around a pixel of the ground
GROUND_TRUST = 4.0  # tolerances: a result that differs by more shows something that passes
SURROUNDINGS = 65  # pixels, for a picture 720 high
MOVING_SHARE = 0.4  # of the surroundings, around an overlay
CONTRAST = 10.0  # tolerances, between an overlay and what is next to it
FEATHER = 7.0  # pixels


class StaticRegions:
    """What agrees in two source frames; computed once, applied to every result between them."""

    def __init__(
        self,
        one: Pixels,
        two: Pixels,
        tolerance: float = DEFAULT_TOLERANCE,
        mask: NDArray[Any] | None = None,
    ) -> None:
        """Compare two frames, (H, W, C) or (H, W), uint8, uint16 or float in 0..1.

        Args:
            one: the earlier source frame.
            two: the later one, of the same shape and type.
            tolerance: largest mean difference, in 8-bit levels, that counts as noise.
            mask: (H, W), bool, uint8, uint16 or float in 0..1: where it is white the source is
                used in any case; grey mixes.

        Raises:
            UsageError: a negative tolerance.
            InputError: frames or mask do not match.
        """
        if tolerance < 0:
            raise UsageError(f"noise tolerance {tolerance:g} is negative: give 8-bit levels")
        check_alike(one, two)
        self._sources = (one, two)
        self._tolerance = max(tolerance, 0.25)
        moved = _levels(one, two)
        agree = _agreement(moved, self._tolerance)
        self._ground = cv2.erode(agree, _square(GROUND_MARGIN))
        self._certain = np.maximum(
            _overlay(one, agree, self._tolerance).astype(np.float32),
            _mask_weight(mask, one.shape[:2]),
        )

    def apply(self, result: Pixels, t: float) -> Pixels:
        """Return the interpolated `result` at time `t` (0..1) with still things from the source.

        Raises:
            InputError: the result does not match the source frames.
        """
        source = self._sources[0] if t <= 0.5 else self._sources[1]
        check_alike(source, result)
        weight = self.weight(result, t)
        if result.ndim == 3:
            weight = weight[..., None]
        if result.dtype.kind != "u":
            mixed = result + weight * (source - result)
            exact: Pixels = np.where(weight == 1, source, mixed).astype(result.dtype)
            return exact
        mixed = result.astype(np.float32)
        mixed += weight * (source.astype(np.float32) - mixed)
        rounded: Pixels = np.rint(mixed).astype(result.dtype)
        return rounded

    def weight(self, result: Pixels, t: float) -> Weight:
        """Return how far each pixel of `result` is replaced by the source, (H, W), 0..1."""
        source = self._sources[0] if t <= 0.5 else self._sources[1]
        boil = cv2.blur(_levels(source, result), (AGREEMENT_WINDOW, AGREEMENT_WINDOW))
        limit = GROUND_TRUST * self._tolerance
        trusted = cv2.erode((boil <= limit).astype(np.uint8), _square(AGREEMENT_WINDOW))
        ground = _feathered(self._ground & trusted)
        weight: Weight = np.maximum(ground, self._certain)
        return weight


def keep_still(
    one: Pixels,
    two: Pixels,
    result: Pixels,
    t: float = 0.5,
    tolerance: float = DEFAULT_TOLERANCE,
    mask: NDArray[Any] | None = None,
) -> Pixels:
    """Return `result` with everything from the source that stands still; see `StaticRegions`."""
    return StaticRegions(one, two, tolerance, mask).apply(result, t)


def _levels(one: Pixels, two: Pixels) -> NDArray[np.float32]:
    moved: NDArray[np.float32] = largest_difference(one, two).astype(np.float32)
    return moved / np.float32(level_of(one.dtype))


def _agreement(moved: NDArray[np.float32], tolerance: float) -> NDArray[np.uint8]:
    """Return 1 where the difference is noise: small on average over a window, and no spike."""
    near = cv2.blur(moved, (AGREEMENT_WINDOW, AGREEMENT_WINDOW))
    agree = ((near <= tolerance) | (moved <= tolerance)) & (moved <= SPIKE * tolerance)
    counted: NDArray[np.uint8] = agree.astype(np.uint8)
    return counted


def _overlay(one: Pixels, agree: NDArray[np.uint8], tolerance: float) -> NDArray[np.uint8]:
    """Return 1 on contrasted patches that agree while most of what is around moves."""
    solid = cv2.morphologyEx(agree, cv2.MORPH_OPEN, _square(3))
    side = max(33, round(SURROUNDINGS * one.shape[0] / 720)) | 1
    moving = 1 - cv2.blur(solid.astype(np.float32), (side, side))
    grey = one if one.ndim == 2 else one[..., :3].mean(axis=2)
    grey = (grey / level_of(one.dtype)).astype(np.float32)
    reach = _square(9)
    contrast = cv2.dilate(grey, reach) - cv2.erode(grey, reach)
    found: NDArray[np.uint8] = cv2.bitwise_and(
        solid, ((moving >= MOVING_SHARE) & (contrast >= CONTRAST * tolerance)).astype(np.uint8)
    )
    return found


def _feathered(region: NDArray[np.uint8]) -> Weight:
    """Return weights that are 1 inside a region and fall to 0 towards its border."""
    if not region.any():
        return np.zeros(region.shape, np.float32)
    padded = cv2.copyMakeBorder(region, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    weight: Weight = np.minimum(depth / FEATHER, 1).astype(np.float32)
    return weight


def _mask_weight(mask: NDArray[Any] | None, shape: tuple[int, ...]) -> Weight:
    if mask is None:
        return np.zeros(shape, np.float32)
    if mask.shape != shape:
        raise InputError(
            f"the mask is {mask.shape[1]}x{mask.shape[0]}, the frames {shape[1]}x{shape[0]}"
            if mask.ndim == 2
            else f"the mask has shape {mask.shape}: give one channel (H, W)"
        )
    if mask.dtype == np.bool_:
        return mask.astype(np.float32)
    weight: Weight = np.clip(mask.astype(np.float32) / peak_of(mask.dtype), 0, 1)
    return weight


def _square(side: int) -> NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
