"""From three frames of a clip to one training sample: crop, turn, recolour, measure a flow."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import InputError
from .augmentation import Augmentation, augment_colours
from .measured_flow import measured_flows
from .samples import Sample, picture_tensor

MARGIN = 32  # pixels around the crop that the given flow may see
CROP_CANDIDATES = 4

Frames = list[NDArray[np.uint8]]  # one, target, two
Flow = NDArray[np.float32]
Place = tuple[slice, slice]  # rows, columns


@dataclass(frozen=True)
class _Cut:
    """Where in the whole frames a cut begins, in pixels, and by how much it is enlarged."""

    top: int
    left: int
    scale: float


@dataclass(frozen=True)
class _Orientation:
    """What is done to a cut: rows and columns swapped first, then mirrored."""

    transpose: bool
    mirror_columns: bool
    mirror_rows: bool

    def picture(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        turned = pixels.transpose(1, 0, 2) if self.transpose else pixels
        turned = turned[:, ::-1] if self.mirror_columns else turned
        return np.ascontiguousarray(turned[::-1] if self.mirror_rows else turned)

    def flow(self, flow: Flow) -> Flow:
        """Return a flow (H, W, 2): its vectors turn with it."""
        turned = flow.transpose(1, 0, 2)[..., ::-1] if self.transpose else flow
        if self.mirror_columns:
            turned = turned[:, ::-1] * np.array([-1, 1], np.float32)
        if self.mirror_rows:
            turned = turned[::-1] * np.array([1, -1], np.float32)
        return np.ascontiguousarray(turned, np.float32)

    def place(self, inner: Place, shape: tuple[int, int]) -> Place:
        """Return where a part of a cut of `shape` (height, width) lies afterwards."""
        rows, columns = reversed(inner) if self.transpose else inner
        height, width = reversed(shape) if self.transpose else shape
        columns = _mirrored(columns, width) if self.mirror_columns else columns
        rows = _mirrored(rows, height) if self.mirror_rows else rows
        return rows, columns


def make_sample(
    frames: Frames,
    t: float,
    size: tuple[int, int],
    initial_flow: str,
    augmentation: Augmentation,
    random: np.random.Generator,
    flows: tuple[Flow, Flow] | None = None,
) -> Sample:
    """Return a sample of a size from whole frames.

    Args:
        frames: one, target, two, (H, W, 3) uint8 RGB, at least of the wanted size.
        t: the target's time between the two, 0..1.
        initial_flow: also measure this flow both ways, a key of `models.dis.CLASSICAL_FLOWS`.
        flows: that flow of the whole frames, (H/2, W/2, 2) in their pixels, if it is known.

    Raises:
        InputError: the frames are smaller than the size.
    """
    height, width = frames[0].shape[:2]
    if height < size[0] or width < size[1]:
        raise InputError(f"frames of {width}x{height} are too small for {size[1]}x{size[0]} crops")
    margin = MARGIN if initial_flow and flows is None else 0
    frames, inner, cut = _crop(frames, size, margin, augmentation, random)
    shape = frames[0].shape[:2]
    orientation = _draw_orientation(inner, size, augmentation, random)
    frames, inner = (
        [orientation.picture(frame) for frame in frames],
        orientation.place(inner, shape),
    )
    reverse = random.random() < augmentation.reverse
    if reverse:
        frames, t = frames[::-1], 1 - t
    one, target, two = augment_colours(frames, t, augmentation, random)
    sample: Sample = {
        "one": picture_tensor(one[inner]),
        "two": picture_tensor(two[inner]),
        "target": picture_tensor(target[inner]),
        "t": torch.tensor(t, dtype=torch.float32),
    }
    if initial_flow and flows is not None:
        known = [orientation.flow(_cut_flow(flow, cut, shape)) for flow in flows]
        for side, flow in zip(("01", "10"), known[::-1] if reverse else known, strict=True):
            sample[f"{initial_flow}_{side}"] = torch.from_numpy(
                flow[inner].transpose(2, 0, 1).copy()
            )
    elif initial_flow:
        rows, columns = inner
        pair = picture_tensor(one)[None], picture_tensor(two)[None]
        for name, measured in measured_flows(initial_flow, *pair):
            sample[name] = measured[0, :, rows, columns].contiguous()
    return sample


def _cut_flow(flow: Flow, cut: _Cut, shape: tuple[int, int]) -> Flow:
    """Return a cut's flow (H, W, 2), in its own pixels, from the whole frames' at half size."""
    step = 0.5 / cut.scale  # pixels of the flow from one pixel of the cut to the next
    offset = [(start + 0.5 / cut.scale) / 2 - 0.5 for start in (cut.left, cut.top)]
    place = np.array([[step, 0, offset[0]], [0, step, offset[1]]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(
        flow, place, (shape[1], shape[0]), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found * cut.scale, np.float32)


def _crop(
    frames: Frames,
    size: tuple[int, int],
    margin: int,
    augmentation: Augmentation,
    random: np.random.Generator,
) -> tuple[Frames, Place, _Cut]:
    """Cut out (and scale) a place where something moves.

    Returns the frames with the margin around it where there is one, the crop's place in them, and
    theirs in the whole frames.
    """
    available = frames[0].shape[:2]
    height, width = size
    transpose = random.random() < augmentation.transpose
    if transpose and width <= available[0] and height <= available[1]:
        height, width = width, height
    scale = augmentation.draw_scale(random, max(height / available[0], width / available[1]))
    source = (min(ceil(height / scale), available[0]), min(ceil(width / scale), available[1]))
    y, x = _moving_place(frames[0], frames[-1], source, random)
    around = round(margin / scale)
    top, left = max(y - around, 0), max(x - around, 0)
    bottom = min(y + source[0] + around, available[0])
    right = min(x + source[1] + around, available[1])
    cuts = [frame[top:bottom, left:right] for frame in frames]
    if scale != 1:
        scaled = (ceil((right - left) * scale), ceil((bottom - top) * scale))
        kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        cuts = [np.asarray(cv2.resize(cut, scaled, interpolation=kernel), np.uint8) for cut in cuts]
    y = min(round((y - top) * scale), cuts[0].shape[0] - height)
    x = min(round((x - left) * scale), cuts[0].shape[1] - width)
    return cuts, (slice(y, y + height), slice(x, x + width)), _Cut(top, left, scale)


def _moving_place(
    one: NDArray[np.uint8],
    two: NDArray[np.uint8],
    source: tuple[int, int],
    random: np.random.Generator,
) -> tuple[int, int]:
    """Top and left of a crop; of a few at random, the more it changes the more likely."""
    limits = (one.shape[0] - source[0], one.shape[1] - source[1])
    tops = random.integers(0, limits[0] + 1, CROP_CANDIDATES)
    lefts = random.integers(0, limits[1] + 1, CROP_CANDIDATES)
    coarse = 8
    change = cv2.absdiff(
        np.ascontiguousarray(one[::coarse, ::coarse, 1]),
        np.ascontiguousarray(two[::coarse, ::coarse, 1]),
    )
    means = np.array(
        [
            change[
                top // coarse : (top + source[0]) // coarse,
                left // coarse : (left + source[1]) // coarse,
            ].mean()
            for top, left in zip(tops, lefts, strict=True)
        ]
    )
    shares = means + 0.5
    place = random.choice(CROP_CANDIDATES, p=shares / shares.sum())
    return int(tops[place]), int(lefts[place])


def _draw_orientation(
    inner: Place,
    size: tuple[int, int],
    augmentation: Augmentation,
    random: np.random.Generator,
) -> _Orientation:
    """Mirror, and transpose: always where the crop was cut for it, by chance where it is square."""
    rows, columns = inner
    cut = (rows.stop - rows.start, columns.stop - columns.start)
    square = size[0] == size[1]
    chance = random.random() < augmentation.transpose
    transpose = (square and chance) or (not square and cut != size)
    mirror_columns = random.random() < augmentation.flip
    mirror_rows = random.random() < augmentation.flip
    return _Orientation(transpose, mirror_columns, mirror_rows)


def _mirrored(part: slice, length: int) -> slice:
    return slice(length - part.stop, length - part.start)
