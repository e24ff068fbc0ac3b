"""What all training data sets yield: a dict of tensors, with or without a batch dimension.

one, two, target    (3, h, w) RGB, uint8 0..255 from the loaders, float 0..1 from `to_device`
t                   () float32, 0..1: the target's place between `one` and `two`
dis_01/10           (2, h, w) float32, optional: DIS flow in pixels
tracks_01/10        (2, h, w) float32, optional: smooth motion of tracked corners in pixels
flow_01/10          (2, h, w) float32, synthetic scenes only: the exact flow in pixels
occlusion_01/10     (1, h, w) float32, synthetic scenes only: 1 = not to be seen in the other
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

Sample = dict[str, torch.Tensor]
ENDLESS = 1 << 40  # the length of data sets that draw at random


def picture_tensor(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) uint8 array to a contiguous (3, H, W) uint8 tensor of its own."""
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())


def bytes_of(pictures: torch.Tensor) -> torch.Tensor:
    """Float pictures in 0..1 as uint8, rounded."""
    return pictures.clamp(0, 1).mul(255).round().to(torch.uint8)


def to_device(batch: Sample, device: torch.device | str) -> Sample:
    """Return the batch on `device`, its uint8 pictures as float32 in 0..1 (converted there)."""
    moved: Sample = {}
    for name, tensor in batch.items():
        tensor = tensor.to(device, non_blocking=True)
        moved[name] = tensor.float().div_(255) if tensor.dtype == torch.uint8 else tensor
    return moved


def initial_flows(batch: Sample, kind: str) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return the flows both ways that a network starts from, by their kind; None for ""."""
    return (batch[f"{kind}_01"], batch[f"{kind}_10"]) if kind else None
