"""The compiled CPU kernel of the gradient of splatting: a gather at each source pixel.

With out = Σ b·w·I / D, where b is the bilinear weight and w the pixel's own:

    d out / d I = b·w / D,   d out / d b = (I - out)·w / D,   d out / d w = (I - out)·b / D.

`sum` has D = 1 and no `out` on the right.
"""

# mypy: disable-error-code="no-untyped-def"

import numpy as np

from ..weighting import Weighting
from .compiler import compiled
from .lanes import LANES, broadcast, horizontal_sum, load, multiply, multiply_add, store, subtract
from .splat_geometry import importance_at, inside, place_of_corner

# The reciprocal of less would overflow; where so little weight arrives there is no gradient.
SMALLEST = 1e-37


@compiled
def gather(
    grad, output, input, grad_coverage, flow, values, weighting, normalised, statistics,
    grad_input, grad_flow, grad_metric, start, stop,
):  # fmt: skip
    """Write the gradients of the source lines `start` to `stop`.

    The pictures are (B, H*W*C), channels innermost, flows (B, 2, H, W), `statistics` (3, B, H*W),
    all others (B, H*W). Lines count the rows of all pictures of the batch, one after the other.
    """
    height, width = flow.shape[2], flow.shape[3]
    for line in range(start, stop):
        item, row = line // height, line % height
        _gather_row(
            grad[item], output[item], input[item], grad_coverage[item], flow[item, :, row],
            values[item, row * width : (row + 1) * width], weighting, normalised,
            statistics[1, item], statistics[2, item], grad_input[item], grad_flow[item, 0, row],
            grad_flow[item, 1, row], grad_metric[item, row * width : (row + 1) * width], row,
            height,
        )  # fmt: skip


@compiled
def _gather_row(
    grad, output, input, grad_coverage, flow, values, weighting, normalised, denominator, peak,
    grad_input, grad_x, grad_y, grad_metric, row, height,
):  # fmt: skip
    width = flow.shape[1]
    channels = len(input) // (height * width)
    real = flow.dtype.type
    one = real(1)
    for column in range(width):
        origin = (row * width + column) * channels
        x, y = real(column) + flow[0, column], real(row) + flow[1, column]
        if not inside(x, y, real(width), real(height)):
            grad_input[origin : origin + channels] = 0
            grad_x[column], grad_y[column] = 0, 0
            if weighting != Weighting.EQUAL:
                grad_metric[column] = 0
            continue
        left, upper = np.floor(x), np.floor(y)
        p0 = place_of_corner(int(left), int(upper), 0, width, height)
        p1 = place_of_corner(int(left), int(upper), 1, width, height)
        p2 = place_of_corner(int(left), int(upper), 2, width, height)
        p3 = place_of_corner(int(left), int(upper), 3, width, height)
        # Per corner: i = 1 / D, w the importance, s = b·w / D the share.
        value = values[column]
        i0, w0 = _weigh(
            value, denominator[max(p0, 0)], peak[max(p0, 0)], p0 >= 0, weighting, normalised
        )
        i1, w1 = _weigh(
            value, denominator[max(p1, 0)], peak[max(p1, 0)], p1 >= 0, weighting, normalised
        )
        i2, w2 = _weigh(
            value, denominator[max(p2, 0)], peak[max(p2, 0)], p2 >= 0, weighting, normalised
        )
        i3, w3 = _weigh(
            value, denominator[max(p3, 0)], peak[max(p3, 0)], p3 >= 0, weighting, normalised
        )
        right, lower = x - left, y - upper
        b0, b1 = (one - right) * (one - lower), right * (one - lower)
        b2, b3 = (one - right) * lower, right * lower
        a0, a1, a2, a3 = _compare(
            grad, output, input, grad_input, origin, channels, (p0, p1, p2, p3),
            (b0 * w0 * i0, b1 * w1 * i1, b2 * w2 * i2, b3 * w3 * i3), normalised,
        )  # fmt: skip
        a0, a1, a2, a3 = a0 * i0, a1 * i1, a2 * i2, a3 * i3
        if weighting != Weighting.EQUAL:
            if weighting != Weighting.LINEAR:
                change = a0 * b0 * w0 + a1 * b1 * w1 + a2 * b2 * w2 + a3 * b3 * w3
            else:
                change = a0 * b0 + a1 * b1 + a2 * b2 + a3 * b3
            grad_metric[column] = change
        a0 = a0 * w0 + (grad_coverage[p0] if p0 >= 0 else real(0))
        a1 = a1 * w1 + (grad_coverage[p1] if p1 >= 0 else real(0))
        a2 = a2 * w2 + (grad_coverage[p2] if p2 >= 0 else real(0))
        a3 = a3 * w3 + (grad_coverage[p3] if p3 >= 0 else real(0))
        grad_x[column] = (a1 - a0) * (one - lower) + (a3 - a2) * lower
        grad_y[column] = (a2 - a0) * (one - right) + (a3 - a1) * right


@compiled
def _weigh(value, denominator, peak, within, weighting, normalised):
    """Return 1 / D and w at one target pixel, both 0 outside the frame."""
    one, nothing = type(value)(1), type(value)(0)
    if not within:
        return nothing, nothing
    inverse, importance = one, one
    if normalised:
        inverse = one / denominator if abs(denominator) > type(value)(SMALLEST) else nothing
    if weighting != Weighting.EQUAL:
        shifted = weighting == Weighting.SHIFTED
        importance = importance_at(value, peak) if shifted else value
    return inverse, importance


@compiled
def _compare(grad, output, input, grad_input, origin, channels, places, share, normalised):
    """Write the gradient in a source pixel; return Σ over c of grad·(I - out) at its corners."""
    real = grad.dtype.type
    # A corner outside the frame reads pixel 0, times a share of 0.
    p0, p1 = max(places[0], 0) * channels, max(places[1], 0) * channels
    p2, p3 = max(places[2], 0) * channels, max(places[3], 0) * channels
    s0, s1, s2, s3 = share[0], share[1], share[2], share[3]
    v0, v1, v2, v3 = broadcast(s0), broadcast(s1), broadcast(s2), broadcast(s3)
    nothing = broadcast(real(0))
    a0, a1, a2, a3 = nothing, nothing, nothing, nothing
    even = channels // LANES * LANES
    for channel in range(0, even, LANES):
        here = load(input, origin + channel)
        g0, g1 = load(grad, p0 + channel), load(grad, p1 + channel)
        g2, g3 = load(grad, p2 + channel), load(grad, p3 + channel)
        pulled = multiply_add(g1, v1, multiply(g0, v0))
        pulled = multiply_add(g3, v3, multiply_add(g2, v2, pulled))
        store(grad_input, origin + channel, pulled)
        if normalised:
            a0 = multiply_add(g0, subtract(here, load(output, p0 + channel)), a0)
            a1 = multiply_add(g1, subtract(here, load(output, p1 + channel)), a1)
            a2 = multiply_add(g2, subtract(here, load(output, p2 + channel)), a2)
            a3 = multiply_add(g3, subtract(here, load(output, p3 + channel)), a3)
        else:
            a0, a1 = multiply_add(g0, here, a0), multiply_add(g1, here, a1)
            a2, a3 = multiply_add(g2, here, a2), multiply_add(g3, here, a3)
    b0, b1, b2, b3 = horizontal_sum(a0), horizontal_sum(a1), horizontal_sum(a2), horizontal_sum(a3)
    for channel in range(even, channels):
        x0 = x1 = x2 = x3 = input[origin + channel]
        if normalised:
            x0, x1 = x0 - output[p0 + channel], x1 - output[p1 + channel]
            x2, x3 = x2 - output[p2 + channel], x3 - output[p3 + channel]
        g0, g1, g2, g3 = (
            grad[p0 + channel], grad[p1 + channel], grad[p2 + channel], grad[p3 + channel],
        )  # fmt: skip
        grad_input[origin + channel] = s0 * g0 + s1 * g1 + s2 * g2 + s3 * g3
        b0, b1, b2, b3 = b0 + g0 * x0, b1 + g1 * x1, b2 + g2 * x2, b3 + g3 * x3
    return b0, b1, b2, b3
