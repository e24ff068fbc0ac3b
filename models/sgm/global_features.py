"""Features at 1/8 by which points are found anywhere in the other picture.

The features of GMFlow (Xu et al., CVPR 2022): a residual CNN, then a transformer over both
pictures; here on pictures in 0..1 as they are, with full attention.
"""

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .parts import position_code

MULTIPLE = 16  # that pictures are padded to


class GlobalFeatures(nn.Module):
    """Pictures (2·B, 3, H, W), all first and then all second ones → (2·B, C, H/8, W/8)."""

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        half, between = channels // 2, 3 * channels // 4
        self.first = nn.Conv2d(3, half, 7, 2, padding=3, bias=False)
        self.units = nn.ModuleList(
            nn.Sequential(Unit(before, after, stride), Unit(after, after, 1))
            for before, after, stride in (
                (half, half, 1),
                (half, between, 2),
                (between, channels, 2),
            )
        )
        self.last = nn.Conv2d(channels, channels, 1)
        self.layers = nn.ModuleList(Layer(channels) for _ in range(layers))

    def forward(self, pictures: Tensor) -> Tensor:
        height, width = pictures.shape[-2:]
        rows, columns = -height % MULTIPLE, -width % MULTIPLE
        sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        features = self.cnn(functional.pad(pictures, sides, mode="replicate"))
        channels, rows, columns = features.shape[1:]
        features = features + position_code(rows, columns, channels // 2, features)
        tokens = features.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens = layer(tokens)
        whole = tokens.transpose(1, 2).reshape(-1, channels, rows, columns)
        return whole[..., : height // 8, : width // 8]

    def cnn(self, pictures: Tensor) -> Tensor:
        features = functional.relu(functional.instance_norm(self.first(pictures)))
        for unit in self.units:
            features = unit(features)
        last: Tensor = self.last(features)
        return last


class Unit(nn.Module):
    """Two convolutions with instance norm, and the input beside them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, features: Tensor) -> Tensor:
        found = functional.relu(functional.instance_norm(self.conv1(features)))
        found = functional.relu(functional.instance_norm(self.conv2(found)))
        if self.shortcut is not None:
            features = functional.instance_norm(self.shortcut(features))
        return functional.relu(features + found)


class Layer(nn.Module):
    """Tokens (2·B, N, C): each picture attends to itself, then to the other as it came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.own = Attention(channels)
        self.cross = Attention(channels)
        self.widen = nn.Linear(2 * channels, 8 * channels, bias=False)
        self.narrow = nn.Linear(8 * channels, channels, bias=False)
        self.norm = nn.LayerNorm(channels)

    def forward(self, tokens: Tensor) -> Tensor:
        other = torch.cat(tokens.chunk(2)[::-1])
        tokens = tokens + self.own(tokens, tokens)
        together = torch.cat([tokens, self.cross(tokens, other)], -1)
        return tokens + self.norm(self.narrow(functional.gelu(self.widen(together))))


class Attention(nn.Module):
    """One head over the whole map: what `source` finds in `target`, normed."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Linear(channels, channels, bias=False)
        self.key = nn.Linear(channels, channels, bias=False)
        self.value = nn.Linear(channels, channels, bias=False)
        self.merge = nn.Linear(channels, channels, bias=False)
        self.norm = nn.LayerNorm(channels)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        found = functional.scaled_dot_product_attention(
            self.query(source), self.key(target), self.value(target)
        )
        normed: Tensor = self.norm(self.merge(found))
        return normed
