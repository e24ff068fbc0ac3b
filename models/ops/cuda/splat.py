"""Splatting on CUDA: tensors in and out of the kernels.

Forward is a scatter with atomic additions, whose order, and so the last bits of a sum, changes
from run to run. Backward is a gather and always gives the same.
"""

import torch
from torch import Tensor

from ..layout import empty_in_layout_of, layout_of
from ..weighting import Weighting, weighting_of
from .launch import launch
from .splat_source import SOURCE


def forward(
    input: Tensor, flow: Tensor, metric: Tensor | None, mode: str, eps: float | None
) -> tuple[Tensor, Tensor]:
    """Return the splatted picture and (3, B, 1, H, W): coverage, denominator and peak."""
    batch, channels, height, width = input.shape
    by_pixel, input = _in_order(input)
    output = empty_in_layout_of(input).zero_()
    statistics = input.new_zeros(3, batch, 1, height, width)
    coverage, denominator, peak = statistics
    flow = flow.contiguous()
    weighting = weighting_of(mode, eps is None)
    metric = flow if metric is None else metric.contiguous()
    pixels = batch * height * width

    if weighting == Weighting.SHIFTED:
        peak.fill_(-torch.inf)
        launch(SOURCE, "find_peaks", pixels, height, width, flow, metric, peak)
        peak.masked_fill_(peak == -torch.inf, 0)
    launch(
        SOURCE, "sum_weights", pixels, height, width, int(weighting), flow, metric, peak, coverage,
        denominator,
    )  # fmt: skip
    if eps is not None:
        denominator += eps
    launch(
        SOURCE, "splat", input.numel(), channels, height, width, int(weighting), int(mode != "sum"),
        int(by_pixel), input, flow, metric, peak, denominator, output,
    )  # fmt: skip
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
    """Return the gradients in input, flow and metric."""
    batch, channels, height, width = input.shape
    by_pixel, input = _in_order(input)
    grad = grad.contiguous(memory_format=layout_of(input))
    output = output.contiguous(memory_format=layout_of(input))
    flow, grad_coverage = flow.contiguous(), grad_coverage.contiguous()
    _, denominator, peak = statistics
    weighting = weighting_of(mode, stabilised)
    grad_input = empty_in_layout_of(input)
    grad_flow = torch.empty_like(flow)
    grad_metric = flow.new_empty((batch, 1, height, width) if metric is not None else (0,))
    metric = flow if metric is None else metric.contiguous()
    launch(
        SOURCE, "gather", batch * height * width, channels, height, width, int(weighting),
        int(mode != "sum"), int(by_pixel), grad, grad_coverage, input, flow, metric, output, peak,
        denominator, grad_input, grad_flow, grad_metric,
    )  # fmt: skip
    return grad_input, grad_flow, grad_metric


def _in_order(picture: Tensor) -> tuple[bool, Tensor]:
    """Return the picture dense in memory, and whether its channels are innermost."""
    layout = layout_of(picture)
    return layout == torch.channels_last, picture.contiguous(memory_format=layout)
