"""From three frames of a clip to one training sample: crop, turn, recolour, measure a flow."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import InputError
from .augmentation import Augmentation, augment_colours
from .samples import Sample, picture_tensor
from .teacher import measured_flows

MARGIN = 32  # pixels around the crop that the given flow may see
CROP_CANDIDATES = 4

Frames = list[NDArray[np.uint8]]  # one, target, two
Place = tuple[slice, slice]  # rows, columns


def make_sample(
    frames: Frames,
    t: float,
    size: tuple[int, int],
    given: str,
    augmentation: Augmentation,
    random: np.random.Generator,
) -> Sample:
    """A sample of a size from whole frames.

    Args:
        frames: one, target, two, (H, W, 3) uint8 RGB, at least of the wanted size.
        t: the target's time between the two, 0..1.
        given: also measure this flow both ways, a key of `models.dis.GIVEN`.
    Raises:
        InputError: the frames are smaller than the size.
    """
    height, width = frames[0].shape[:2]
    if height < size[0] or width < size[1]:
        raise InputError(f"frames of {width}x{height} are too small for {size[1]}x{size[0]} crops")
    frames, inner = _crop(frames, size, MARGIN if given else 0, augmentation, random)
    frames, inner = _turn(frames, inner, size, augmentation, random)
    if random.random() < augmentation.reverse:
        frames, t = frames[::-1], 1 - t
    one, target, two = augment_colours(frames, t, augmentation, random)
    sample: Sample = {
        "one": picture_tensor(one[inner]),
        "two": picture_tensor(two[inner]),
        "target": picture_tensor(target[inner]),
        "t": torch.tensor(t, dtype=torch.float32),
    }
    if given:
        rows, columns = inner
        pair = picture_tensor(one)[None], picture_tensor(two)[None]
        for name, flow in measured_flows(given, *pair):
            sample[name] = flow[0, :, rows, columns].contiguous()
    return sample


def _crop(
    frames: Frames,
    size: tuple[int, int],
    margin: int,
    augmentation: Augmentation,
    random: np.random.Generator,
) -> tuple[Frames, Place]:
    """Cut out (and scale) a place where something moves.

    Returns the frames with the margin around it where there is one, and the crop's place in them.
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
    return cuts, (slice(y, y + height), slice(x, x + width))


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


def _turn(
    frames: Frames,
    inner: Place,
    size: tuple[int, int],
    augmentation: Augmentation,
    random: np.random.Generator,
) -> tuple[Frames, Place]:
    """Flip, and transpose: always where the crop was cut for it, by chance where it is square."""
    rows, columns = inner
    cut = (rows.stop - rows.start, columns.stop - columns.start)
    square = size[0] == size[1]
    chance = random.random() < augmentation.transpose
    if (square and chance) or (not square and cut != size):
        frames = [frame.transpose(1, 0, 2) for frame in frames]
        rows, columns = columns, rows
    if random.random() < augmentation.flip:
        frames = [frame[:, ::-1] for frame in frames]
        columns = _mirrored(columns, frames[0].shape[1])
    if random.random() < augmentation.flip:
        frames = [frame[::-1] for frame in frames]
        rows = _mirrored(rows, frames[0].shape[0])
    return [np.ascontiguousarray(frame) for frame in frames], (rows, columns)


def _mirrored(part: slice, length: int) -> slice:
    return slice(length - part.stop, length - part.start)
