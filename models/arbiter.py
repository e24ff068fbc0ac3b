"""Which of two opinions about motion to believe, pixel by pixel.

Two flows that were found in different ways rarely fail at the same place, and where one is wrong
the two pictures sampled along it differ. So four pictures are weighted: both frames along either
flow. The weights start from how much the two frames disagree around a pixel; a small U-Net that
sees the pictures and their disagreement corrects them.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .layers import LEAKY_SLOPE, conv3x3, initialise, resize, size_of
from .midway import Midway

DISTRUST = 10.0  # how fast belief fades with the disagreement (0..1) of the two frames
AROUND = 3  # pixels at half size over which the disagreement is averaged
SMALL = 0.01  # a disagreement about as large as noise
LEAST = 1e-6  # the weight of a frame that is infinitely far away


@dataclass(frozen=True)
class ArbiterConfig:
    """Sizes of the U-Net: channels at 1/2, 1/4 and 1/8."""

    rows: tuple[int, int, int] = (24, 32, 48)


@dataclass(frozen=True)
class Candidates:
    """Both frames along either flow, and the logarithms (B, 4, h, w) of their weights."""

    first: Midway
    second: Midway
    logits: Tensor

    def blend(self, favour: Tensor | float = 0.0) -> Tensor:
        """The weighted mean: (B, 3, H, W). `favour` is added for the first frame's pictures."""
        pictures = [self.first.one, self.first.two, self.second.one, self.second.two]
        logits = resize(self.logits, size_of(pictures[0]))
        ones, twos = logits[:, ::2] + favour, logits[:, 1::2]
        weights = torch.cat([ones[:, :1], twos[:, :1], ones[:, 1:], twos[:, 1:]], 1).softmax(1)
        parts = [
            weight * picture for weight, picture in zip(weights.chunk(4, 1), pictures, strict=True)
        ]
        return parts[0] + parts[1] + parts[2] + parts[3]


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(conv3x3(inputs, outputs, stride), nn.LeakyReLU(LEAKY_SLOPE))


class Arbiter(nn.Module):
    """Two candidates → the logarithms of the weights of their four pictures, at half size."""

    INPUTS = 4 * 3 + 2 * 2 + 2 * 4 + 1

    def __init__(self, config: ArbiterConfig) -> None:
        super().__init__()
        half, quarter, eighth = config.rows
        self.at_half = nn.Sequential(_layer(self.INPUTS, half), _layer(half, half))
        self.at_quarter = nn.Sequential(_layer(half, quarter, 2), _layer(quarter, quarter))
        self.at_eighth = nn.Sequential(
            _layer(quarter, eighth, 2), _layer(eighth, eighth), _layer(eighth, eighth)
        )
        self.to_quarter = nn.Conv2d(eighth, quarter, 1)
        self.up_quarter = _layer(quarter, quarter)
        self.to_half = nn.Conv2d(quarter, half, 1)
        self.up_half = _layer(half, half)
        self.head = conv3x3(half, 4)
        initialise(self, LEAKY_SLOPE)
        nn.init.zeros_(self.head.weight)

    def forward(self, first: Midway, second: Midway) -> Candidates:
        differences = [
            functional.avg_pool2d((both.one - both.two).abs().mean(1, keepdim=True), 2)
            for both in (first, second)
        ]
        around = [_mean_around(difference) for difference in differences]
        seen = _evidence(first, second, differences, around)
        half = self.at_half(seen)
        quarter = self.at_quarter(half)
        quarter = self.up_quarter(
            quarter + resize(self.to_quarter(self.at_eighth(quarter)), size_of(quarter))
        )
        found = self.head(self.up_half(half + resize(self.to_half(quarter), size_of(half))))
        trust = torch.cat([around[0], around[0], around[1], around[1]], 1) * -DISTRUST
        t = torch.as_tensor(first.t, dtype=torch.float32, device=found.device).view(-1, 1, 1, 1)
        nearness = torch.cat([1 - t, t, 1 - t, t], 1).clamp(min=LEAST).log()
        return Candidates(first, second, found.float() + trust + nearness)


def _mean_around(values: Tensor) -> Tensor:
    sides = (AROUND,) * 4
    return functional.avg_pool2d(functional.pad(values, sides, mode="replicate"), 2 * AROUND + 1, 1)


def _evidence(
    first: Midway, second: Midway, differences: list[Tensor], around: list[Tensor]
) -> Tensor:
    """What the U-Net sees, at half size: (B, 25, h, w), all of it of the order of one."""
    pictures = torch.cat([first.one, first.two, second.one, second.two], 1)
    sides = [*first.sides, *second.sides]
    apart = functional.avg_pool2d(first.flow - second.flow, 2).square().sum(1, keepdim=True)
    return torch.cat(
        [
            (functional.avg_pool2d(pictures, 2) - 0.5) * 4,
            *((difference + SMALL).log() + 3 for difference in (*differences, *around)),
            *(side.coverage.clamp(max=2) for side in sides),
            *(side.metric.clamp(-4, 4) for side in sides),
            (apart + 0.1).log(),
        ],
        1,
    )
