"""Blocks of 3×3 convolutions and leaky rectifiers: what bf16 on processors is fast at."""

import itertools

import torch.nn.functional as functional
from torch import Tensor, nn

from .layers import conv3x3, resize, size_of

SLOPE = 0.2


def rectified(features: Tensor) -> Tensor:
    """Leaky rectifier of slope `SLOPE`."""
    return functional.leaky_relu(features, SLOPE)


class Residual(nn.Module):
    """rectifier → conv → rectifier → conv, with a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.last = conv3x3(channels, channels), conv3x3(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.last(rectified(self.first(rectified(features))))
        return features + result


class FoldedPyramid(nn.Module):
    """Normalised pictures (B, 3, H, W) → features at 1/4, 1/8, … of the size."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        inputs = (12, *channels[:-1])
        self.levels = nn.ModuleList(
            nn.Sequential(
                conv3x3(before, after, 2),
                nn.LeakyReLU(SLOPE),
                conv3x3(after, after),
                nn.LeakyReLU(SLOPE),
            )
            for before, after in zip(inputs, channels, strict=True)
        )

    def forward(self, picture: Tensor) -> list[Tensor]:
        features = [functional.pixel_unshuffle(picture, 2)]
        for level in self.levels:
            features.append(level(features[-1]))
        return features[1:]


class LeakyGrid(nn.Module):
    """GridNet of the rows' inputs, finest first → the finest row's features."""

    def __init__(self, rows: tuple[int, ...], columns: int) -> None:
        super().__init__()
        self.downs, self.ups = columns // 2, columns - columns // 2
        steps = list(itertools.pairwise(rows))
        self.lateral = nn.ModuleList(
            nn.ModuleList(Residual(channels) for channels in rows) for _ in range(1, columns)
        )
        self.down = nn.ModuleList(
            nn.ModuleList(conv3x3(finer, coarser, 2) for finer, coarser in steps)
            for _ in range(self.downs)
        )
        self.up = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(coarser, finer, 1) for finer, coarser in steps)
            for _ in range(self.ups)
        )

    def forward(self, inputs: list[Tensor]) -> Tensor:
        state = inputs[:1]
        for row, features in enumerate(inputs[1:]):
            state.append(features + self.down[0][row](state[row]))  # type: ignore[index]
        for column in range(1, self.downs):
            for row in range(len(state)):
                state[row] = self.lateral[column - 1][row](state[row])  # type: ignore[index]
                if row:
                    state[row] = state[row] + self.down[column][row - 1](state[row - 1])  # type: ignore[index]
        for column in range(self.ups):
            lateral = self.lateral[self.downs - 1 + column]
            for row in reversed(range(len(state))):
                state[row] = lateral[row](state[row])  # type: ignore[index]
                if row + 1 < len(state):
                    coarser = self.up[column][row](state[row + 1])  # type: ignore[index]
                    state[row] = state[row] + resize(coarser, size_of(state[row]))
        return state[0]
