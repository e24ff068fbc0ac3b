"""PWC-Net: optical flow from pyramid features, warping and a cost volume.

Sun, Yang, Liu, Kautz: "PWC-Net: CNNs for Optical Flow Using Pyramid, Warping, and Cost Volume",
CVPR 2018. This is the smaller variant that SoftSplat uses: no dense connections, no context
network. With `residual`, a decoder predicts a correction to the flow that it was given. With
`shared` channels one decoder serves all levels, as in IRR-PWC (Hur and Roth, CVPR 2019): a
correction in pixels of its own level looks the same at every size, and what is learned at one level
is known at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .layers import (
    LEAKY_SLOPE,
    conv3x3,
    enlarge_flow,
    resize_flow,
    size_of,
    whole_precision,
)
from .ops import backwarp, correlation


@dataclass(frozen=True)
class PWCNetConfig:
    """Sizes of the flow network."""

    channels: tuple[int, ...] = (16, 32, 64, 96, 128, 192)  # features at 1/2, 1/4, 1/8, ...
    decoder: tuple[int, ...] = (128, 128, 96, 64, 32)
    radius: int = 4  # of the cost volume, in pixels of its level
    finest: int = 1  # flow is decoded down to 1/2**finest of the size
    residual: bool = False  # decoders correct the flow they are given
    shared: int = 0  # channels that every level is brought to, for one decoder; 0: a decoder each


class FeatureExtractor(nn.Module):
    """(B, 3, H, W) → features at 1/2, 1/4, …, one tensor a level."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.Sequential(
                conv3x3(inputs, outputs, stride=2),
                nn.LeakyReLU(LEAKY_SLOPE),
                conv3x3(outputs, outputs),
                nn.LeakyReLU(LEAKY_SLOPE),
            )
            for inputs, outputs in zip((3, *channels), channels, strict=False)
        )

    def forward(self, picture: Tensor) -> list[Tensor]:
        features = []
        for level in self.levels:
            picture = level(picture)
            features.append(picture)
        return features


class Decoder(nn.Module):
    """Features of both frames at one level, and the flow so far there → flow at this level."""

    def __init__(self, features: int, config: PWCNetConfig, takes_flow: bool) -> None:
        super().__init__()
        self.radius = config.radius
        self.residual = config.residual
        inputs = features + (2 * config.radius + 1) ** 2 + (2 if takes_flow else 0)
        layers: list[nn.Module] = []
        for outputs in config.decoder:
            layers += [conv3x3(inputs, outputs), nn.LeakyReLU(LEAKY_SLOPE)]
            inputs = outputs
        self.main = nn.Sequential(*layers, conv3x3(inputs, 2))

    def forward(self, one: Tensor, two: Tensor, flow: Tensor | None) -> Tensor:
        if flow is None:
            return self._predict(torch.cat([one, correlation(one, two, self.radius)], dim=1))
        cost = correlation(one, backwarp(two, flow), self.radius)  # (B, (2r+1)², h, w)
        found = self._predict(torch.cat([one, cost, flow.to(one.dtype)], dim=1))
        return flow + found if self.residual else found

    def _predict(self, known: Tensor) -> Tensor:
        return whole_precision(self.main[-1], self.main[:-1](known))


def unit_features(features: Tensor) -> Tensor:
    """Features less their mean over the picture, with a mean square of 1 a pixel.

    Their correlation is a cosine that tells pixels apart from the first step on; without the
    subtraction, what all pixels share drowns the rest and not even one batch could be learned.
    """
    features = features.float()
    features = features - features.mean((2, 3), keepdim=True)
    return features * (features.square().mean(1, keepdim=True) + 1e-4).rsqrt()


def whole_cells(flow: Tensor, cell: int) -> Tensor:
    """Return the mean of a flow (B, 2, H, W) over cells of `cell` pixels a side, in those units.

    The last cells go beyond the border, as those of convolutions with strides do: a flow that was
    stretched to as many would be too long.
    """
    height, width = size_of(flow)
    filled = functional.pad(flow, (0, -width % cell, 0, -height % cell), mode="replicate")
    return functional.avg_pool2d(filled, cell) / cell


class PWCNet(nn.Module):
    """Flow between two frames, both ways with the same weights."""

    def __init__(self, config: PWCNetConfig) -> None:
        super().__init__()
        self.config = config
        self.finest = config.finest  # in training, levels finer than this may wait
        self.extractor = FeatureExtractor(config.channels)
        coarsest = len(config.channels)
        used = config.channels[config.finest - 1 :]
        if config.shared:
            self.equalise = nn.ModuleList(nn.Conv2d(c, config.shared, 1) for c in used)
            self.decoders = nn.ModuleList([Decoder(config.shared, config, takes_flow=True)])
            return
        self.decoders = nn.ModuleList(
            Decoder(channels, config, takes_flow=level < coarsest)
            for level, channels in enumerate(used, config.finest)
        )

    def start_small(self, spread: float) -> None:
        """Make the decoders predict next to nothing, so that residual ones keep the flow.

        Args:
            spread: standard deviation of the last layer's weights. Not 0 for training: zero flow
                everywhere is a place that is hard to leave.
        """
        for decoder in self.decoders:
            last: nn.Conv2d = decoder.get_submodule("main")[-1]  # type: ignore[index]
            nn.init.normal_(last.weight, std=spread)
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def pass_down(self, level: int) -> None:
        """Let every decoder finer than `level` start as that level's, which has learned.

        Flow and costs mean the same at every level, in its own pixels. Features do not: of those
        the finer ones make nothing at first.
        """
        if self.config.shared:
            return
        learned = self.decoders[level - self.config.finest].state_dict()
        first = learned.pop("main.0.weight")
        known = first[:, self.config.channels[level - 1] :]  # costs and, but at the coarsest, flow
        with torch.no_grad():
            for decoder, features in zip(
                self.decoders[: level - self.config.finest],
                self.config.channels[self.config.finest - 1 :],
                strict=False,
            ):
                decoder.load_state_dict(learned, strict=False)
                own: Tensor = decoder.get_parameter("main.0.weight")
                own.zero_()
                own[:, features : features + known.shape[1]] = known

    def decode(
        self, one: list[Tensor], two: list[Tensor], initial_flow: Tensor | None = None
    ) -> list[Tensor]:
        """Features of two batches of frames → flows from one to two, finest level first.

        `initial_flow` (B, 2, H, W) is where the coarsest level starts from, in pixels at full size.
        """
        start: Tensor | None = None
        flows: list[Tensor] = []
        if self.config.shared:  # its one decoder always takes a flow
            start = torch.zeros_like(one[-1][:, :2], dtype=torch.float32)
            if initial_flow is not None:
                start = whole_cells(initial_flow, 2 ** len(self.config.channels))
        for level in range(len(self.config.channels), self.finest - 1, -1):
            size = size_of(one[level - 1])
            if flows and self.config.residual:
                start = enlarge_flow(flows[0], 2, size)
            elif flows:
                start = resize_flow(flows[0], size)  # as published, at odd sizes, too
            decode = self._decoder(level)
            flows.insert(0, decode(one[level - 1], two[level - 1], start))
        return flows

    def _decoder(self, level: int) -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
        place = level - self.config.finest
        if not self.config.shared:
            return self.decoders[place]
        equalise, decoder = self.equalise[place], self.decoders[0]
        return lambda one, two, flow: decoder(
            unit_features(equalise(one)), unit_features(equalise(two)), flow
        )

    def at_full_size(self, flow: Tensor, size: tuple[int, int]) -> Tensor:
        """Return the finest level's flow at full size: (B, 2, H, W)."""
        return enlarge_flow(flow, 2**self.finest, size)

    def forward(
        self, one: Tensor, two: Tensor, initial_flow: tuple[Tensor, Tensor] | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Flows one → two and two → one at every level, finest first.

        Args:
            one, two: (B, 3, H, W) pictures, normalised as in training.
            initial_flow: (B, 2, H, W) both ways to start from, in pixels; of no use where every
                level has a decoder of its own, as the coarsest one then takes no flow.

        Returns:
            Two lists of (B, 2, H / 2**level, W / 2**level), in pixels of that level.
        """
        features = self.extractor(torch.cat([one, two]))
        swapped = [torch.cat(level.chunk(2)[::-1]) for level in features]
        flows = self.decode(
            features, swapped, None if initial_flow is None else torch.cat(initial_flow)
        )
        return [flow.chunk(2)[0] for flow in flows], [flow.chunk(2)[1] for flow in flows]
