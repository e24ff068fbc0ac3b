"""The operators in plain PyTorch: the definition that every other back end must equal.

Runs on any device and dtype, differentiates through autograd (twice, if asked), and is slow.
"""

import torch
from torch import Tensor
from torch.nn import functional

from .weighting import Weighting, weighting_of

# exp() of more than this is only ever asked for a corner whose bilinear weight is 0: it matters
# for the one-sided derivative at whole-pixel flows alone and must not overflow there.
EXPONENT_LIMIT = 20.0


def splat(
    input: Tensor, flow: Tensor, metric: Tensor | None, mode: str, eps: float | None
) -> tuple[Tensor, Tensor]:
    """Return the splatted picture (B, C, H, W) and the coverage (B, 1, H, W)."""
    corners = _corners(flow, metric)
    batch, channels, height, width = input.shape
    shape = (batch, 1, height * width)
    zeros = input.new_zeros(shape)
    metric = None if metric is None else torch.nan_to_num(metric, 0.0, 0.0, 0.0).reshape(shape)

    coverage = zeros
    for index, bilinear in corners:
        coverage = coverage.scatter_add(2, index, bilinear)

    weighting = weighting_of(mode, stabilised=eps is None)
    peak = _peak(corners, metric, zeros) if weighting == Weighting.SHIFTED else zeros
    numerator, denominator = input.new_zeros(batch, channels, height * width), zeros
    for index, bilinear in corners:
        weight = bilinear * _importance(metric, weighting, peak, index)
        source = input.reshape(batch, channels, height * width) * weight
        numerator = numerator.scatter_add(2, index.expand(-1, channels, -1), source)
        denominator = denominator.scatter_add(2, index, weight)

    output = numerator if mode == "sum" else _divide(numerator, denominator, eps)
    return output.reshape(input.shape), coverage.reshape(batch, 1, height, width)


def _corners(flow: Tensor, metric: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """Return, for each of the four neighbours of p + flow(p), its index and bilinear weight.

    Both are (B, 1, H*W). A neighbour outside the frame has weight 0 (and index 0), and so have
    all four where the flow or the metric is not finite.
    """
    batch, _, height, width = flow.shape
    x = torch.arange(width, device=flow.device, dtype=flow.dtype) + flow[:, 0]
    y = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None] + flow[:, 1]
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)  # false for NaN
    if metric is not None:
        inside = inside & metric[:, 0].isfinite()
    x, y = torch.where(inside, x, 0.0), torch.where(inside, y, 0.0)
    left, top = x.floor().detach(), y.floor().detach()
    right_part, lower_part = x - left, y - top

    shape = (batch, 1, height * width)
    corners = []
    for down in (0, 1):
        for right in (0, 1):
            column, row = left + right, top + down
            within = inside & (column >= 0) & (column < width) & (row >= 0) & (row < height)
            index = torch.where(within, row * width + column, 0.0).long()
            weight_x = right_part if right else 1 - right_part
            weight_y = lower_part if down else 1 - lower_part
            bilinear = torch.where(within, weight_x * weight_y, 0.0)
            corners.append((index.reshape(shape), bilinear.reshape(shape)))
    return corners


def _peak(corners: list[tuple[Tensor, Tensor]], metric: Tensor | None, zeros: Tensor) -> Tensor:
    """Return the largest metric that reaches each target pixel, 0 where none does."""
    assert metric is not None
    peak = torch.full_like(zeros, -torch.inf)
    for index, bilinear in corners:
        reaching = torch.where(bilinear > 0, metric, -torch.inf)
        peak = peak.scatter_reduce(2, index, reaching, "amax")
    return torch.where(peak.isfinite(), peak, 0.0).detach()


def _importance(
    metric: Tensor | None, weighting: Weighting, peak: Tensor, index: Tensor
) -> Tensor | float:
    """Return the weight of each source pixel for the target pixels `index`."""
    if metric is None:
        return 1.0
    if weighting == Weighting.LINEAR:
        return metric
    if weighting == Weighting.EXPONENTIAL:
        return metric.exp()
    # The softmax does not change with the shift, so its maximum counts as a constant.
    return (metric - peak.gather(2, index)).clamp(max=EXPONENT_LIMIT).exp()


def _divide(numerator: Tensor, denominator: Tensor, eps: float | None) -> Tensor:
    denominator = denominator + (eps or 0.0)
    reached = denominator != 0
    return torch.where(reached, numerator / torch.where(reached, denominator, 1.0), 0.0)


def correlate(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume (B, (2r+1)², H, W)."""
    _, channels, height, width = one.shape
    padded = functional.pad(two, (radius, radius, radius, radius))
    side = range(2 * radius + 1)
    products = [
        (one * padded[:, :, down : down + height, right : right + width]).sum(1) / channels
        for down in side
        for right in side
    ]
    return torch.stack(products, dim=1)


def convolve_separably(input: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Return the picture (B, C, H, W) under each pixel's own kernel."""
    _, taps, height, _ = vertical.shape
    row_kernels = horizontal.permute(0, 2, 3, 1).unsqueeze(1)  # (B, 1, H, W, U)
    windows = input.unfold(3, horizontal.shape[1], 1)  # (B, C, H + V - 1, W, U)
    result = input.new_zeros(*input.shape[:2], *vertical.shape[2:])
    for down in range(taps):
        row = (windows[:, :, down : down + height] * row_kernels).sum(-1)
        result = result + row * vertical[:, down : down + 1]
    return result
