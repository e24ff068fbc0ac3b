"""The cost volume on the CPU: products of whole rows, which the compiler turns into vectors."""

from typing import Any

import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .threads import share_out

Array = NDArray[Any]

compiled = njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")


def forward(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume (B, (2r+1)², H, W)."""
    batch, _, height, width = one.shape
    side = 2 * radius + 1
    output = one.new_empty(batch, side * side, height, width)
    one_array, two_array, out_array = _array(one), _padded(two, radius), output.numpy()

    def run(start: int, stop: int) -> None:
        _correlate(one_array, two_array, radius, out_array, start, stop)

    share_out(run, batch * height, one.numel() * side * side // 4)
    return output


def backward(grad: Tensor, one: Tensor, two: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Return the gradients in one and two."""
    grad_one = torch.empty(one.shape, dtype=one.dtype)
    grad_two = torch.empty(two.shape, dtype=two.dtype)
    arrays = (_array(grad), _padded(one, radius), _padded(two, radius))
    padded_grad = _padded(grad, radius)
    out_one, out_two = grad_one.numpy(), grad_two.numpy()

    def run(start: int, stop: int) -> None:
        _spread_to_one(arrays[0], arrays[2], radius, out_one, start, stop)
        _spread_to_two(padded_grad, arrays[1], radius, out_two, start, stop)

    share_out(run, one.shape[0] * one.shape[2], one.numel() * (2 * radius + 1) ** 2 // 2)
    return grad_one, grad_two


def _array(tensor: Tensor) -> Array:
    return tensor.detach().contiguous().numpy()


def _padded(tensor: Tensor, radius: int) -> Array:
    return functional.pad(tensor.detach(), (radius,) * 4).contiguous().numpy()


@compiled
def _correlate(one, two, radius, output, start, stop):  # type: ignore[no-untyped-def]
    _, channels, height, width = one.shape
    side = 2 * radius + 1
    scale = one.dtype.type(1) / one.dtype.type(channels)
    quads = channels // 4 * 4
    for line in range(start, stop):
        item, row = line // height, line % height
        for down in range(side):
            for right in range(side):
                costs = output[item, down * side + right, row]
                costs[:] = 0
                for channel in range(0, quads, 4):
                    a0, a1 = one[item, channel, row], one[item, channel + 1, row]
                    a2, a3 = one[item, channel + 2, row], one[item, channel + 3, row]
                    b0 = two[item, channel, row + down, right : right + width]
                    b1 = two[item, channel + 1, row + down, right : right + width]
                    b2 = two[item, channel + 2, row + down, right : right + width]
                    b3 = two[item, channel + 3, row + down, right : right + width]
                    for column in range(width):
                        costs[column] += (
                            a0[column] * b0[column]
                            + a1[column] * b1[column]
                            + a2[column] * b2[column]
                            + a3[column] * b3[column]
                        )
                for channel in range(quads, channels):
                    a0 = one[item, channel, row]
                    b0 = two[item, channel, row + down, right : right + width]
                    for column in range(width):
                        costs[column] += a0[column] * b0[column]
                costs *= scale


@compiled
def _spread_to_one(grad, two, radius, output, start, stop):  # type: ignore[no-untyped-def]
    _, channels, height, width = output.shape
    side = 2 * radius + 1
    scale = grad.dtype.type(1) / grad.dtype.type(channels)
    for line in range(start, stop):
        item, row = line // height, line % height
        for channel in range(channels):
            result = output[item, channel, row]
            result[:] = 0
            for down in range(side):
                for right in range(side):
                    slope = grad[item, down * side + right, row]
                    other = two[item, channel, row + down, right : right + width]
                    for column in range(width):
                        result[column] += slope[column] * other[column]
            result *= scale


@compiled
def _spread_to_two(grad, one, radius, output, start, stop):  # type: ignore[no-untyped-def]
    _, channels, height, width = output.shape
    side = 2 * radius + 1
    scale = grad.dtype.type(1) / grad.dtype.type(channels)
    for line in range(start, stop):
        item, row = line // height, line % height
        for channel in range(channels):
            result = output[item, channel, row]
            result[:] = 0
            for down in range(side):
                for right in range(side):
                    # The pixel of `one` that looked at this one with the displacement (dy, dx).
                    up, left = row + 2 * radius - down, 2 * radius - right
                    slope = grad[item, down * side + right, up, left : left + width]
                    other = one[item, channel, up, left : left + width]
                    for column in range(width):
                        result[column] += slope[column] * other[column]
            result *= scale
