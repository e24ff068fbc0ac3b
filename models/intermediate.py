"""Both pictures at time t: flow is splatted there, and the pictures are sampled along it.

Splatting a picture blurs it as bilinear sampling does; a flow is smooth and does not suffer. So
the flows of both frames are projected to time t by softmax splatting (Niklaus and Liu, CVPR 2020),
joined there, each with the weight of its coverage and importance, and both pictures are sampled
along the joint flow with a cubic kernel: sharper than the mean of two splatted pictures.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .layers import resize_flow, size_of
from .ops import softsplat
from .ops.backends import MOST_CHANNELS, plain_on_cpu
from .ops.operator import function_at

METRIC_SHARPNESS = 2.0  # how strongly the splatted metric decides between both frames' flows
EMPTY = 1e-6


@dataclass(frozen=True)
class Side:
    """One frame at time t, at one level.

    Features (B, C, h, w), metric (B, 1, h, w), its flow to the other frame (B, 2, h, w), and how
    much of it landed where (B, 1, h, w).
    """

    features: Tensor
    metric: Tensor
    flow: Tensor
    coverage: Tensor


@dataclass(frozen=True)
class WarpedFrames:
    """Both pictures (B, 3, H, W) as they look at time t, along the joint flow of both sides."""

    one: Tensor
    two: Tensor
    t: Tensor | float
    sides: tuple[Side, Side]

    def blend(self) -> Tensor:
        """Return the mean of both pictures, weighted (1 − t) : t."""
        return (1 - self.t) * self.one + self.t * self.two


def splat_side(features: Tensor, flow: Tensor, metric: Tensor, t: Tensor | float) -> Side:
    """Splat features, metric and flow the part `t` of the flow; features may have 0 channels."""
    together = torch.cat([features.float(), metric, flow], dim=1)
    splatted, coverage = softsplat(
        together, flow * t, metric * (-2 * t), "soft", return_coverage=True
    )
    channels = features.shape[1]
    return Side(
        splatted[:, :channels],
        splatted[:, channels : channels + 1],
        splatted[:, channels + 1 :],
        coverage,
    )


def joint_flow(one: Side, two: Side, t: Tensor | float) -> Tensor:
    """Join the flows of both frames at time t: (B, 2, h, w), first frame to second.

    Each counts as much as it covers, by its importance; zero where neither arrived.
    """
    weight_one, weight_two = (
        side.coverage.clamp(max=1) * (-METRIC_SHARPNESS * side.metric).clamp(-20, 20).exp()
        for side in (one, two)
    )
    weight_one, weight_two = (1 - t) * weight_one, t * weight_two
    return (weight_one * one.flow - weight_two * two.flow) / (weight_one + weight_two + EMPTY)


def sample_along(picture: Tensor, flow: Tensor, factor: Tensor | float) -> Tensor:
    """Return the picture at p + factor · flow(p), cubic, the flow enlarged to its size.

    Args:
        picture: (B, C, H, W); what ends at its border goes on.
        flow: (B, 2, h, w) in pixels of its own size.
        factor: a number or (B, 1, 1, 1).
    """
    if picture.shape[1] <= MOST_CHANNELS and plain_on_cpu(picture, flow):
        ratio = each_time(factor, len(flow)) * (picture.shape[-1] / flow.shape[-1])
        sampled: Tensor = function_at("cpu.mixing:sample_along")(picture, flow, ratio)
        return sampled
    return _sampled(picture.float(), resize_flow(flow.float() * factor, size_of(picture)))


def each_time(t: Tensor | float, batch: int) -> Tensor:
    """Return one float32 an item, (B,), of a number or (B, 1, 1, 1)."""
    return torch.as_tensor(t, dtype=torch.float32, device="cpu").flatten().expand(batch)


def _sampled(picture: Tensor, flow: Tensor) -> Tensor:
    height, width = picture.shape[-2:]
    rows = torch.arange(height, dtype=torch.float32, device=flow.device).view(1, -1, 1)
    columns = torch.arange(width, dtype=torch.float32, device=flow.device).view(1, 1, -1)
    grid = torch.stack(
        [
            (flow[:, 0] + columns) * (2 / max(width - 1, 1)) - 1,
            (flow[:, 1] + rows) * (2 / max(height - 1, 1)) - 1,
        ],
        dim=-1,
    )
    return functional.grid_sample(
        picture, grid, mode="bicubic", padding_mode="border", align_corners=True
    )


def warp_to(one: Tensor, two: Tensor, sides: tuple[Side, Side], t: Tensor | float) -> WarpedFrames:
    """Sample both pictures (B, 3, H, W) at time t, along the joint flow of both sides."""
    flow = joint_flow(*sides, t)
    return WarpedFrames(sample_along(one, flow, -t), sample_along(two, flow, 1 - t), t, sides)
