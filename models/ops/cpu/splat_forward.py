"""The compiled CPU kernel of splatting.

Sums are kept in a window of target rows, channels innermost, which slides down a band: a row
leaves it, divided and in the layout that is wanted, once no further source row reaches it. With
ordinary flow the window stays in the cache, and the picture is read once and written once.

The window has one row and one column more than the band at either end, where corners outside it
end up: so no corner needs a check of its own.

Shapes here, of one picture: `input` and `output` are flat, in (H*W, C) order if `by_pixel`, else
(C, H*W); `flow` is (2, H, W), `values` (H*W), `statistics` (3, H*W), `first` and `last` (H).
"""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from ..weighting import Weighting
from .compiler import compiled
from .lanes import LANES, broadcast, load, multiply, multiply_add, store, transpose
from .splat_geometry import importance_at, inside, place_of_corner

# Pixels that are turned from planes to channels-innermost at a time: they fit the first cache.
BLOCK = 64
# A sum of weights below TINY is scaled up before its reciprocal, which would overflow, is taken.
TINY = 1e-30
SCALE = 1e30


@compiled
def splat(
    input, by_pixel, flow, values, weighting, normalised, eps, first, last, statistics, output,
    start, stop,
):  # fmt: skip
    """Splat into the target lines `start` to `stop`, and write their statistics.

    Lines count the rows of all pictures of the batch, one after the other; all arrays have a
    leading B (`statistics` after its 3).
    """
    height = flow.shape[2]
    line = start
    while line < stop:
        item = line // height
        top = line - item * height
        bottom = min(height, top + stop - line)
        if weighting == Weighting.SHIFTED:
            _find_peaks(
                flow[item], values[item], first[item], last[item], statistics[2, item], top, bottom
            )
        _splat_band(
            input[item], by_pixel, flow[item], values[item], weighting, normalised, eps,
            first[item], last[item], statistics[:, item], output[item], top, bottom,
        )  # fmt: skip
        line += bottom - top


@compiled
def _find_peaks(flow, metric, first, last, peak, top, bottom):
    """Write the largest metric that reaches each target pixel of a band, 0 where none does."""
    height, width = flow.shape[1:]
    real = flow.dtype.type
    begin, end = top * width, bottom * width
    peak[begin:end] = -np.inf
    for row in range(height):
        if last[row] < top or first[row] >= bottom:
            continue
        for column in range(width):
            x, y = real(column) + flow[0, row, column], real(row) + flow[1, row, column]
            if not inside(x, y, real(width), real(height)):
                continue
            left, upper = np.floor(x), np.floor(y)
            value = metric[row * width + column]
            for corner in range(4):
                place = place_of_corner(int(left), int(upper), corner, width, height)
                # The weight of a right or lower corner is 0 at a whole-numbered place; that of a
                # left or upper one never is.
                empty = (corner % 2 == 1 and x == left) or (corner // 2 == 1 and y == upper)
                if place >= begin and place < end and not empty:
                    peak[place] = max(peak[place], value)
    for place in range(begin, end):
        if peak[place] == -np.inf:
            peak[place] = 0


@compiled
def _plan_window(first, last, top, bottom, pending):
    """Return how many target rows have to be held at once.

    Writes to `pending[row]` the first target row that source rows from `row` on still reach.
    """
    height = len(first)
    pending[height] = bottom + 1
    for row in range(height - 1, -1, -1):
        pending[row] = pending[row + 1]
        if last[row] >= top and first[row] < bottom:
            pending[row] = min(pending[row], max(first[row], top - 1))
    depth, highest = 2, top - 1
    for row in range(height):
        if last[row] >= top and first[row] < bottom:
            highest = max(highest, min(last[row], bottom))
            depth = max(depth, highest - pending[row] + 1)
    return depth


@compiled
def _splat_band(
    input, by_pixel, flow, values, weighting, normalised, eps, first, last, statistics, output,
    top, bottom,
):  # fmt: skip
    """Splat into the target rows `top` to `bottom`."""
    height, width = flow.shape[1:]
    channels = len(input) // (height * width)
    lanes = (channels + LANES - 1) // LANES * LANES
    span = width + 2
    pending = np.empty(height + 1, np.intp)
    depth = _plan_window(first, last, top, bottom, pending)
    sums = np.zeros(depth * span * lanes, flow.dtype)
    coverage, weights = np.zeros(depth * span, flow.dtype), np.zeros(depth * span, flow.dtype)
    # Where in the window the target rows begin, from top - 1 to bottom.
    slots = np.empty(bottom - top + 2, np.intp)
    for index in range(len(slots)):
        slots[index] = index % depth * span
    block = np.zeros(BLOCK * lanes, flow.dtype)
    direct = by_pixel and lanes == channels

    done = top - 1
    for row in range(height + 1):
        while done < pending[row]:
            slot = slots[done - top + 1]
            window = sums[slot * lanes : (slot + span) * lanes]
            covered, weight = coverage[slot : slot + span], weights[slot : slot + span]
            if done >= top and done < bottom:
                _release(
                    window[lanes:-lanes], covered[1:-1], weight[1:-1], weighting, normalised, eps,
                    statistics[:, done * width : (done + 1) * width], lanes,
                )  # fmt: skip
                _write(window[lanes:-lanes], lanes, output, by_pixel, channels, done * width, width)
            window[:] = 0
            covered[:] = 0
            weight[:] = 0
            done += 1
        if row < height and last[row] >= top and first[row] < bottom:
            for begin in range(0, width, BLOCK):
                end = min(width, begin + BLOCK)
                if not direct:
                    _load(input, by_pixel, row * width + begin, end - begin, channels, block, lanes)
                _add_pixels(
                    input if direct else block, row * width + begin if direct else 0, lanes, flow,
                    values, weighting, statistics[2], row, begin, end, top, bottom, slots,
                    sums, coverage, weights,
                )  # fmt: skip


@compiled
def _load(input, by_pixel, begin, count, channels, block, lanes):
    """Copy some pixels with their channels innermost, as many of them as there are lanes."""
    if by_pixel:
        for pixel in range(count):
            for channel in range(channels):
                block[pixel * lanes + channel] = input[(begin + pixel) * channels + channel]
        return
    plane = len(input) // channels
    even_count, even_channels = count // LANES * LANES, channels // LANES * LANES
    for channel in range(0, even_channels, LANES):
        for pixel in range(0, even_count, LANES):
            transpose(
                input, channel * plane + begin + pixel, plane, block, pixel * lanes + channel, lanes
            )
    for channel in range(channels):
        for pixel in range(even_count if channel < even_channels else 0, count):
            block[pixel * lanes + channel] = input[channel * plane + begin + pixel]


@compiled
def _add_pixels(
    source, start, lanes, flow, values, weighting, peak, row, begin, end, top, bottom,
    slots, sums, coverage, weights,
):  # fmt: skip
    """Add the source pixels `begin` to `end` of a row, pixel `start` of `source` on."""
    height, width = flow.shape[1:]
    real = flow.dtype.type
    one = real(1)
    for column in range(begin, end):
        x, y = real(column) + flow[0, row, column], real(row) + flow[1, row, column]
        if not inside(x, y, real(width), real(height)):
            continue
        left, upper = np.floor(x), np.floor(y)
        target_column, target_row = int(left), int(upper)
        if target_row < top - 1 or target_row >= bottom:
            continue
        right, lower = x - left, y - upper
        w00, w01 = (one - right) * (one - lower), right * (one - lower)
        w10, w11 = (one - right) * lower, right * lower
        place0 = slots[target_row - top + 1] + target_column + 1
        place1 = slots[target_row - top + 2] + target_column + 1
        coverage[place0] += w00
        coverage[place0 + 1] += w01
        coverage[place1] += w10
        coverage[place1 + 1] += w11
        if weighting != Weighting.EQUAL:
            value = values[row * width + column]
            if weighting == Weighting.SHIFTED:
                place = place_of_corner(target_column, target_row, 0, width, height)
                w00 *= importance_at(value, peak[place]) if place >= 0 else real(0)
                place = place_of_corner(target_column, target_row, 1, width, height)
                w01 *= importance_at(value, peak[place]) if place >= 0 else real(0)
                place = place_of_corner(target_column, target_row, 2, width, height)
                w10 *= importance_at(value, peak[place]) if place >= 0 else real(0)
                place = place_of_corner(target_column, target_row, 3, width, height)
                w11 *= importance_at(value, peak[place]) if place >= 0 else real(0)
            else:
                w00, w01, w10, w11 = w00 * value, w01 * value, w10 * value, w11 * value
            weights[place0] += w00
            weights[place0 + 1] += w01
            weights[place1] += w10
            weights[place1 + 1] += w11
        v00, v01, v10, v11 = broadcast(w00), broadcast(w01), broadcast(w10), broadcast(w11)
        origin = (start + column - begin) * lanes
        place0, place1 = place0 * lanes, place1 * lanes
        for lane in range(0, lanes, LANES):
            pixel = load(source, origin + lane)
            here = place0 + lane
            store(sums, here, multiply_add(pixel, v00, load(sums, here)))
            here += lanes
            store(sums, here, multiply_add(pixel, v01, load(sums, here)))
            here = place1 + lane
            store(sums, here, multiply_add(pixel, v10, load(sums, here)))
            here += lanes
            store(sums, here, multiply_add(pixel, v11, load(sums, here)))


@compiled
def _release(sums, coverage, weights, weighting, normalised, eps, statistics, lanes):
    """Write the statistics of a finished target row and divide its sums, 0 where none arrived."""
    real = coverage.dtype.type
    extra = real(eps)
    for pixel in range(len(coverage)):
        denominator = (coverage[pixel] if weighting == Weighting.EQUAL else weights[pixel]) + extra
        statistics[0, pixel] = coverage[pixel]
        statistics[1, pixel] = denominator
        if not normalised or denominator == 1:
            continue
        if denominator != 0 and abs(denominator) < real(TINY):
            denominator *= real(SCALE)
            for lane in range(pixel * lanes, (pixel + 1) * lanes):
                sums[lane] *= real(SCALE)
        factor = broadcast(real(1) / denominator if denominator != 0 else real(0))
        for lane in range(pixel * lanes, (pixel + 1) * lanes, LANES):
            store(sums, lane, multiply(load(sums, lane), factor))


@compiled
def _write(sums, lanes, output, by_pixel, channels, begin, width):
    """Write a finished target row to the picture."""
    if by_pixel:
        if channels == lanes:
            for number in range(0, width * lanes, LANES):
                store(output, begin * lanes + number, load(sums, number))
            return
        for pixel in range(width):
            for channel in range(channels):
                output[(begin + pixel) * channels + channel] = sums[pixel * lanes + channel]
        return
    plane = len(output) // channels
    even_width, even_channels = width // LANES * LANES, channels // LANES * LANES
    for start in range(0, even_width, BLOCK):
        for channel in range(0, even_channels, LANES):
            for pixel in range(start, min(even_width, start + BLOCK), LANES):
                transpose(
                    sums, pixel * lanes + channel, lanes, output, channel * plane + begin + pixel,
                    plane,
                )  # fmt: skip
    for channel in range(channels):
        for pixel in range(even_width if channel < even_channels else 0, width):
            output[channel * plane + begin + pixel] = sums[pixel * lanes + channel]
