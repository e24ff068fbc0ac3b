"""Both pictures at time t: flow is splatted there, and the pictures are sampled along it.

Splatting a picture blurs it as bilinear sampling does; a flow is smooth and does not suffer. So
the flows of both frames are carried to time t by softmax splatting (Niklaus and Liu, CVPR 2020),
joined there, each with the weight of its coverage and importance, and both pictures are sampled
along the joint flow with a cubic kernel: sharper than the mean of two splatted pictures.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

METRIC_SHARPNESS = 2.0  # how strongly the splatted metric decides between both frames' flows
EMPTY = 1e-6


@dataclass(frozen=True)
class Midway:
    """Both pictures (B, 3, H, W) as they look at time t, and the joint flow (B, 2, H, W) from the
    first frame to the second, at the pixels of time t."""

    one: Tensor
    two: Tensor
    flow: Tensor
    t: Tensor | float

    def blend(self, favour: Tensor | float = 0.0) -> Tensor:
        """The mean of both pictures, weighted (1 − t) : t.

        `favour` (B, 1, H, W) is the logarithm of how much more the first frame counts.
        """
        weight_one = torch.as_tensor(1 - self.t, device=self.one.device)
        if isinstance(favour, Tensor):
            weight_one = weight_one * favour.exp()
        return (weight_one * self.one + self.t * self.two) / (weight_one + self.t)


def joint_flow(
    flow_one: Tensor,
    flow_two: Tensor,
    metrics: tuple[Tensor, Tensor],
    coverages: tuple[Tensor, Tensor],
    t: Tensor | float,
) -> Tensor:
    """Join the flows of both frames at time t.

    Args:
        flow_one, flow_two: the flows one → two and two → one, both splatted to time t.
        metrics: both errors (B, 1, H, W), splatted along.
        coverages: how much of each frame landed where (B, 1, H, W).

    Returns:
        (B, 2, H, W), first frame to second; zero where neither frame landed.
    """
    weight_one, weight_two = (
        coverage.clamp(max=1) * (-METRIC_SHARPNESS * metric).clamp(-20, 20).exp()
        for coverage, metric in zip(coverages, metrics, strict=True)
    )
    weight_one, weight_two = (1 - t) * weight_one, t * weight_two
    return (weight_one * flow_one - weight_two * flow_two) / (weight_one + weight_two + EMPTY)


def sample(picture: Tensor, flow: Tensor) -> Tensor:
    """The picture (B, C, H, W) at p + flow(p), cubic; beyond the border it goes on as it ends."""
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
        picture.float(), grid, mode="bicubic", padding_mode="border", align_corners=True
    )


def midway(one: Tensor, two: Tensor, flow: Tensor, t: Tensor | float) -> Midway:
    """Sample both pictures along the joint flow (B, 2, H, W) at time t."""
    return Midway(sample(one, flow * (-t)), sample(two, flow * (1 - t)), flow, t)
