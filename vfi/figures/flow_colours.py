"""Optical flow to look at: the Middlebury colour wheel, its legend, arrows, occlusion.

A flow is (H, W, 2) in pixels, x to the right and y down; a pixel that is not finite is unknown.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UsageError
from ..evaluation.datasets.samples import Pixels, as_pixels

FlowArray = NDArray[Any]

# Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011: how many steps
# the wheel takes from each of the six colours to the next, after where the eye sees differences.
WHEEL_STEPS = (15, 6, 4, 11, 13, 6)
WHEEL_COLOURS = (
    (255, 0, 0),  # to the right
    (255, 255, 0),
    (0, 255, 0),
    (0, 255, 255),
    (0, 0, 255),
    (255, 0, 255),
)
BEYOND = 0.75  # brightness of flows longer than the largest shown
OCCLUDED = 0.35  # brightness of pixels that are marked as occluded


def colour_wheel() -> NDArray[np.float64]:
    """(55, 3) RGB in 0..255, from red over yellow, green, cyan, blue and magenta."""
    following = (*WHEEL_COLOURS[1:], WHEEL_COLOURS[0])
    parts = []
    for steps, start, end in zip(WHEEL_STEPS, WHEEL_COLOURS, following, strict=True):
        along = np.arange(steps)[:, None] / steps
        parts.append(np.asarray(start) * (1 - along) + np.asarray(end) * along)
    return np.concatenate(parts)


def flow_to_colours(flow: FlowArray, largest: float | None = None) -> Pixels:
    """(H, W, 3) uint8 RGB: direction is hue, length is saturation; unknown pixels are black.

    Args:
        flow: (H, W, 2).
        largest: the length in pixels that is fully saturated; longer ones are darker. None takes
            the longest there is.

    Raises:
        InputError: it is no flow.
        UsageError: `largest` is not positive.
    """
    known, x, y = _components(flow)
    length = np.hypot(x, y)
    reach = largest_shown(flow, largest)
    share = length / reach
    colours = _wheel_colour(x, y)
    pale = 255.0 - np.minimum(share, 1.0)[..., None] * (255.0 - colours)
    pale[share > 1.0] = colours[share > 1.0] * BEYOND
    pale[~known] = 0.0
    return as_pixels(np.rint(pale))


def largest_shown(flow: FlowArray, largest: float | None = None) -> float:
    """Return the fully saturated length: `largest`, or the longest in the flow (1 if all rest)."""
    if largest is not None:
        if not largest > 0:
            raise UsageError(f"the largest flow shown must be above 0, not {largest:g}")
        return largest
    _, x, y = _components(flow)
    return float(np.hypot(x, y).max(initial=0.0)) or 1.0


def legend(size: int, largest: float) -> Pixels:
    """(size, size, 3): the wheel itself on white, each place coloured as a flow that ends there."""
    reach = (size - 1) / 2
    offsets = (np.arange(size) - reach) / reach * largest
    flow = np.stack(np.meshgrid(offsets, offsets), axis=-1)
    disc = flow_to_colours(flow, largest)
    disc[np.hypot(flow[..., 0], flow[..., 1]) > largest] = 255
    return disc


def with_legend(picture: Pixels, largest: float) -> Pixels:
    """Return the picture with the wheel and its radius in pixels in the lower right corner."""
    height, width = picture.shape[:2]
    size = min(height, width) // 5
    if size < 24:  # no room for anything that could be read
        return picture
    shown = picture.copy()
    scale = max(size / 160, 0.35)  # below, the decimal point vanishes
    text, thickness = f"{largest:.1f} px", max(1, round(scale * 1.5))
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    margin = max(3, size // 16)
    box_width, box_height = max(size, wide) + 2 * margin, size + high + 3 * margin
    left, top = width - box_width, height - box_height
    shown[top:, left:] = 255
    x = left + (box_width - size) // 2
    shown[top + margin : top + margin + size, x : x + size] = legend(size, largest)
    place = (left + (box_width - wide) // 2, height - margin)
    cv2.putText(
        shown, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), thickness, cv2.LINE_AA
    )
    return shown


def with_arrows(picture: Pixels, flow: FlowArray, spacing: int | None = None) -> Pixels:
    """Return the picture, a little darker, with an arrow every `spacing` pixels.

    Arrows have the colours of the wheel and their true length; None takes a 32nd of the width.
    """
    if picture.shape[:2] != flow.shape[:2]:
        raise InputError(
            f"a flow of {flow.shape[1]}x{flow.shape[0]} does not fit a picture of "
            f"{picture.shape[1]}x{picture.shape[0]}"
        )
    step = spacing or max(8, picture.shape[1] // 32)
    shown = as_pixels(picture * 0.6)
    known, x, y = _components(flow)
    colours = _wheel_colour(x, y)
    thickness = max(1, step // 16)
    for row in range(step // 2, picture.shape[0], step):
        for column in range(step // 2, picture.shape[1], step):
            if known[row, column]:
                end = (round(column + x[row, column]), round(row + y[row, column]))
                red, green, blue = (int(value) for value in colours[row, column])
                cv2.arrowedLine(
                    shown, (column, row), end, (red, green, blue), thickness, cv2.LINE_AA,
                    tipLength=0.3,
                )  # fmt: skip
    return shown


def occluded(flow: FlowArray, back: FlowArray) -> NDArray[np.bool_]:
    """(H, W) True where the way there and back does not end near its start.

    The test of Sundaram, Brox and Keutzer (ECCV 2010): with w the flow and v the flow back read
    at its end, |w + v|² > 0.01·(|w|² + |v|²) + 0.5. What leaves the picture is occluded too, and
    so is what is unknown.
    """
    known, x, y = _components(flow)
    height, width = known.shape
    columns = (np.arange(width)[None, :] + x).astype(np.float32)
    rows = (np.arange(height)[:, None] + y).astype(np.float32)
    there = cv2.remap(
        np.ascontiguousarray(back, np.float32), columns, rows, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    gap = np.square(x + there[..., 0]) + np.square(y + there[..., 1])
    lengths = np.square(x) + np.square(y) + np.square(there).sum(axis=-1)
    inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    agrees: NDArray[np.bool_] = known & inside & (gap <= 0.01 * lengths + 0.5)
    return ~agrees


def with_occlusion(picture: Pixels, mask: NDArray[np.bool_]) -> Pixels:
    """Return the picture with its occluded pixels darkened."""
    shown = picture.copy()
    shown[mask] = as_pixels(picture[mask] * OCCLUDED)
    return shown


def _components(flow: FlowArray) -> tuple[NDArray[np.bool_], NDArray[Any], NDArray[Any]]:
    """Return which pixels are known, and x and y with 0 for those that are not."""
    if flow.ndim != 3 or flow.shape[2] != 2:
        raise InputError(f"a flow is (H, W, 2), not {flow.shape}")
    known = np.asarray(np.isfinite(flow).all(axis=2), dtype=np.bool_)
    clean = np.where(known[..., None], flow, 0.0).astype(np.float64)
    return known, clean[..., 0], clean[..., 1]


def _wheel_colour(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """(H, W, 3) fully saturated colour of each direction, between the wheel's steps linear."""
    wheel = colour_wheel()
    turn = np.arctan2(-y, -x) / np.pi  # −1..1
    place = (turn + 1.0) / 2.0 * (len(wheel) - 1)
    below = np.floor(place).astype(np.intp)
    share = (place - below)[..., None]
    mixed: NDArray[np.float64] = (1 - share) * wheel[below] + share * wheel[
        (below + 1) % len(wheel)
    ]
    return mixed
