"""Weights of the published sparse global matching network by a recipe, and its numbers.

As in `published.py`: the numbers (`data/sgm-golden.safetensors`) are the published
implementation's with these weights, in float32 on a CPU.
"""

import json
import math

import torch
from torch import Tensor

from .published import DATA

NUMBERS = DATA / "sgm-golden.safetensors"
SEED = 2


def published_shapes() -> dict[str, list[int]]:
    """Name → shape of every parameter of the published network."""
    shapes: dict[str, list[int]] = json.loads((DATA / "sgm-names.json").read_text())
    return shapes


def published_weights() -> dict[str, Tensor]:
    """The recipe's state dict, with the published names."""
    shapes = published_shapes()
    return {
        name: _draw(name, shapes[name], torch.Generator().manual_seed(SEED * 100003 + number))
        for number, name in enumerate(sorted(shapes))
    }


def _draw(name: str, shape: list[int], generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if len(shape) == 1:
        return _draw_vector(name, noise)
    fan = 4 * shape[0] if name.startswith("unet.up") else math.prod(shape[1:])
    if len(shape) == 2 or "dwconv" in name:
        return noise * math.sqrt(1 / fan)
    weight = noise * math.sqrt(1.7 / fan)
    if name.startswith(("block.1.lastconv", "matching_block.0.refine_block.lastconv")):
        return weight * 0.3
    return weight * 0.1 if name.startswith("unet.conv") else weight


def _draw_vector(name: str, noise: Tensor) -> Tensor:
    if name.endswith("bias"):
        return 0.05 * noise
    if "norm" in name:
        return (1 + 0.1 * noise) * (0.3 if name.startswith("gmflow") else 1.0)
    return 0.25 + 0.1 * noise
