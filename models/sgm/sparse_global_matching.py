"""Sparse global matching, the published architecture to the number, at any t."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as functional
from torch import Tensor

from ..layers import reduced_size, size_of
from ..network import Flows, InterpolationNetwork, Synthesis
from ..pair import Pair
from .global_features import GlobalFeatures
from .local_features import LocalFeatures
from .local_flow import FlowStep, Motion
from .matching import Matched, SparseMatching
from .parts import splat_mean
from .synthesis import Residual

MULTIPLE = 16  # of the U-Net; flow is estimated at multiples of 8
FLOW_MULTIPLE = 8
HALFWAY = 0.5


@dataclass(frozen=True)
class SparseGlobalMatchingConfig:
    """Sizes of the parts; the defaults are the published small network's."""

    globally: bool = True  # whether points are matched globally; else the local branch is all
    width: int = 16  # channels of the local features at full size, doubled with each halving
    blocks: int = 4  # of attention between the pictures
    channels: int = 128  # of the flow steps and of the global features
    layers: int = 6  # of the global features' transformer
    share: float = 0.5  # of all cells that are matched globally
    least_rows: int = 32  # of cells, up to which all are matched
    longer_side: int = 1024  # flow of larger pictures is looked for in them reduced to about this


@dataclass(frozen=True)
class SparseGlobalMatchingPair(Pair):
    """A pair with its pictures (B, 3, H, W) in blue, green, red, and as flow sees them.

    And the features of both, all first ones first, and the motion halfway, which its flows are
    made of.
    """

    one: Tensor
    two: Tensor
    small_one: Tensor
    small_two: Tensor
    features4: Tensor
    features8: Tensor
    global_features: Tensor | None
    halfway: Motion


class SparseGlobalMatching(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, and t → the picture in between."""

    stages: ClassVar[Mapping[str, str]] = {
        "local_features": "pyramid",
        "global_features": "pyramid",
        "steps": "flow",
        "matching": "flow",
        "residual": "synthesis",
    }

    def __init__(self, config: SparseGlobalMatchingConfig) -> None:
        super().__init__(MULTIPLE)
        width, channels = config.width, config.channels
        self.longer_side = config.longer_side
        self.local_features = LocalFeatures(width, config.blocks)
        self.steps = torch.nn.ModuleList(
            [
                FlowStep(7 + 2 * 8 * width, channels, 8),
                FlowStep(18 + 2 * 4 * width, channels, 4),
            ]
        )
        self.global_features = self.matching = None
        if config.globally:
            self.global_features = GlobalFeatures(channels, config.layers)
            self.matching = SparseMatching(8 * width, channels, config.share, config.least_rows)
        self.residual = Residual(2 * width)

    def _prepare(
        self, one: Tensor, two: Tensor, initial_flow: Flows | None
    ) -> SparseGlobalMatchingPair:
        one, two = one.flip(1), two.flip(1)  # to blue, green, red
        size = reduced_size(size_of(one), self.longer_side, FLOW_MULTIPLE)
        small_one, small_two = _resized(one, size), _resized(two, size)
        both = torch.cat([small_one, small_two])
        features4, features8 = self.local_features(both)
        global_features = None if self.global_features is None else self.global_features(both)
        found = (small_one, small_two, features4, features8, global_features)
        halfway = self._motion(found, size_of(one), HALFWAY)
        flow_01, flow_10 = _between(halfway)
        nothing = torch.zeros_like(halfway.mask)
        return SparseGlobalMatchingPair(
            flow_01, flow_10, nothing, nothing, one, two, *found, halfway
        )

    def explain(self, pair: SparseGlobalMatchingPair, t: Tensor | float) -> Synthesis:
        motion = self.motion(pair, t)
        blend = motion.blend(pair.one, pair.two)
        residual = self.residual(pair.one, pair.two, motion)
        return Synthesis((blend + residual).clamp(0, 1).flip(1), blend.flip(1))

    def motion(self, pair: SparseGlobalMatchingPair, t: Tensor | float) -> Motion:
        """Return the flows from `t` to both pictures of a pair, at their full size."""
        if not isinstance(t, Tensor) and t == HALFWAY:
            return pair.halfway
        found = pair.small_one, pair.small_two, pair.features4, pair.features8
        return self._motion((*found, pair.global_features), size_of(pair.one), t)

    def matches(self, pair: SparseGlobalMatchingPair, t: Tensor | float) -> Matched:
        """Return what was matched globally for `t`, in pictures as flow sees them.

        Raises:
            ValueError: this is the local branch alone.
        """
        if self.matching is None:
            raise ValueError("this network matches nothing globally")
        one, two = pair.small_one, pair.small_two
        local = self.steps[0](one, two, t, None, pair.features8)
        found: Matched = self.matching(one, two, local, pair.features8, pair.global_features, t)
        return found

    def _motion(
        self,
        found: tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None],
        size: tuple[int, int],
        t: Tensor | float,
    ) -> Motion:
        one, two, features4, features8, global_features = found
        local = self.steps[0](one, two, t, None, features8)
        if self.matching is not None:
            local = self.matching(one, two, local, features8, global_features, t).motion
        motion: Motion = self.steps[1](one, two, t, local, features4)
        small = size_of(one)
        if small == size:
            return motion
        ratio = one.new_tensor([size[1] / small[1], size[0] / small[0]] * 2).view(1, 4, 1, 1)
        return Motion(
            _resized(motion.flow, size) * ratio, _resized(motion.mask, size), motion.coarse
        )


def _resized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if size_of(picture) == size:
        return picture
    return functional.interpolate(picture, size=size, mode="bilinear", align_corners=False)


def _between(halfway: Motion) -> Flows:
    """Flow from each picture to the other, (B, 2, H, W): that halfway, thrown to both."""
    first, second = halfway.flow[:, :2], halfway.flow[:, 2:]
    return splat_mean(second - first, first), splat_mean(first - second, second)
