"""Layers, warps and splats as the published network has them."""

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from ..layers import conv3x3
from ..ops import softsplat

EPS = 1e-7  # in the denominator of a splat
CERTAIN, UNKNOWN = 1.0, -20.0  # metrics of what was matched, and of what was not


def rectified_conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Conv 3×3 → PReLU with one slope a channel."""
    return nn.Sequential(conv3x3(inputs, outputs, stride), nn.PReLU(outputs))


def scaled(picture: Tensor, factor: float) -> Tensor:
    """(B, C, H, W) at `factor` times its size, bilinear, without a filter before shrinking."""
    if factor == 1:
        return picture
    return functional.interpolate(
        picture, scale_factor=factor, mode="bilinear", align_corners=False
    )


def scaled_flow(flow: Tensor, factor: float) -> Tensor:
    """Return the same of flows (B, 2·N, H, W); the vectors grow with the picture."""
    return scaled(flow, factor) * factor


def warp(picture: Tensor, flow: Tensor) -> Tensor:
    """Return the picture (B, C, H, W) at p + flow(p), bilinear; what ends at the border goes on."""
    height, width = flow.shape[-2:]
    rows = torch.arange(height, dtype=flow.dtype, device=flow.device)[:, None]
    columns = torch.arange(width, dtype=flow.dtype, device=flow.device)
    grid = torch.stack(
        [
            (flow[:, 0] + columns) * (2 / max(width - 1, 1)) - 1,
            (flow[:, 1] + rows) * (2 / max(height - 1, 1)) - 1,
        ],
        dim=-1,
    )
    return functional.grid_sample(
        picture.to(flow.dtype), grid, mode="bilinear", padding_mode="border", align_corners=True
    )


def warped_pair(one: Tensor, two: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Both pictures at time t, along flows to the first and to the second (B, 4, H, W)."""
    return warp(one, flow[:, :2]), warp(two, flow[:, 2:])


def splat_mean(input: Tensor, flow: Tensor, metric: Tensor | None = None) -> Tensor:
    """Return the weighted mean of what lands on each pixel, 0 where nothing does."""
    if metric is None:
        metric = torch.full_like(flow[:, :1], CERTAIN)
    return softsplat(input, flow, metric, "soft", eps=EPS)


def plane(t: Tensor | float, like: Tensor) -> Tensor:
    """Time t, a number or (B, 1, 1, 1), as a channel (B, 1, H, W) of the size of `like`."""
    moment = t if isinstance(t, Tensor) else like.new_tensor(float(t))
    return moment.to(like.dtype).expand(like.shape[0], 1, *like.shape[-2:])


def position_code(height: int, width: int, features: int, like: Tensor) -> Tensor:
    """Sines and cosines of rows, then of columns, numbered from 1: (2 · features, H, W)."""
    exponent = torch.arange(features, device=like.device) // 2 * (2 / features)
    frequency = 10000.0**-exponent

    def code(count: int) -> Tensor:
        places = torch.arange(1, count + 1, device=like.device, dtype=torch.float32)
        angle = places[:, None] * (2 * torch.pi / (count + 1e-6)) * frequency
        even = torch.arange(features, device=like.device) % 2 == 0
        return torch.where(even, angle.sin(), angle.cos())  # (count, features)

    rows = code(height).T[:, :, None].expand(-1, -1, width)
    columns = code(width).T[:, None, :].expand(-1, height, -1)
    return torch.cat([rows, columns]).to(like.dtype)
