"""Mixing pictures on the CPU: tensors in and out of the compiled kernels and of OpenCV.

For plain float32 tensors of which no gradient is asked; the same by PyTorch stands where these are
called. Pictures are taken and given with a pixel's channels side by side (channels last).
"""

from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import mixing_kernels as kernels
from .threads import share_out

Array = NDArray[np.float32]


def reduced(picture: Tensor, factors: tuple[int, int]) -> Tensor:
    """Return (B, C, H, W) averaged over areas of factors = (rows, columns) pixels."""
    height, width = (
        side // factor for side, factor in zip(picture.shape[2:], factors, strict=True)
    )
    made = [
        cv2.resize(each, (width, height), interpolation=cv2.INTER_AREA) for each in _pixels(picture)
    ]
    return _tensor(np.stack(made).reshape(len(made), height, width, -1))


def photometric_error(one: Tensor, two: Tensor, flow: Tensor) -> Tensor:
    """Return the mean over channels of |one − two at p + flow(p)|, (B, 1, H, W)."""
    output = one.new_empty(one.shape[0], *one.shape[2:])
    _run(kernels.photometric, (_pixels(one), _pixels(two), _pixels(flow)), output, one.numel())
    return output[:, None]


def difference_at_half(one: Tensor, two: Tensor, around: int) -> Tensor:
    """Return the mean over channels of |one − two| at half size, (B, 1, H/2, W/2).

    Averaged over `around` pixels to each side; what ends at the border goes on.
    """
    batch, _, height, width = one.shape
    output = one.new_empty(batch, height // 2, width // 2)
    _run(kernels.difference_at_half, (_pixels(one), _pixels(two)), output, one.numel())
    window = (2 * around + 1,) * 2
    made = [cv2.blur(each, window, borderType=cv2.BORDER_REPLICATE) for each in output.numpy()]
    return torch.from_numpy(np.stack(made))[:, None]


def sample_along(picture: Tensor, flow: Tensor, factor: Tensor) -> Tensor:
    """Return the picture (B, C, H, W) at p + factor · flow(p), cubic, C at most 4.

    Args:
        picture: (B, C, H, W); what ends at its border goes on.
        flow: (B, 2, h, w), enlarged to its size.
        factor: (B,).
    """
    batch, _, height, width = picture.shape
    columns, rows = (np.empty((batch, height, width), np.float32) for _ in range(2))
    arrays = _pixels(flow), _array(factor), columns, rows
    share_out(partial(kernels.enlarged_places, *arrays), batch * height, picture.numel())
    made = [
        cv2.remap(each, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for each, x, y in zip(_pixels(picture), columns, rows, strict=True)
    ]
    stacked = made[0][None] if batch == 1 else np.stack(made)
    return _tensor(stacked.reshape(batch, height, width, -1))


def mixed(pairs: Sequence[tuple[Tensor, Tensor]], shares: Tensor, time: Tensor) -> Tensor:
    """Return Σ of share · ((1 − time) · one + time · two) over pairs of pictures (B, C, H, W).

    Args:
        pairs: of one size.
        shares: (B, number of pairs, h, w), enlarged to that size.
        time: (B,).
    """
    first = _pixels(pairs[0][0])
    output = np.zeros(first.shape, np.float32)
    lines = first.shape[0] * first.shape[1]
    for number, (one, two) in enumerate(pairs):
        arrays = _pixels(one), _pixels(two), _array(time), _array(shares[:, number])
        share_out(partial(kernels.add_mixed, *arrays, output), lines, output.size)
    return _tensor(output)


def _run(kernel: Callable[..., None], inputs: tuple[Array, ...], output: Tensor, work: int) -> None:
    array = output.numpy()
    share_out(partial(kernel, *inputs, array), array.shape[0] * array.shape[1], work)


def _pixels(picture: Tensor) -> Array:
    """Return (B, C, H, W) as an array (B, H, W, C), contiguous."""
    return _array(picture.permute(0, 2, 3, 1))


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().contiguous().numpy()
    return array


def _tensor(pixels: Array) -> Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)
