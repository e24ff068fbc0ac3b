"""Separable convolution on CUDA."""

import torch
from torch import Tensor

from ..layout import empty_in_layout_of, layout_of
from .launch import launch

SOURCE = r"""
#define FOR_EACH(index, count)                                                          \
    for (long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x; index < count; \
         index += (long long)gridDim.x * blockDim.x)

/* Kernels (B, taps, H, W) lie in planes, or with the taps innermost (`pixels`). */
__device__ long long first_tap(
    long long item, long long pixel, long long plane, int taps, int pixels)
{
    return pixels ? (item * plane + pixel) * taps : item * taps * plane + pixel;
}

/* The picture is (B, C, H + V - 1, W + U - 1), the result (B, C, H, W). One item is one number of
   the result. */
extern "C" __global__ void convolve(
    long long count, int channels, int height, int width, int down, int right, int pixels_v,
    int pixels_h, const real* picture, const real* vertical, const real* horizontal, real* output)
{
    const long long plane = (long long)height * width;
    const long long step_v = pixels_v ? 1 : plane, step_h = pixels_h ? 1 : plane;
    const int tall = height + down - 1, wide = width + right - 1;
    FOR_EACH(index, count) {
        const long long pixel = index % plane, outer = index / plane;
        const real* column = vertical + first_tap(outer / channels, pixel, plane, down, pixels_v);
        const real* row = horizontal + first_tap(outer / channels, pixel, plane, right, pixels_h);
        const real* source = picture + (outer * tall + pixel / width) * wide + pixel % width;
        real sum = 0;
        for (int i = 0; i < down; ++i, source += wide) {
            real inner = 0;
            for (int j = 0; j < right; ++j) inner += source[j] * row[j * step_h];
            sum += inner * column[i * step_v];
        }
        output[index] = sum;
    }
}

/* The gradient in one of the kernels. One item is one of its numbers, in the order of its planes:
   for the tap i of a column the sum over channels and j of grad picture row(j), for the tap j of a
   row (`across`) that over channels and i of grad picture column(i). */
extern "C" __global__ void gather_kernel_gradient(
    long long count, int channels, int height, int width, int down, int right, int across,
    int pixels, int pixels_other, const real* grad, const real* picture, const real* other,
    real* grad_kernel)
{
    const long long plane = (long long)height * width;
    const int tall = height + down - 1, wide = width + right - 1;
    const int taps = across ? right : down, others = across ? down : right;
    const int step = across ? 1 : wide, step_other = across ? wide : 1;
    FOR_EACH(index, count) {
        const long long pixel = index % plane, item = index / plane / taps;
        const int tap = (int)(index / plane % taps);
        const real* kernel = other + first_tap(item, pixel, plane, others, pixels_other);
        real sum = 0;
        for (int channel = 0; channel < channels; ++channel) {
            const long long outer = item * channels + channel;
            const real* source = picture + (outer * tall + pixel / width) * wide + pixel % width
                + (long long)tap * step;
            real inner = 0;
            for (int k = 0; k < others; ++k)
                inner += source[(long long)k * step_other]
                    * kernel[k * (pixels_other ? 1 : plane)];
            sum += inner * grad[outer * plane + pixel];
        }
        grad_kernel[first_tap(item, pixel, plane, taps, pixels) + tap * (pixels ? 1 : plane)] = sum;
    }
}

/* The gradient in the picture. One item is one of its numbers: the sum over i and j of grad,
   column(i) and row(j) at the pixel that saw it through these taps. */
extern "C" __global__ void gather_picture_gradient(
    long long count, int channels, int height, int width, int down, int right, int pixels_v,
    int pixels_h, const real* grad, const real* vertical, const real* horizontal,
    real* grad_picture)
{
    const long long plane = (long long)height * width;
    const long long step_v = pixels_v ? 1 : plane, step_h = pixels_h ? 1 : plane;
    const int tall = height + down - 1, wide = width + right - 1;
    FOR_EACH(index, count) {
        const long long place = index % ((long long)tall * wide);
        const long long outer = index / ((long long)tall * wide), item = outer / channels;
        const int y = (int)(place / wide), x = (int)(place % wide);
        real sum = 0;
        for (int i = y < height ? 0 : y - height + 1; i < down && i <= y; ++i) {
            for (int j = x < width ? 0 : x - width + 1; j < right && j <= x; ++j) {
                const long long pixel = (long long)(y - i) * width + x - j;
                sum += grad[outer * plane + pixel]
                    * vertical[first_tap(item, pixel, plane, down, pixels_v) + i * step_v]
                    * horizontal[first_tap(item, pixel, plane, right, pixels_h) + j * step_h];
            }
        }
        grad_picture[index] = sum;
    }
}
"""


def forward(input: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Return the picture (B, C, H, W)."""
    (vertical, pixels_v), (horizontal, pixels_h) = _in_memory(vertical), _in_memory(horizontal)
    output = input.new_empty(*input.shape[:2], *vertical.shape[2:])
    launch(
        SOURCE, "convolve", output.numel(), *_sizes(input, vertical, horizontal), pixels_v,
        pixels_h, input.contiguous(), vertical, horizontal, output,
    )  # fmt: skip
    return output


def backward(
    grad: Tensor, input: Tensor, vertical: Tensor, horizontal: Tensor, through_input: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients in input (empty unless asked for), vertical and horizontal."""
    (vertical, pixels_v), (horizontal, pixels_h) = _in_memory(vertical), _in_memory(horizontal)
    grad, input = grad.contiguous(), input.contiguous()
    sizes = _sizes(input, vertical, horizontal)
    grad_vertical, grad_horizontal = empty_in_layout_of(vertical), empty_in_layout_of(horizontal)
    for across, layouts, other, result in (
        (0, (pixels_v, pixels_h), horizontal, grad_vertical),
        (1, (pixels_h, pixels_v), vertical, grad_horizontal),
    ):
        launch(
            SOURCE, "gather_kernel_gradient", result.numel(), *sizes, across, *layouts, grad, input,
            other, result,
        )  # fmt: skip
    grad_input = input.new_empty(input.shape if through_input else (0,))
    launch(
        SOURCE, "gather_picture_gradient", grad_input.numel(), *sizes, pixels_v, pixels_h, grad,
        vertical, horizontal, grad_input,
    )  # fmt: skip
    return grad_input, grad_vertical, grad_horizontal


def _sizes(input: Tensor, vertical: Tensor, horizontal: Tensor) -> tuple[int, ...]:
    """Channels, height, width, and the taps down and to the right."""
    return input.shape[1], *vertical.shape[2:], vertical.shape[1], horizontal.shape[1]


def _in_memory(kernels: Tensor) -> tuple[Tensor, int]:
    """Kernels without gaps in memory, and whether their taps are innermost."""
    layout = layout_of(kernels)
    return kernels.contiguous(memory_format=layout), int(layout == torch.channels_last)
