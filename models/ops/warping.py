"""Backward warping: the picture looked up where the flow points."""

import torch
from torch import Tensor
from torch.nn import functional

from .backends import computing_dtype


def backwarp(input: Tensor, flow: Tensor) -> Tensor:
    """Look `input` up at `p + flow(p)` for every pixel p.

    Convention: the flow goes from the frame that is wanted to the frame that is given, so a flow
    of (1, 0) moves the picture one column to the *left*. Bilinear; what lies outside counts as 0.

    Args:
        input: (B, C, H, W), floating point.
        flow: (B, 2, H, W), pixels, channel 0 to the right, channel 1 down.

    Returns:
        (B, C, H, W) in the dtype of `input`. Where the flow is not finite the result is 0.

    Raises:
        ValueError: the shapes do not fit together.
    """
    _check(input, flow)
    if input.numel() == 0:
        return input + flow.sum() * 0
    dtype = computing_dtype(input)
    height, width = input.shape[-2:]
    x = torch.arange(width, device=flow.device, dtype=dtype) + flow[:, 0].to(dtype)
    y = torch.arange(height, device=flow.device, dtype=dtype)[:, None] + flow[:, 1].to(dtype)
    # Past one pixel outside all is 0; the clamp keeps 1e9 and infinity out of integer indices.
    known = x.isfinite() & y.isfinite()
    x = torch.where(known, x, -2.0).clamp(-2, width + 1)
    y = torch.where(known, y, -2.0).clamp(-2, height + 1)
    # The outer pixels' outer edges are -1 and 1 here (align_corners=False); with their centres at
    # -1 and 1 the same pixel would be meant, but a picture one pixel wide has no such scale.
    grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
    with torch.autocast(input.device.type, enabled=False):
        warped = functional.grid_sample(
            input.to(dtype), grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
    return warped.to(input.dtype)


def _check(input: Tensor, flow: Tensor) -> None:
    if input.ndim != 4:
        raise ValueError(f"input must be (B, C, H, W), not {tuple(input.shape)}")
    batch, _, height, width = input.shape
    if flow.shape != (batch, 2, height, width):
        expected = (batch, 2, height, width)
        raise ValueError(f"flow must be (B, 2, H, W) = {expected}, not {tuple(flow.shape)}")
    if flow.device != input.device:
        raise ValueError(f"flow is on {flow.device}, but the input is on {input.device}")
