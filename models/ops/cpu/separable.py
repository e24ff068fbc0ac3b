"""Separable convolution on the CPU: tensors in and out of the compiled kernels."""

from torch import Tensor

from ..layout import empty_in_layout_of
from .separable_kernels import (
    BLOCK,
    TAP_GROUP,
    convolve,
    gather_kernel_gradients,
    gather_picture_gradient,
)
from .threads import share_out
from .transposing import Array, contiguous_planes

Steps = tuple[int, int, int, int]  # from item to item, tap to tap, row to row, column to column


def forward(input: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Return the picture (B, C, H, W)."""
    batch, taps, height, width = vertical.shape
    output = input.new_empty(batch, input.shape[1], height, width)
    kernels = (*_flat(vertical), *_flat(horizontal), (taps, horizontal.shape[1]))
    arrays = _with_room(input, width).numpy(), *kernels, output.numpy()

    def run(start: int, stop: int) -> None:
        convolve(*arrays, start, stop)

    share_out(run, batch * height, output.numel() * taps * horizontal.shape[1] // 8)
    return output


def backward(
    grad: Tensor, input: Tensor, vertical: Tensor, horizontal: Tensor, through_input: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients in input (empty unless asked for), vertical and horizontal."""
    batch, taps, height, width = vertical.shape
    slopes = contiguous_planes(grad).numpy()
    kernels = (*_flat(vertical), *_flat(horizontal), (taps, horizontal.shape[1]))
    grad_vertical, grad_horizontal = empty_in_layout_of(vertical), empty_in_layout_of(horizontal)
    arrays = (
        slopes, _with_room(input, width).numpy(), *kernels, _flat(grad_vertical)[0],
        _flat(grad_horizontal)[0],
    )  # fmt: skip

    def run(start: int, stop: int) -> None:
        gather_kernel_gradients(*arrays, start, stop)

    work = grad.numel() * taps * horizontal.shape[1] // 4
    share_out(run, batch * height, work)
    grad_input = input.new_empty(0)
    if through_input:
        grad_input = _picture_gradient(slopes, input, kernels, work)
    return grad_input, grad_vertical, grad_horizontal


def _picture_gradient(
    slopes: Array, input: Tensor, kernels: tuple[object, ...], work: int
) -> Tensor:
    batch, channels, height, width = input.shape
    wide = -(-width // BLOCK) * BLOCK
    result = input.new_zeros(batch, channels, height, wide)
    array = result.numpy()

    def run(start: int, stop: int) -> None:
        gather_picture_gradient(slopes, *kernels, array, start, stop)

    share_out(run, batch * height, work)
    return result[..., :width].contiguous()


def _flat(kernels: Tensor) -> tuple[Array, Steps]:
    """Kernels (B, taps, H, W) as they lie in memory, planes or pixels, and the steps in it."""
    kernels = kernels.detach()
    pixels = kernels.permute(0, 2, 3, 1)
    if not pixels.is_contiguous():
        kernels = kernels.contiguous()
    _, taps, height, width = kernels.shape
    if pixels.is_contiguous():
        steps = height * width * taps, 1, width * taps, taps
        return pixels.reshape(-1).numpy(), steps
    return kernels.reshape(-1).numpy(), (taps * height * width, height * width, width, 1)


def _with_room(input: Tensor, width: int) -> Tensor:
    """Return the picture, contiguous, with zeros below and to the right.

    Whole blocks of `width` and whole groups of taps find numbers there.
    """
    batch, channels, tall, wide = input.shape
    room = -width % BLOCK + TAP_GROUP - 1
    picture = input.new_zeros(batch, channels, tall + TAP_GROUP - 1, wide + room)
    picture[:, :, :tall, :wide] = contiguous_planes(input)
    return picture
