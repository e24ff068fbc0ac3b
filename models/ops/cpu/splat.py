"""Splatting on the CPU: tensors in and out of the compiled kernels.

Each thread owns a band of target rows and walks, in order, the source rows that reach into it.
So no two threads write to one place, and the sum at a pixel has the same order, hence the same
bits, whatever the number of threads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..layout import empty_in_layout_of, layout_of
from ..reference import EXPONENT_LIMIT
from ..weighting import Weighting, weighting_of
from . import splat_backward, splat_forward, splat_geometry
from .threads import share_out
from .transposing import flat_pixels, planes_of

Array = NDArray[Any]


@dataclass(frozen=True)
class Weights:
    """How much each source pixel counts.

    `values` (B, H*W) are the weights themselves, of whatever kind, but if SHIFTED: the metric,
    whose exponential has to be taken relative to each target pixel's peak.
    """

    values: Array
    weighting: Weighting


def forward(
    input: Tensor, flow: Tensor, metric: Tensor | None, mode: str, eps: float | None
) -> tuple[Tensor, Tensor]:
    """Return the splatted picture and (3, B, 1, H, W): coverage, denominator and peak."""
    batch, _, height, width = input.shape
    output = empty_in_layout_of(input)
    statistics = input.new_empty(3, batch, 1, height, width)
    flow, weights, peak = _prepare(flow, metric, mode, eps is None)
    if weights.weighting != Weighting.SHIFTED:
        statistics[2] = 0.0 if peak is None else peak

    by_pixel = layout_of(output) == torch.channels_last
    if by_pixel:
        source, target = flat_pixels(input), flat_pixels(output)
    else:
        source = input.detach().contiguous().view(batch, -1).numpy()
        target = output.view(batch, -1).numpy()
    flow_array, planes = flow.numpy(), statistics.view(3, batch, height * width).numpy()
    first, last = np.empty((batch, height), np.intp), np.empty((batch, height), np.intp)
    normalised = mode != "sum"

    def measure(start: int, stop: int) -> None:
        splat_geometry.find_reached_rows(flow_array, first, last, start, stop)

    def splat(start: int, stop: int) -> None:
        splat_forward.splat(
            source, by_pixel, flow_array, weights.values, int(weights.weighting), normalised,
            eps or 0.0, first, last, planes, target, start, stop,
        )  # fmt: skip

    share_out(measure, batch * height, batch * height * width)
    share_out(splat, batch * height, input.numel() * 4)
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
    batch, channels, height, width = input.shape
    grad_pixels = torch.empty(batch, height, width, channels, dtype=input.dtype)
    grad_flow = torch.empty(flow.shape, dtype=flow.dtype)
    grad_metric = flow.new_empty((batch, 1, height, width) if metric is not None else (0,))
    flow, weights, _ = _prepare(flow, metric, mode, stabilised)

    pictures = [flat_pixels(tensor) for tensor in (grad, output, input)]
    grad_picture = grad_pixels.view(batch, -1).numpy()
    planes = statistics.view(3, batch, height * width).numpy()
    coverage = grad_coverage.contiguous().view(batch, height * width).numpy()
    metric_array = grad_metric.view(batch, -1).numpy() if metric is not None else coverage
    flow_array, grad_flow_array = flow.numpy(), grad_flow.numpy()

    def gather(start: int, stop: int) -> None:
        splat_backward.gather(
            *pictures, coverage, flow_array, weights.values, int(weights.weighting),
            mode != "sum", planes, grad_picture, grad_flow_array, metric_array, start, stop,
        )  # fmt: skip

    share_out(gather, batch * height, input.numel() * 8)
    if layout_of(input) == torch.channels_last:
        return grad_pixels.permute(0, 3, 1, 2), grad_flow, grad_metric
    return planes_of(grad_pixels), grad_flow, grad_metric


def _prepare(
    flow: Tensor, metric: Tensor | None, mode: str, stabilised: bool
) -> tuple[Tensor, Weights, Tensor | None]:
    """Return the flow, contiguous, the weights, and the peak if one serves a whole picture.

    A pixel whose metric is not finite is sent nowhere.
    """
    weighting = weighting_of(mode, stabilised)
    flow = flow.detach().contiguous()
    if metric is None:
        return flow, Weights(flow.view(len(flow), -1).numpy(), weighting), None
    metric = metric.detach().contiguous().view(len(metric), -1)
    lowest, highest = metric.aminmax(dim=1, keepdim=True)
    extent = (highest - lowest).amax().item()
    if not np.isfinite(extent):
        finite = metric.isfinite()
        flow = torch.where(finite.view(len(flow), 1, *flow.shape[2:]), flow, torch.nan)
        metric = torch.where(finite, metric, 0.0)
        lowest, highest = metric.aminmax(dim=1, keepdim=True)
        extent = (highest - lowest).amax().item()

    if weighting == Weighting.EXPONENTIAL:
        return flow, Weights(metric.exp().numpy(), weighting), None
    if weighting == Weighting.LINEAR or extent > EXPONENT_LIMIT:
        return flow, Weights(metric.numpy(), weighting), None
    # With so little between them one peak serves the whole picture: one exponential a source pixel.
    weights = Weights((metric - highest).exp_().numpy(), Weighting.EXPONENTIAL)
    return flow, weights, highest.view(-1, 1, 1, 1)
