"""The compiled CPU kernels of the cost volume: sums of products that stay in registers.

Pictures come row by row, (B, H, C, W), with zeros around them and room behind, so that blocks of
columns and groups of displacements or channels are always whole. Lines count the rows of all
pictures of the batch, one after the other.
"""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from .compiler import compiled
from .lanes import LANES, broadcast, load, multiply, multiply_add, store

# Two registers of columns by three displacements, or by four channels: six to eight sums at a
# time hide the latency of a multiply-add and leave registers for the factors.
BLOCK = 2 * LANES
SHIFT_GROUP = 3
CHANNEL_GROUP = 4


@compiled
def correlate(one, two, radius, output, start, stop):
    """Write the costs (B, (2r+1)², H, W) of the lines `start` to `stop`.

    `two` has a margin of `radius`.
    """
    height = output.shape[2]
    side = 2 * radius + 1
    for line in range(start, stop):
        item, row = line // height, line % height
        for down in range(side):
            _correlate_rows(
                one[item, row].reshape(-1), two[item, row + down].reshape(-1), one.shape[2],
                output[item, down * side : (down + 1) * side, row],
            )  # fmt: skip


@compiled
def _correlate_rows(one, two, channels, output):
    """Write the costs (2r+1, W) of a row with another, at all displacements in x."""
    side, width = output.shape
    step_one, step_two = len(one) // channels, len(two) // channels
    scale = broadcast(one.dtype.type(1) / one.dtype.type(channels))
    nothing = broadcast(one.dtype.type(0))
    costs = np.empty(SHIFT_GROUP * BLOCK, one.dtype)
    for begin in range(0, width, BLOCK):
        for group in range(0, side, SHIFT_GROUP):
            a0, a1, a2, b0, b1, b2 = nothing, nothing, nothing, nothing, nothing, nothing
            here, there = begin, begin + group
            for _ in range(channels):
                left, right = load(one, here), load(one, here + LANES)
                a0 = multiply_add(left, load(two, there), a0)
                a1 = multiply_add(left, load(two, there + 1), a1)
                a2 = multiply_add(left, load(two, there + 2), a2)
                b0 = multiply_add(right, load(two, there + LANES), b0)
                b1 = multiply_add(right, load(two, there + LANES + 1), b1)
                b2 = multiply_add(right, load(two, there + LANES + 2), b2)
                here += step_one
                there += step_two
            store(costs, 0, multiply(a0, scale))
            store(costs, LANES, multiply(b0, scale))
            store(costs, BLOCK, multiply(a1, scale))
            store(costs, BLOCK + LANES, multiply(b1, scale))
            store(costs, 2 * BLOCK, multiply(a2, scale))
            store(costs, 2 * BLOCK + LANES, multiply(b2, scale))
            for shift in range(min(SHIFT_GROUP, side - group)):
                for column in range(min(BLOCK, width - begin)):
                    output[group + shift, begin + column] = costs[shift * BLOCK + column]


@compiled
def gather_gradient(grad, other, radius, mirrored, output, start, stop):
    """Write the gradient (B, C, H, W) in one of the pictures, for the lines `start` to `stop`.

    `grad` (B, H, (2r+1)², W) and the `other` picture have a margin of `radius`. The gradient in
    `one` is Σ over d of grad_d(p)·two(p + d); that in `two`, `mirrored`, is
    Σ over d of grad_d(p - d)·one(p - d).
    """
    channels, height = output.shape[1:3]
    for line in range(start, stop):
        item, row = line // height, line % height
        for first in range(0, channels, CHANNEL_GROUP):
            _gather_row(
                grad[item].reshape(-1), other[item].reshape(-1), grad.shape[3], other.shape[2:],
                radius, mirrored, row, first,
                output[item, first : min(first + CHANNEL_GROUP, channels), row], channels,
            )  # fmt: skip


@compiled
def _gather_row(
    grad, other, step_grad, shape, radius, mirrored, row, first, output, channels
):  # fmt: skip
    """Write one row of the gradient, (1 to 4, W): the channels from `first` on."""
    width = output.shape[1]
    side = 2 * radius + 1
    step = shape[1]
    scale = broadcast(grad.dtype.type(1) / grad.dtype.type(channels))
    nothing = broadcast(grad.dtype.type(0))
    sums = np.empty(CHANNEL_GROUP * BLOCK, grad.dtype)
    for begin in range(0, width, BLOCK):
        a0, a1, a2, a3 = nothing, nothing, nothing, nothing
        b0, b1, b2, b3 = nothing, nothing, nothing, nothing
        for down in range(side):
            for right in range(side):
                if mirrored:
                    displacement = side * side - 1 - (down * side + right)
                    above, before = row + down, begin + right
                else:
                    displacement = down * side + right
                    above, before = row + radius, begin + radius
                slope = (above * side * side + displacement) * step_grad + before
                left_slope, right_slope = load(grad, slope), load(grad, slope + LANES)
                place = ((row + down) * shape[0] + first) * step + begin + right
                a0 = multiply_add(left_slope, load(other, place), a0)
                b0 = multiply_add(right_slope, load(other, place + LANES), b0)
                place += step
                a1 = multiply_add(left_slope, load(other, place), a1)
                b1 = multiply_add(right_slope, load(other, place + LANES), b1)
                place += step
                a2 = multiply_add(left_slope, load(other, place), a2)
                b2 = multiply_add(right_slope, load(other, place + LANES), b2)
                place += step
                a3 = multiply_add(left_slope, load(other, place), a3)
                b3 = multiply_add(right_slope, load(other, place + LANES), b3)
        store(sums, 0, multiply(a0, scale))
        store(sums, LANES, multiply(b0, scale))
        store(sums, BLOCK, multiply(a1, scale))
        store(sums, BLOCK + LANES, multiply(b1, scale))
        store(sums, 2 * BLOCK, multiply(a2, scale))
        store(sums, 2 * BLOCK + LANES, multiply(b2, scale))
        store(sums, 3 * BLOCK, multiply(a3, scale))
        store(sums, 3 * BLOCK + LANES, multiply(b3, scale))
        for channel in range(len(output)):
            for column in range(min(BLOCK, width - begin)):
                output[channel, begin + column] = sums[channel * BLOCK + column]
