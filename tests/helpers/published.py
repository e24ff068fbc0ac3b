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


SEPCONV = Path(__file__).parents[3] / "shared" / "reference" / "sepconv"  # not in the repository


def sepconv_weights(shapes: dict[str, list[int]], seed: int = 0) -> dict[str, Tensor]:
    """Return the state dict of the published SepConv by the recipe of its numbers."""
    state = {}
    for number, name in enumerate(sorted(shapes)):
        generator = torch.Generator().manual_seed(seed * 100003 + number)
        noise = torch.randn(shapes[name], generator=generator)
        last = ".7." in name
        if len(shapes[name]) == 4:
            scale = math.sqrt(2 / math.prod(shapes[name][1:]))
            state[name] = noise * scale * (0.02 if last else 1)
        else:
            state[name] = 0.014 + 0.01 * noise if last else 0.05 * noise
    return state


def sepconv_shapes() -> dict[str, list[int]]:
    """Return name → shape of every parameter of the published SepConv, from its description."""
    sizes = [32, 64, 128, 256, 512]
    three = (0, 2, 4)
    blocks: dict[str, tuple[int, int, tuple[int, ...]]] = {}
    for level, (before, after) in enumerate(zip([6, *sizes], sizes, strict=False), 1):
        blocks[f"netConv{level}"] = before, after, three
    for level in (5, 4, 3, 2):
        after = sizes[level - 1]
        blocks[f"netDeconv{level}"] = sizes[min(level, 4)], after, three
        blocks[f"netUpsample{level}"] = after, after, (1,)
    shapes: dict[str, list[int]] = {}
    for block, (before, after, numbers) in blocks.items():
        for number in numbers:
            inputs = before if number == numbers[0] else after
            shapes[f"{block}.{number}.weight"] = [after, inputs, 3, 3]
            shapes[f"{block}.{number}.bias"] = [after]
    head = {0: (64, 64), 2: (64, 64), 4: (64, 51), 7: (51, 51)}
    for name in ("Vertical1", "Vertical2", "Horizontal1", "Horizontal2"):
        for number, (before, after) in head.items():
            shapes[f"net{name}.{number}.weight"] = [after, before, 3, 3]
            shapes[f"net{name}.{number}.bias"] = [after]
    return shapes
