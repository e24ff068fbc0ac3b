"""Weights of the published SoftSplat by a recipe, so that its numbers need no checkpoint.

The recipe: every parameter, in the order of its sorted name, is drawn from a generator of its own;
the numbers beside it (`data/golden-0.safetensors`) are the published implementation's, in float32
on a CPU, with these weights.
"""

import json
import math
from pathlib import Path

import torch
from torch import Tensor

DATA = Path(__file__).parent.parent / "data"
NUMBERS = DATA / "golden-0.safetensors"


def published_shapes() -> dict[str, list[int]]:
    """Name → shape of every parameter of the published network."""
    shapes: dict[str, list[int]] = json.loads((DATA / "published-names.json").read_text())
    return shapes


def published_weights(seed: int = 0) -> dict[str, Tensor]:
    """The recipe's state dict, with the published names."""
    shapes = published_shapes()
    return {
        name: _draw(name, shapes[name], torch.Generator().manual_seed(seed * 100003 + number))
        for number, name in enumerate(sorted(shapes))
    }


def _draw(name: str, shape: list[int], generator: torch.Generator) -> Tensor:
    noise = torch.randn(shape, generator=generator)
    if len(shape) == 1:
        return noise * 0.05 if "netFlow" in name else 0.25 + 0.1 * noise
    weight = noise * math.sqrt(1.6 / math.prod(shape[1:]))
    if name.startswith("netFlow") and shape[0] == 2:
        weight = weight * 6
    return weight * 0.12 if name.startswith("netSynthesis.netOutput") else weight
