"""The compiled CPU kernels of separable convolution: sums of products that stay in registers.

Pictures come with zeros behind and below, so that blocks of columns and groups of taps are always
whole. The kernels of the pixels come as they lie, flat, with the steps between items, taps, rows
and columns. Lines count the rows of all pictures of the batch, one after the other.
"""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from .compiler import compiled
from .lanes import LANES, broadcast, load, multiply_add, store

# Two registers of columns by six taps: twelve sums hide the latency of a multiply-add, and leave
# two of sixteen registers for the kernel's tap, which all of them take.
BLOCK = 2 * LANES
TAP_GROUP = 6
ROW_GROUP = 4  # the rows of the gradient in the picture that are made at a time


@compiled
def convolve(picture, vertical, vertical_steps, horizontal, horizontal_steps, taps, output, start,
             stop):  # fmt: skip
    """Write the lines `start` to `stop` of (B, C, H, W)."""
    _, channels, height, width = output.shape
    columns, rows, sums = _work_space(picture, taps)
    result = np.empty(BLOCK, picture.dtype)
    step = picture.shape[3]
    for line in range(start, stop):
        item, row = line // height, line % height
        for begin in range(0, width, BLOCK):
            count = min(BLOCK, width - begin)
            _read_taps(vertical, vertical_steps, item, row, begin, count, taps[0], columns)
            _read_taps(horizontal, horizontal_steps, item, row, begin, count, taps[1], rows)
            for channel in range(channels):
                source = picture[item, channel].reshape(-1)
                _project(source, row * step + begin, step, taps[0], 1, taps[1], rows, sums)
                left, right = _dot(columns, sums, taps[0])
                store(result, 0, left)
                store(result, LANES, right)
                for column in range(count):
                    output[item, channel, row, begin + column] = result[column]


@compiled
def gather_kernel_gradients(
    grad, picture, vertical, vertical_steps, horizontal, horizontal_steps, taps, grad_vertical,
    grad_horizontal, start, stop,
):  # fmt: skip
    """Write the gradients in both kernels, which lie as these do, for the lines `start` to `stop`.

    That of a column's tap i is Σ over c of grad_c · Σ over j of picture · row_j, and the other way
    round.
    """
    _, channels, height, width = grad.shape
    columns, rows, sums = _work_space(picture, taps)
    grad_columns, grad_rows, _ = _work_space(picture, taps)
    slope = np.zeros(BLOCK, picture.dtype)
    step = picture.shape[3]
    for line in range(start, stop):
        item, row = line // height, line % height
        for begin in range(0, width, BLOCK):
            count = min(BLOCK, width - begin)
            _read_taps(vertical, vertical_steps, item, row, begin, count, taps[0], columns)
            _read_taps(horizontal, horizontal_steps, item, row, begin, count, taps[1], rows)
            grad_columns[:] = 0
            grad_rows[:] = 0
            for channel in range(channels):
                for column in range(count):
                    slope[column] = grad[item, channel, row, begin + column]
                source, place = picture[item, channel].reshape(-1), row * step + begin
                _project(source, place, step, taps[0], 1, taps[1], rows, sums)
                _add_scaled(grad_columns, slope, sums, taps[0])
                _project(source, place, 1, taps[1], step, taps[0], columns, sums)
                _add_scaled(grad_rows, slope, sums, taps[1])
            _write_taps(
                grad_columns, vertical_steps, item, row, begin, count, taps[0], grad_vertical
            )
            _write_taps(
                grad_rows, horizontal_steps, item, row, begin, count, taps[1], grad_horizontal
            )


@compiled
def gather_picture_gradient(
    grad, vertical, vertical_steps, horizontal, horizontal_steps, taps, output, start, stop
):  # fmt: skip
    """Add to the lines `start` to `stop` of the gradient in the picture, (B, C, H + V - 1, W').

    W' is a multiple of `BLOCK`. A row of the picture gathers from the V rows of the result that
    saw it, from above to below, whoever else works on other rows.
    """
    _, channels, height, width = grad.shape
    tall = output.shape[2]
    wide = output.shape[3] + taps[1] - 1
    rows = np.zeros(taps[1] * wide, grad.dtype)
    slopes = np.zeros(ROW_GROUP * wide, grad.dtype)
    for item in range(start // tall, (stop + tall - 1) // tall):
        first, last = max(start - item * tall, 0), min(stop - item * tall, tall)
        for row in range(max(0, first - taps[0] + 1), min(height, last)):
            _read_rows(horizontal, horizontal_steps, item, row, width, taps[1], rows, wide)
            end = min(taps[0], last - row)
            for channel in range(channels):
                for tap in range(max(0, first - row), end, ROW_GROUP):
                    lines = min(ROW_GROUP, end - tap)
                    for line in range(ROW_GROUP):
                        above = tap + min(line, lines - 1)
                        source = _place(vertical_steps, item, above, row)
                        for column in range(width):
                            slopes[line * wide + taps[1] - 1 + column] = (
                                grad[item, channel, row, column]
                                * vertical[source + column * vertical_steps[3]]
                            )
                    _spread(
                        slopes, rows, taps[1], wide,
                        output[item, channel, row + tap : row + tap + lines],
                    )  # fmt: skip


@compiled
def _work_space(picture, taps):
    """Room for a block's columns, its rows, and the sums over either, in whole groups."""
    longest = max(taps[0], taps[1]) + TAP_GROUP
    return (
        np.zeros(taps[0] * BLOCK, picture.dtype),
        np.zeros(taps[1] * BLOCK, picture.dtype),
        np.zeros(longest * BLOCK, picture.dtype),
    )


@compiled
def _place(steps, item, tap, row):
    return item * steps[0] + tap * steps[1] + row * steps[2]


@compiled
def _read_taps(kernels, steps, item, row, begin, count, taps, block):
    """Copy the taps of `count` pixels, so that a tap's numbers stand side by side."""
    source, step = _place(steps, item, 0, row) + begin * steps[3], steps[3]
    for tap in range(taps):
        if step == 1 and count == BLOCK:
            store(block, tap * BLOCK, load(kernels, source))
            store(block, tap * BLOCK + LANES, load(kernels, source + LANES))
        else:
            for column in range(count):
                block[tap * BLOCK + column] = kernels[source + column * step]
        source += steps[1]


@compiled
def _write_taps(block, steps, item, row, begin, count, taps, kernels):
    target = _place(steps, item, 0, row) + begin * steps[3]
    for tap in range(taps):
        for column in range(count):
            kernels[target + column * steps[3]] = block[tap * BLOCK + column]
        target += steps[1]


@compiled
def _read_rows(kernels, steps, item, row, width, taps, rows, wide):
    """Copy a row of pixels' taps, with zeros before and behind."""
    for tap in range(taps):
        source, target = _place(steps, item, tap, row), tap * wide + taps - 1
        for column in range(width):
            rows[target + column] = kernels[source + column * steps[3]]


@compiled
def _project(source, place, outer_step, outer, inner_step, inner, kernels, sums):
    """Write, for every outer tap, the sum over the inner ones of source · kernel."""
    nothing = broadcast(source.dtype.type(0))
    for first in range(0, outer, TAP_GROUP):
        l0, l1, l2, l3, l4, l5 = nothing, nothing, nothing, nothing, nothing, nothing
        r0, r1, r2, r3, r4, r5 = nothing, nothing, nothing, nothing, nothing, nothing
        here = place + first * outer_step
        for tap in range(inner):
            left, right = load(kernels, tap * BLOCK), load(kernels, tap * BLOCK + LANES)
            there = here
            l0 = multiply_add(load(source, there), left, l0)
            r0 = multiply_add(load(source, there + LANES), right, r0)
            there += outer_step
            l1 = multiply_add(load(source, there), left, l1)
            r1 = multiply_add(load(source, there + LANES), right, r1)
            there += outer_step
            l2 = multiply_add(load(source, there), left, l2)
            r2 = multiply_add(load(source, there + LANES), right, r2)
            there += outer_step
            l3 = multiply_add(load(source, there), left, l3)
            r3 = multiply_add(load(source, there + LANES), right, r3)
            there += outer_step
            l4 = multiply_add(load(source, there), left, l4)
            r4 = multiply_add(load(source, there + LANES), right, r4)
            there += outer_step
            l5 = multiply_add(load(source, there), left, l5)
            r5 = multiply_add(load(source, there + LANES), right, r5)
            here += inner_step
        target = first * BLOCK
        store(sums, target, l0)
        store(sums, target + LANES, r0)
        store(sums, target + BLOCK, l1)
        store(sums, target + BLOCK + LANES, r1)
        store(sums, target + 2 * BLOCK, l2)
        store(sums, target + 2 * BLOCK + LANES, r2)
        store(sums, target + 3 * BLOCK, l3)
        store(sums, target + 3 * BLOCK + LANES, r3)
        store(sums, target + 4 * BLOCK, l4)
        store(sums, target + 4 * BLOCK + LANES, r4)
        store(sums, target + 5 * BLOCK, l5)
        store(sums, target + 5 * BLOCK + LANES, r5)


@compiled
def _dot(columns, sums, taps):
    """Return the sum over taps of column · sum, a block in two registers."""
    left = broadcast(columns.dtype.type(0))
    right = left
    for place in range(0, taps * BLOCK, BLOCK):
        left = multiply_add(load(columns, place), load(sums, place), left)
        right = multiply_add(load(columns, place + LANES), load(sums, place + LANES), right)
    return left, right


@compiled
def _add_scaled(gradients, slope, sums, taps):
    """Add slope · sum to the gradient of every tap."""
    left, right = load(slope, 0), load(slope, LANES)
    for place in range(0, taps * BLOCK, BLOCK):
        added = multiply_add(left, load(sums, place), load(gradients, place))
        store(gradients, place, added)
        place += LANES
        added = multiply_add(right, load(sums, place), load(gradients, place))
        store(gradients, place, added)


@compiled
def _spread(slopes, rows, taps, wide, output):
    """Add, to 1 to `ROW_GROUP` rows of the picture's gradient, slope · row of all taps."""
    nothing = broadcast(rows.dtype.type(0))
    sums = np.empty(ROW_GROUP * BLOCK, rows.dtype)
    for begin in range(0, output.shape[1], BLOCK):
        l0, l1, l2, l3 = nothing, nothing, nothing, nothing
        r0, r1, r2, r3 = nothing, nothing, nothing, nothing
        there = begin + taps - 1
        here = there
        for _ in range(taps):
            left, right = load(rows, here), load(rows, here + LANES)
            l0 = multiply_add(load(slopes, there), left, l0)
            r0 = multiply_add(load(slopes, there + LANES), right, r0)
            place = there + wide
            l1 = multiply_add(load(slopes, place), left, l1)
            r1 = multiply_add(load(slopes, place + LANES), right, r1)
            place += wide
            l2 = multiply_add(load(slopes, place), left, l2)
            r2 = multiply_add(load(slopes, place + LANES), right, r2)
            place += wide
            l3 = multiply_add(load(slopes, place), left, l3)
            r3 = multiply_add(load(slopes, place + LANES), right, r3)
            there -= 1
            here += wide - 1
        store(sums, 0, l0)
        store(sums, LANES, r0)
        store(sums, BLOCK, l1)
        store(sums, BLOCK + LANES, r1)
        store(sums, 2 * BLOCK, l2)
        store(sums, 2 * BLOCK + LANES, r2)
        store(sums, 3 * BLOCK, l3)
        store(sums, 3 * BLOCK + LANES, r3)
        for line in range(len(output)):
            for column in range(BLOCK):
                output[line, begin + column] += sums[line * BLOCK + column]
