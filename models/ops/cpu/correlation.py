"""The cost volume on the CPU: tensors in and out of the compiled kernels."""

import torch
from torch import Tensor

from .correlation_kernels import BLOCK, CHANNEL_GROUP, SHIFT_GROUP, correlate, gather_gradient
from .threads import share_out
from .transposing import contiguous_planes


def forward(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume (B, (2r+1)², H, W)."""
    batch, channels, height, width = one.shape
    output = one.new_empty(batch, (2 * radius + 1) ** 2, height, width)
    rows_one, rows_two = _rows(one, 0), _rows(two, radius)
    arrays = (rows_one.numpy(), rows_two.numpy(), radius, output.numpy())

    def run(start: int, stop: int) -> None:
        correlate(*arrays, start, stop)

    share_out(run, batch * height, output.numel() * channels // 8)
    return output


def backward(grad: Tensor, one: Tensor, two: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Return the gradients in one and two."""
    batch, channels, height, _ = one.shape
    # Both gradients are sums over the displacements: of grad·two, seen from `one`, and of
    # grad·one, seen from `two`, where the displacements point the other way.
    rows_grad = _rows(grad, radius).numpy()
    rows_one = _rows(one, radius, CHANNEL_GROUP).numpy()
    rows_two = _rows(two, radius, CHANNEL_GROUP).numpy()
    grad_one = torch.empty(one.shape, dtype=one.dtype)
    grad_two = torch.empty(two.shape, dtype=two.dtype)
    array_one, array_two = grad_one.numpy(), grad_two.numpy()

    def run(start: int, stop: int) -> None:
        gather_gradient(rows_grad, rows_two, radius, False, array_one, start, stop)
        gather_gradient(rows_grad, rows_one, radius, True, array_two, start, stop)

    share_out(run, batch * height, grad.numel() * channels // 4)
    return grad_one, grad_two


def _rows(tensor: Tensor, margin: int, group: int = 1) -> Tensor:
    """Return a picture row by row, (B, H + 2·margin, C', W'), with zeros around it.

    C' is the next multiple of `group`; W' leaves room for the last block of columns and the last
    group of displacements.
    """
    batch, channels, height, width = tensor.shape
    columns = -(-width // BLOCK) * BLOCK + 2 * margin + SHIFT_GROUP
    rows = tensor.new_zeros(batch, height + 2 * margin, -(-channels // group) * group, columns)
    inner = rows[:, margin : margin + height, :channels, margin : margin + width]
    inner.copy_(contiguous_planes(tensor).permute(0, 2, 1, 3))
    return rows
