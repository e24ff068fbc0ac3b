"""Splatting on the CPU: compiled kernels over bands of target rows.

Each thread owns a band of target rows and walks, in order, all source rows that reach into it.
So no two threads write to one place, and the sum at a pixel has the same order, hence the same
bits, whatever the number of threads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from .reference import EXPONENT_LIMIT
from .splatting import empty_in_layout_of, layout_of
from .threads import share_out

Array = NDArray[Any]

# Contracting a·b + c is all the freedom the compiler gets: NaN and infinity keep their meaning.
compiled = njit(nogil=True, cache=True, fastmath={"contract", "nsz"}, error_model="numpy")
compiled_sum = njit(
    nogil=True, cache=True, fastmath={"contract", "nsz", "reassoc"}, error_model="numpy"
)


@dataclass(frozen=True)
class Weights:
    """How much each source pixel counts.

    `values` (B, H*W) are the weights themselves, or, if `steep`, the metric, whose exponential
    has to be taken relative to each target pixel's peak.
    """

    values: Array
    weighted: bool
    steep: bool


def forward(
    input: Tensor, flow: Tensor, metric: Tensor | None, mode: str, eps: float | None
) -> tuple[Tensor, Tensor]:
    """Return the splatted picture and (3, B, 1, H, W): coverage, denominator and peak."""
    batch, _, height, _ = input.shape
    output = empty_in_layout_of(input)
    statistics = input.new_zeros(3, batch, 1, *input.shape[2:])
    flow, weights, peak = _prepare(flow, metric, mode, eps is None)
    if peak is not None:
        statistics[2] = peak
    first, last = _reached_rows(flow)

    by_pixel = layout_of(output) == torch.channels_last
    source, target = _flat(input, by_pixel), _flat(output, by_pixel)
    flow_array, planes = flow.numpy(), statistics.view(3, batch, -1).numpy()
    scatter = _scatter_pixels if by_pixel else _scatter_planes
    normalised = mode != "sum"

    def run(start: int, stop: int) -> None:
        if weights.steep:
            _find_peaks(flow_array, weights.values, first, last, planes, start, stop)
        _sum_weights(
            flow_array, weights.values, weights.weighted, weights.steep, first, last,
            planes, eps or 0.0, start, stop,
        )  # fmt: skip
        scatter(
            source, flow_array, weights.values, weights.weighted, weights.steep, normalised,
            first, last, planes, target, start, stop,
        )  # fmt: skip

    share_out(run, batch * height, input.numel() * 4)
    return output, statistics


def backward(
    grad: Tensor,
    grad_coverage: Tensor,
    input: Tensor,
    flow: Tensor,
    metric: Tensor | None,
    output: Tensor,
    statistics: Tensor,
    mode: str,
    stabilised: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients in input, flow and metric: a gather at each source pixel."""
    batch, _, height, width = input.shape
    grad_input = empty_in_layout_of(input)
    grad_flow = torch.empty(flow.shape, dtype=flow.dtype)
    grad_metric = flow.new_empty((batch, 1, height, width) if metric is not None else (0,))
    flow, weights, _ = _prepare(flow, metric, mode, stabilised)

    layout = layout_of(grad_input)
    by_pixel = layout == torch.channels_last
    grad, output = (tensor.contiguous(memory_format=layout) for tensor in (grad, output))
    pictures = [_flat(tensor, by_pixel) for tensor in (grad, output, input, grad_input)]
    planes = statistics.view(3, batch, -1).numpy()
    coverage_array = grad_coverage.contiguous().view(batch, -1).numpy()
    metric_array = grad_metric.view(batch, -1).numpy() if metric is not None else planes[0]
    flow_array, grad_flow_array = flow.numpy(), grad_flow.numpy()
    gather = _gather_pixels if by_pixel else _gather_planes

    def run(start: int, stop: int) -> None:
        gather(
            *pictures, coverage_array, flow_array, weights.values, weights.weighted,
            weights.steep, mode != "sum", mode == "soft", planes, grad_flow_array, metric_array,
            start, stop,
        )  # fmt: skip

    share_out(run, batch * height, input.numel() * 8)
    return grad_input, grad_flow, grad_metric


def _flat(tensor: Tensor, by_pixel: bool) -> Array:
    """View the memory as (B, H*W, C) or (B, C, H*W), whichever is contiguous."""
    batch, channels, height, width = tensor.shape
    if by_pixel:
        tensor = tensor.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
        return tensor.detach().view(batch, height * width, channels).numpy()
    return tensor.detach().contiguous().view(batch, channels, height * width).numpy()


def _prepare(
    flow: Tensor, metric: Tensor | None, mode: str, stabilised: bool
) -> tuple[Tensor, Weights, Tensor | None]:
    """Return the flow as (B, 2, H, W) contiguous, the weights, and the common peak (B, 1, 1, 1).

    A pixel whose metric is not finite is sent nowhere.
    """
    flow = flow.detach().contiguous()
    if metric is None:
        return flow, Weights(flow.view(len(flow), -1).numpy(), False, False), None
    metric = metric.detach().contiguous()
    highest = metric.amax(dim=(1, 2, 3), keepdim=True)
    spread = (highest - metric.amin(dim=(1, 2, 3), keepdim=True)).amax().item()
    if not np.isfinite(spread):
        finite = metric.isfinite()
        flow = torch.where(finite, flow, torch.nan)
        metric = torch.where(finite, metric, 0.0)
        highest = metric.amax(dim=(1, 2, 3), keepdim=True)
        spread = (highest - metric.amin(dim=(1, 2, 3), keepdim=True)).amax().item()

    steep = mode == "soft" and stabilised and spread > EXPONENT_LIMIT
    peak = None
    if mode == "soft" and not steep:
        # With little spread one peak serves the whole picture: one exponential a pixel.
        peak = highest if stabilised else None
        metric = (metric - highest).exp_() if stabilised else metric.exp()
    return flow, Weights(metric.view(len(metric), -1).numpy(), True, steep), peak


def _reached_rows(flow: Tensor) -> tuple[Array, Array]:
    """Return the first and last target row that each source row reaches, (B, H) each."""
    batch, _, height, width = flow.shape
    first = np.empty((batch, height), np.int64)
    last = np.empty((batch, height), np.int64)
    array = flow.numpy()

    def run(start: int, stop: int) -> None:
        _find_reached_rows(array, first, last, start, stop)

    share_out(run, batch * height, batch * height * width)
    return first, last


@compiled
def _find_reached_rows(flow, first, last, start, stop):  # type: ignore[no-untyped-def]
    _, _, height, width = flow.shape
    real = flow.dtype.type
    limit = real(height)
    for line in range(start, stop):
        item, row = line // height, line % height
        lowest, highest = limit, real(-1)
        for column in range(width):
            y = real(row) + flow[item, 1, row, column]
            if y > real(-1) and y < limit:
                lowest, highest = min(lowest, y), max(highest, y)
        first[item, row] = max(0, int(np.floor(lowest)))
        last[item, row] = min(height - 1, int(np.floor(highest)) + 1) if highest > -1 else -1


@compiled
def _corners_in_band(flow, item, row, top, bottom, source, target, bilinear):  # type: ignore[no-untyped-def]
    """List the corners (source column, target index, weight) of one source row in a band.

    Only those with a weight above 0, in target rows `top` to `bottom` (exclusive). Returns how
    many there are.
    """
    _, _, height, width = flow.shape
    real = flow.dtype.type
    one = real(1)
    count = 0
    for column in range(width):
        x = real(column) + flow[item, 0, row, column]
        y = real(row) + flow[item, 1, row, column]
        # False for NaN, and nothing huge is ever turned into an integer.
        if not (x > -one and x < real(width) and y > -one and y < real(height)):
            continue
        left, upper = np.floor(x), np.floor(y)
        right_part, lower_part = x - left, y - upper
        target_column, target_row = int(left), int(upper)
        for down in range(2):
            if target_row + down < top or target_row + down >= bottom:
                continue
            part = lower_part if down else one - lower_part
            for right in range(2):
                if target_column + right < 0 or target_column + right >= width:
                    continue
                weight = part * (right_part if right else one - right_part)
                if weight > 0:
                    source[count] = column
                    target[count] = (target_row + down) * width + target_column + right
                    bilinear[count] = weight
                    count += 1
    return count


@compiled
def _band(line, stop, height):  # type: ignore[no-untyped-def]
    """Return the picture and its target rows (exclusive end) that `line` to `stop` begin with."""
    item = line // height
    top = line - item * height
    return item, top, min(height, top + stop - line)


@compiled
def _find_peaks(flow, metric, first, last, statistics, start, stop):  # type: ignore[no-untyped-def]
    _, _, height, width = flow.shape
    source, target = np.empty(4 * width, np.int32), np.empty(4 * width, np.int32)
    bilinear = np.empty(4 * width, flow.dtype)
    line = start
    while line < stop:
        item, top, bottom = _band(line, stop, height)
        peak = statistics[2, item]
        peak[top * width : bottom * width] = -np.inf
        for row in range(height):
            if last[item, row] < top or first[item, row] >= bottom:
                continue
            count = _corners_in_band(flow, item, row, top, bottom, source, target, bilinear)
            for entry in range(count):
                value = metric[item, row * width + source[entry]]
                peak[target[entry]] = max(peak[target[entry]], value)
        for pixel in range(top * width, bottom * width):
            if peak[pixel] == -np.inf:
                peak[pixel] = 0
        line += bottom - top


@compiled
def _sum_weights(  # type: ignore[no-untyped-def]
    flow, values, weighted, steep, first, last, statistics, eps, start, stop
):
    _, _, height, width = flow.shape
    source, target = np.empty(4 * width, np.int32), np.empty(4 * width, np.int32)
    bilinear = np.empty(4 * width, flow.dtype)
    line = start
    while line < stop:
        item, top, bottom = _band(line, stop, height)
        coverage, denominator, peak = statistics[0, item], statistics[1, item], statistics[2, item]
        for row in range(height):
            if last[item, row] < top or first[item, row] >= bottom:
                continue
            count = _corners_in_band(flow, item, row, top, bottom, source, target, bilinear)
            for entry in range(count):
                weight, place = bilinear[entry], target[entry]
                coverage[place] += weight
                if weighted:
                    value = values[item, row * width + source[entry]]
                    denominator[place] += weight * (np.exp(value - peak[place]) if steep else value)
                else:
                    denominator[place] += weight
        denominator[top * width : bottom * width] += flow.dtype.type(eps)
        line += bottom - top


@compiled
def _coefficients(  # type: ignore[no-untyped-def]
    values, weighted, steep, normalised, peak, denominator, source, target, coefficient, count
):
    """Turn the bilinear weights of one source row into shares of the target pixels."""
    for entry in range(count):
        place = target[entry]
        weight = coefficient[entry]
        if weighted:
            value = values[source[entry]]
            weight *= np.exp(value - peak[place]) if steep else value
        if normalised:
            total = denominator[place]
            weight = weight / total if total != 0 else weight * 0
        coefficient[entry] = weight


@compiled
def _scatter_planes(  # type: ignore[no-untyped-def]
    input, flow, values, weighted, steep, normalised, first, last, statistics, output, start, stop
):
    _, channels, height, width = input.shape[0], input.shape[1], flow.shape[2], flow.shape[3]
    source, target = np.empty(4 * width, np.int32), np.empty(4 * width, np.int32)
    share = np.empty(4 * width, flow.dtype)
    line = start
    while line < stop:
        item, top, bottom = _band(line, stop, height)
        cleared = top
        for row in range(height):
            if last[item, row] < top or first[item, row] >= bottom:
                continue
            # Clearing just ahead of the first touch finds the rows still in the cache.
            needed = min(bottom, last[item, row] + 1)
            if needed > cleared:
                output[item, :, cleared * width : needed * width] = 0
                cleared = needed
            count = _corners_in_band(flow, item, row, top, bottom, source, target, share)
            here = values[item, row * width : (row + 1) * width]
            _coefficients(
                here, weighted, steep, normalised, statistics[2, item], statistics[1, item],
                source, target, share, count,
            )  # fmt: skip
            quads = channels // 4 * 4
            for channel in range(0, quads, 4):
                in0 = input[item, channel, row * width : (row + 1) * width]
                in1 = input[item, channel + 1, row * width : (row + 1) * width]
                in2 = input[item, channel + 2, row * width : (row + 1) * width]
                in3 = input[item, channel + 3, row * width : (row + 1) * width]
                out0, out1 = output[item, channel], output[item, channel + 1]
                out2, out3 = output[item, channel + 2], output[item, channel + 3]
                for entry in range(count):
                    weight, origin, place = share[entry], source[entry], target[entry]
                    out0[place] += weight * in0[origin]
                    out1[place] += weight * in1[origin]
                    out2[place] += weight * in2[origin]
                    out3[place] += weight * in3[origin]
            for channel in range(quads, channels):
                in0 = input[item, channel, row * width : (row + 1) * width]
                out0 = output[item, channel]
                for entry in range(count):
                    out0[target[entry]] += share[entry] * in0[source[entry]]
        output[item, :, cleared * width : bottom * width] = 0
        line += bottom - top


@compiled
def _scatter_pixels(  # type: ignore[no-untyped-def]
    input, flow, values, weighted, steep, normalised, first, last, statistics, output, start, stop
):
    channels, height, width = input.shape[2], flow.shape[2], flow.shape[3]
    source, target = np.empty(4 * width, np.int32), np.empty(4 * width, np.int32)
    share = np.empty(4 * width, flow.dtype)
    line = start
    while line < stop:
        item, top, bottom = _band(line, stop, height)
        cleared = top
        for row in range(height):
            if last[item, row] < top or first[item, row] >= bottom:
                continue
            needed = min(bottom, last[item, row] + 1)
            if needed > cleared:
                output[item, cleared * width : needed * width] = 0
                cleared = needed
            count = _corners_in_band(flow, item, row, top, bottom, source, target, share)
            here = values[item, row * width : (row + 1) * width]
            _coefficients(
                here, weighted, steep, normalised, statistics[2, item], statistics[1, item],
                source, target, share, count,
            )  # fmt: skip
            for entry in range(count):
                weight = share[entry]
                from_pixel = input[item, row * width + source[entry]]
                to_pixel = output[item, target[entry]]
                for channel in range(channels):
                    to_pixel[channel] += weight * from_pixel[channel]
        output[item, cleared * width : bottom * width] = 0
        line += bottom - top


@compiled
def _four_corners(flow, item, row, column, target, bilinear, slope_x, slope_y):  # type: ignore[no-untyped-def]
    """List the corners inside the frame of one source pixel: index, weight and its derivatives.

    Those with weight 0 are among them, for their derivative is not 0. Returns how many.
    """
    _, _, height, width = flow.shape
    real = flow.dtype.type
    one = real(1)
    x = real(column) + flow[item, 0, row, column]
    y = real(row) + flow[item, 1, row, column]
    if not (x > -one and x < real(width) and y > -one and y < real(height)):
        return 0
    left, upper = np.floor(x), np.floor(y)
    right_part, lower_part = x - left, y - upper
    target_column, target_row = int(left), int(upper)
    count = 0
    for down in range(2):
        for right in range(2):
            place_x, place_y = target_column + right, target_row + down
            if place_x < 0 or place_x >= width or place_y < 0 or place_y >= height:
                continue
            weight_x = right_part if right else one - right_part
            weight_y = lower_part if down else one - lower_part
            target[count] = place_y * width + place_x
            bilinear[count] = weight_x * weight_y
            slope_x[count] = weight_y if right else -weight_y
            slope_y[count] = weight_x if down else -weight_x
            count += 1
    return count


@compiled
def _factor(value, peak, denominator, weighted, steep, normalised):  # type: ignore[no-untyped-def]
    """Return what the bilinear weight of a source pixel is multiplied by at a target pixel."""
    factor = denominator * 0 + 1
    if weighted:
        factor = np.exp(min(value - peak, value * 0 + EXPONENT_LIMIT)) if steep else value
    if normalised:
        factor = factor / denominator if denominator != 0 else factor * 0
    return factor


@compiled
def _gather_planes(  # type: ignore[no-untyped-def]
    grad, output, input, grad_input, grad_coverage, flow, values, weighted, steep, normalised,
    exponential, statistics, grad_flow, grad_metric, start, stop,
):  # fmt: skip
    channels, height, width = input.shape[1], flow.shape[2], flow.shape[3]
    # For each corner of the row, as lists: where it comes from and goes to, and its weights.
    origin, target = np.empty(4 * width, np.int32), np.empty(4 * width, np.int32)
    bilinear, slope_x = np.empty(4 * width, flow.dtype), np.empty(4 * width, flow.dtype)
    slope_y, factor = np.empty(4 * width, flow.dtype), np.empty(4 * width, flow.dtype)
    share, sensitivity = np.empty(4 * width, flow.dtype), np.empty(4 * width, flow.dtype)
    for line in range(start, stop):
        item, row = line // height, line % height
        count = 0
        for column in range(width):
            found = _four_corners(
                flow, item, row, column, target[count:], bilinear[count:], slope_x[count:],
                slope_y[count:],
            )  # fmt: skip
            value = values[item, row * width + column]
            for entry in range(count, count + found):
                place = target[entry]
                origin[entry] = column
                sensitivity[entry] = 0
                factor[entry] = _factor(
                    value, statistics[2, item, place], statistics[1, item, place], weighted,
                    steep, normalised,
                )  # fmt: skip
                share[entry] = factor[entry] * bilinear[entry]
            count += found

        for channel in range(channels):
            grads, outs = grad[item, channel], output[item, channel]
            ins = input[item, channel, row * width : (row + 1) * width]
            grad_ins = grad_input[item, channel, row * width : (row + 1) * width]
            grad_ins[:] = 0
            if normalised:
                for entry in range(count):
                    place, column = target[entry], origin[entry]
                    grad_ins[column] += share[entry] * grads[place]
                    sensitivity[entry] += grads[place] * (ins[column] - outs[place])
            else:
                for entry in range(count):
                    place, column = target[entry], origin[entry]
                    grad_ins[column] += share[entry] * grads[place]
                    sensitivity[entry] += grads[place] * ins[column]

        grad_flow[item, :, row] = 0
        if weighted:
            grad_metric[item, row * width : (row + 1) * width] = 0
        for entry in range(count):
            place, column = target[entry], origin[entry]
            pull = factor[entry] * sensitivity[entry] + grad_coverage[item, place]
            grad_flow[item, 0, row, column] += pull * slope_x[entry]
            grad_flow[item, 1, row, column] += pull * slope_y[entry]
            if weighted:
                if exponential:
                    change = share[entry] * sensitivity[entry]
                else:
                    change = _factor(
                        values[item, 0], statistics[2, item, place], statistics[1, item, place],
                        False, False, normalised,
                    ) * bilinear[entry] * sensitivity[entry]  # fmt: skip
                grad_metric[item, row * width + column] += change


@compiled_sum
def _gather_pixels(  # type: ignore[no-untyped-def]
    grad, output, input, grad_input, grad_coverage, flow, values, weighted, steep, normalised,
    exponential, statistics, grad_flow, grad_metric, start, stop,
):  # fmt: skip
    channels, height, width = input.shape[2], flow.shape[2], flow.shape[3]
    target = np.empty(4, np.int32)
    bilinear, slope_x = np.empty(4, flow.dtype), np.empty(4, flow.dtype)
    slope_y = np.empty(4, flow.dtype)
    for line in range(start, stop):
        item, row = line // height, line % height
        for column in range(width):
            pixel = row * width + column
            count = _four_corners(flow, item, row, column, target, bilinear, slope_x, slope_y)
            here, grad_here = input[item, pixel], grad_input[item, pixel]
            grad_here[:] = 0
            pull_x = flow.dtype.type(0)
            pull_y, change = pull_x, pull_x
            for entry in range(count):
                place = target[entry]
                peak, denominator = statistics[2, item, place], statistics[1, item, place]
                value = values[item, pixel]
                factor = _factor(value, peak, denominator, weighted, steep, normalised)
                share = factor * bilinear[entry]
                there, out = grad[item, place], output[item, place]
                sensitivity = flow.dtype.type(0)
                if normalised:
                    for channel in range(channels):
                        grad_here[channel] += share * there[channel]
                        sensitivity += there[channel] * (here[channel] - out[channel])
                else:
                    for channel in range(channels):
                        grad_here[channel] += share * there[channel]
                        sensitivity += there[channel] * here[channel]
                pull = factor * sensitivity + grad_coverage[item, place]
                pull_x += pull * slope_x[entry]
                pull_y += pull * slope_y[entry]
                if exponential:
                    change += share * sensitivity
                elif weighted:
                    plain = _factor(value, peak, denominator, False, False, normalised)
                    change += plain * bilinear[entry] * sensitivity
            grad_flow[item, 0, row, column] = pull_x
            grad_flow[item, 1, row, column] = pull_y
            if weighted:
                grad_metric[item, pixel] = change
