"""SoftSplat: flow both ways → pyramid → softmax splatting under Z → GridNet.

Niklaus and Liu, "Softmax Splatting for Video Frame Interpolation", CVPR 2020. This file is the
published architecture to the number: with the published weights it gives the published pictures.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from .blend import splat_pair
from .gridnet import GridConfig, GridNet
from .importance import Importance, ImportanceConfig, photometric_error
from .layers import (
    PRELU_SLOPE,
    ResidualHead,
    initialise,
    resize,
    resize_flow,
    size_of,
)
from .network import Flows, InterpolationNetwork, Synthesis
from .ops import softsplat
from .pair import Pair
from .pwcnet import PWCNet, PWCNetConfig
from .pyramid import FeaturePyramid, PyramidConfig

METRIC_LIMIT = 20.0  # exp(±20) is where the published operator clips
PUBLISHED_EPS = 1e-7  # what it adds to the denominator


@dataclass(frozen=True)
class SoftSplatConfig:
    """Sizes of the five parts."""

    flow: PWCNetConfig = field(default_factory=PWCNetConfig)
    pyramid: PyramidConfig = field(default_factory=PyramidConfig)
    importance: ImportanceConfig = field(default_factory=ImportanceConfig)
    synthesis: GridConfig = field(default_factory=GridConfig)


@dataclass(frozen=True)
class SoftSplatPair(Pair):
    """A pair with its pictures (B, 3, H, W) in 0..1, their mean and deviation (B, 1, 1, 1).

    Features are one tensor a level, finest first.
    """

    features_one: list[Tensor]
    features_two: list[Tensor]
    mean: Tensor
    deviation: Tensor
    one: Tensor
    two: Tensor


class SoftSplat(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, and t → the picture in between; H and W are even.

    Mean and deviation are those of the pictures as they come: of odd ones padded to even sides,
    as the published network has it.
    """

    def __init__(self, config: SoftSplatConfig) -> None:
        super().__init__(size_multiple=2)
        rows = config.synthesis.rows
        self.flow = PWCNet(config.flow)
        self.pyramid = FeaturePyramid(config.pyramid)
        self.importance = Importance(config.importance)
        channels = [3 + config.pyramid.channels[0], *config.pyramid.channels[1:]]
        self.warp = nn.ModuleList(
            ResidualHead(2 * (before + 1), after, after)
            for before, after in zip(channels, rows, strict=True)
        )
        self.synthesis = GridNet(config.synthesis)
        initialise(self, PRELU_SLOPE)
        self._start_as_blend(channels[0] + 1)

    def _start_as_blend(self, side: int) -> None:
        """Start as the mean of both pictures, splatted under the photometric error.

        From a random start the published network takes as long to learn what a picture is as this
        one to learn what is between two: its output is no correction of anything. The first
        channels of GridNet's finest row hold the picture at first; nothing keeps them to that.

        Args:
            side: channels of what is splatted from one frame at full size.
        """
        self.importance.start_as_error()
        colours = range(3)
        first: ResidualHead = self.warp[0]  # type: ignore[assignment]
        first.select([[(colour, 0.5), (side + colour, 0.5)] for colour in colours])
        self.synthesis.grid.hand_on(slice(0, 3))
        self.synthesis.head.select([[(colour, 1.0)] for colour in colours])

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> SoftSplatPair:
        pictures = one, two
        one, two, mean, deviation = _normalised(one, two)
        size = size_of(one)
        flows_01, flows_10 = self.flow(one, two)
        flow_01, flow_10 = resize_flow(flows_01[0], size), resize_flow(flows_10[0], size)
        first, *features_one = self.pyramid(one)
        features_one.insert(0, torch.cat([one, first], dim=1))
        first, *features_two = self.pyramid(two)
        features_two.insert(0, torch.cat([two, first], dim=1))
        error_one = photometric_error(features_one[0], features_two[0], flow_01)
        error_two = photometric_error(features_two[0], features_one[0], flow_10)
        return SoftSplatPair(
            flow_01=flow_01,
            flow_10=flow_10,
            metric_one=self.importance(one, error_one),
            metric_two=self.importance(two, error_two),
            features_one=features_one,
            features_two=features_two,
            mean=mean,
            deviation=deviation,
            one=pictures[0],
            two=pictures[1],
        )

    def flow_network(self) -> PWCNet:
        return self.flow

    def normalise(self, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        one, two, *_ = _normalised(one, two)
        return one, two

    def explain(self, pair: SoftSplatPair, t: Tensor | float) -> Synthesis:
        size = size_of(pair.one)
        metrics = resize(pair.metric_one, size), resize(pair.metric_two, size)
        splatted = splat_pair(pair.one, pair.two, pair.flow_01, pair.flow_10, *metrics, t)
        return Synthesis(self.synthesise(pair, t), splatted.blend())

    def synthesise(self, pair: SoftSplatPair, t: Tensor | float) -> Tensor:
        """Return the frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        warped = []
        flow_one, flow_two = pair.flow_01 * t, pair.flow_10 * (1 - t)
        metric_one, metric_two = pair.metric_one * (2 * t), pair.metric_two * (2 * (1 - t))
        for warp, one, two in zip(self.warp, pair.features_one, pair.features_two, strict=True):
            size = size_of(one)
            flow_one, flow_two = resize_flow(flow_one, size), resize_flow(flow_two, size)
            metric_one, metric_two = resize(metric_one, size), resize(metric_two, size)
            sides = torch.cat(
                [_splat(one, flow_one, metric_one), _splat(two, flow_two, metric_two)], dim=1
            )
            warped.append(warp(sides))
        normalised = self.synthesis(*warped).flip(1)
        return normalised * pair.deviation + pair.mean


def _splat(features: Tensor, flow: Tensor, metric: Tensor) -> Tensor:
    weight = (-metric).clip(-METRIC_LIMIT, METRIC_LIMIT)
    return softsplat(torch.cat([features, metric], dim=1), flow, weight, "soft", eps=PUBLISHED_EPS)


def _normalised(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return both pictures normalised, and the mean and deviation (B, 1, 1, 1) that they had.

    They are blue, green, red (what the published network reads), less the mean of what both show
    and by its standard deviation.
    """
    both = torch.stack([one, two], dim=1).flatten(1)  # (B, 2·3·H·W)
    variance, mean = torch.var_mean(both, dim=1, correction=0)
    mean = mean.view(-1, 1, 1, 1)
    deviation = (variance.sqrt() + 1e-7).view(-1, 1, 1, 1)  # two black frames are a picture too
    first, second = (((frame - mean) / deviation).flip(1) for frame in (one, two))
    return first, second, mean, deviation
