"""SepConv: two pictures → a separable kernel for every pixel of each → the picture half way.

Niklaus, Mai and Liu, "Video Frame Interpolation via Adaptive Separable Convolution", ICCV 2017.
This file is the published architecture to the number: with the published weights, "l1" or "lf", it
gives the published pictures. There is no flow and no time: motion up to 25 pixels is in the
kernels, and other moments than the middle come from its own results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .layers import conv3x3, initialise
from .moments import Moments, require_middle
from .network import Flows, InterpolationNetwork, Synthesis
from .ops import sepconv
from .padding import Padding

PADDED_TO = 128  # what the published programs fill pictures up to; the network needs 32


@dataclass(frozen=True)
class SepConvConfig:
    """Sizes, and how pictures are filled up.

    `padding`: "improved", the published program's default, fills up below and to the right; "paper"
    puts half a kernel's length around the picture first. Every pixel of the result depends on it.
    """

    channels: tuple[int, ...] = (32, 64, 128, 256, 512)
    taps: int = 51
    padding: Literal["improved", "paper"] = "improved"

    def __post_init__(self) -> None:
        if self.taps < 1 or self.taps % 2 == 0:
            raise ValueError(f"setting 'taps' is an odd number, not {self.taps}")


@dataclass(frozen=True)
class Pictures:
    """Both pictures (B, 3, H, W), RGB in 0..1: the kernels are too large to be kept."""

    one: Tensor
    two: Tensor


class SepConv(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1 → the picture half way; sides are multiples of 32."""

    times = Moments.HALVES
    has_flow = False
    stages: ClassVar[Mapping[str, str]] = {
        "encoder": "pyramid",
        "decoder": "pyramid",
        "enlarge": "pyramid",
        "vertical": "synthesis",
        "horizontal": "synthesis",
    }

    def __init__(self, config: SepConvConfig) -> None:
        channels = config.channels
        super().__init__(2 ** len(channels))
        self.config = config
        self.encoder = nn.ModuleList(
            _three(before, after)
            for before, after in zip((6, *channels[:-1]), channels, strict=True)
        )
        rising = channels[:0:-1]
        self.decoder = nn.ModuleList(
            _three(before, after)
            for before, after in zip((channels[-1], *rising[:-1]), rising, strict=True)
        )
        self.enlarge = nn.ModuleList(
            nn.Sequential(_Doubled(), conv3x3(each, each), nn.ReLU()) for each in rising
        )
        features = rising[-1]
        self.vertical = nn.ModuleList(_head(features, config.taps) for _ in range(2))
        self.horizontal = nn.ModuleList(_head(features, config.taps) for _ in range(2))
        initialise(self, 0.0)
        self._start_as_mean()

    def _start_as_mean(self) -> None:
        """Start as the mean of both pictures: every kernel is half an impulse."""
        for head in (*self.vertical, *self.horizontal):
            last = head[-1]
            nn.init.zeros_(last.weight)
            with torch.no_grad():
                last.bias[self.config.taps // 2] = 0.5**0.5

    @property
    def padding(self) -> Padding:
        return Padding(PADDED_TO, self.config.taps // 2 if self.config.padding == "paper" else 0)

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> Pictures:
        return Pictures(one, two)

    def explain(self, pair: Pictures, t: Tensor | float) -> Synthesis:
        require_middle(t)
        mean = (pair.one + pair.two) / 2
        return Synthesis(self.carry(pair, pair.one, pair.two, 0.5), mean, mean)

    def carry(self, pair: Pictures, one: Tensor, two: Tensor, t: float) -> Tensor:
        """Return the sum of both pictures (B, C, H, W) under the kernels of the colours."""
        features = self.features(pair)
        return self._convolved(one, features, 0) + self._convolved(two, features, 1)

    def features(self, pair: Pictures) -> Tensor:
        """Return what the kernels are read from: (B, C, H/2, W/2)."""
        current = torch.cat([pair.one.flip(1), pair.two.flip(1)], 1)  # blue, green, red
        levels: list[Tensor] = []
        for level, encode in enumerate(self.encoder):
            current = encode(functional.avg_pool2d(current, 2) if level else current)
            levels.append(current)
        current = functional.avg_pool2d(current, 2)
        for decode, enlarge in zip(self.decoder, self.enlarge, strict=True):
            current = enlarge(decode(current)) + levels.pop()
        return current

    def _convolved(self, picture: Tensor, features: Tensor, number: int) -> Tensor:
        """Return the first or second picture, each pixel under the kernel of its own."""
        vertical = self.vertical[number](features)
        horizontal = self.horizontal[number](features)
        around = (self.config.taps // 2,) * 4
        return sepconv(functional.pad(picture, around, mode="replicate"), vertical, horizontal)


class _Doubled(nn.Module):
    """Bilinear, at twice the size; the corners' pixels stay at the corners."""

    def forward(self, features: Tensor) -> Tensor:
        return functional.interpolate(features, scale_factor=2, mode="bilinear", align_corners=True)


def _three(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        conv3x3(inputs, outputs), nn.ReLU(),
        conv3x3(outputs, outputs), nn.ReLU(),
        conv3x3(outputs, outputs), nn.ReLU(),
    )  # fmt: skip


def _head(inputs: int, taps: int) -> nn.Sequential:
    return nn.Sequential(
        conv3x3(inputs, inputs), nn.ReLU(),
        conv3x3(inputs, inputs), nn.ReLU(),
        conv3x3(inputs, taps), nn.ReLU(),
        _Doubled(),
        conv3x3(taps, taps),
    )  # fmt: skip
