"""The cost volume on CUDA."""

import torch
from torch import Tensor

from .launch import launch

SOURCE = r"""
#define FOR_EACH(index, count)                                                          \
    for (long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x; index < count; \
         index += (long long)gridDim.x * blockDim.x)

/* Pictures are (B, C, H, W), costs (B, (2r+1)^2, H, W). One item is one cost. */
extern "C" __global__ void correlate(
    long long count, int channels, int height, int width, int radius, const real* one,
    const real* two, real* costs)
{
    const long long plane = (long long)height * width;
    const int side = 2 * radius + 1;
    FOR_EACH(index, count) {
        const long long pixel = index % plane, outer = index / plane;
        const int displacement = (int)(outer % (side * side));
        const long long item = outer / (side * side);
        const int row = (int)(pixel / width) + displacement / side - radius;
        const int column = (int)(pixel % width) + displacement % side - radius;
        real sum = 0;
        if (row >= 0 && row < height && column >= 0 && column < width) {
            const real* here = one + item * channels * plane + pixel;
            const real* there = two + item * channels * plane + (long long)row * width + column;
            for (int channel = 0; channel < channels; ++channel)
                sum += here[channel * plane] * there[channel * plane];
        }
        costs[index] = sum / channels;
    }
}

/* One item is one number of the picture: the gradient in `one` is the sum over the displacements
   d of grad_d(p) two(p + d), that in `two` (`mirrored`) the sum of grad_d(p - d) one(p - d). */
extern "C" __global__ void gather_gradient(
    long long count, int channels, int height, int width, int radius, int mirrored,
    const real* grad, const real* other, real* grad_picture)
{
    const long long plane = (long long)height * width;
    const int side = 2 * radius + 1, sign = mirrored ? -1 : 1;
    FOR_EACH(index, count) {
        const long long pixel = index % plane, outer = index / plane;
        const long long item = outer / channels;
        const int row = (int)(pixel / width), column = (int)(pixel % width);
        real sum = 0;
        for (int down = -radius; down <= radius; ++down) {
            const int there_row = row + sign * down;
            if (there_row < 0 || there_row >= height) continue;
            for (int right = -radius; right <= radius; ++right) {
                const int there_column = column + sign * right;
                if (there_column < 0 || there_column >= width) continue;
                const long long there = (long long)there_row * width + there_column;
                const int displacement = (down + radius) * side + right + radius;
                const long long slope = mirrored ? there : pixel;
                sum += grad[(item * side * side + displacement) * plane + slope]
                    * other[outer * plane + there];
            }
        }
        grad_picture[index] = sum / channels;
    }
}
"""


def forward(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume (B, (2r+1)², H, W)."""
    batch, channels, height, width = one.shape
    costs = one.new_empty(batch, (2 * radius + 1) ** 2, height, width)
    launch(
        SOURCE, "correlate", costs.numel(), channels, height, width, radius, one.contiguous(),
        two.contiguous(), costs,
    )  # fmt: skip
    return costs


def backward(grad: Tensor, one: Tensor, two: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Return the gradients in one and two."""
    _, channels, height, width = one.shape
    grad = grad.contiguous()
    grad_one = torch.empty(one.shape, dtype=one.dtype, device=one.device)
    grad_two = torch.empty(two.shape, dtype=two.dtype, device=two.device)
    for mirrored, other, result in ((0, two, grad_one), (1, one, grad_two)):
        launch(
            SOURCE, "gather_gradient", result.numel(), channels, height, width, radius, mirrored,
            grad, other.contiguous(), result,
        )  # fmt: skip
    return grad_one, grad_two
