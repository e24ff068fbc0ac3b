"""The fast network: the five parts of SoftSplat at a tenth of the cost.

Flow is decoded residually down to a quarter of the size, from zero or from a coarse flow made
elsewhere. At half size and below, features, flow and Z are splatted to time t; the pictures are
sampled along the splatted flow at full size (see `midway.py`) and averaged, and GridNet, working on
pixels folded two by two, adds what that mean lacks. Its output layer and those of the flow's and
Z's corrections start at zero: at first the network *is* that classical method, and it starts ahead.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .gridnet import GridConfig, GridNet
from .importance import Importance, ImportanceConfig, photometric_error
from .layers import (
    PRELU_SLOPE,
    ResidualHead,
    initialise,
    require_multiple,
    resize,
    resize_flow,
    same_shape,
    shrink_flow,
    size_of,
)
from .midway import Midway, joint_flow, midway
from .ops import softsplat
from .pair import PicturePair
from .pwcnet import PWCNet, PWCNetConfig
from .pyramid import FeaturePyramid, PyramidConfig

MEAN, DEVIATION = 0.5, 0.25  # of a typical picture; fixed, so that features do not depend on a pair
OUTPUT_SCALE = 0.05  # of the synthesis: at 1, each step of the optimiser shook the whole picture
FOLD = 2  # the pictures are folded FOLD × FOLD for the synthesis


@dataclass(frozen=True)
class FastConfig:
    """Sizes of the five parts."""

    flow: PWCNetConfig = field(
        default_factory=lambda: PWCNetConfig(
            channels=(16, 32, 48), decoder=(64, 48, 32), radius=3, finest=2, residual=True
        )
    )
    pyramid: PyramidConfig = field(
        default_factory=lambda: PyramidConfig(channels=(16, 32, 48), first_stride=2)
    )
    importance: ImportanceConfig = field(
        default_factory=lambda: ImportanceConfig(picture=6, error=2, rows=(8, 16), prior=5.0)
    )
    synthesis: GridConfig = field(default_factory=lambda: GridConfig(rows=(24, 48, 64), columns=4))


class Fast(nn.Module):
    """Two pictures (B, 3, H, W), RGB in 0..1, and t → the picture in between.

    H and W must be multiples of `size_multiple`. The result may leave 0..1 a little; whoever shows
    it clips it.
    """

    def __init__(self, config: FastConfig) -> None:
        super().__init__()
        rows = config.synthesis.rows
        self.takes_coarse_flow = config.flow.coarse
        self.size_multiple = 2 ** max(config.flow.finest, len(rows))
        self.flow = PWCNet(config.flow)
        self.pyramid = FeaturePyramid(config.pyramid)
        self.importance = Importance(config.importance)
        channels = [2 * (features + 1) for features in config.pyramid.channels]
        channels[0] += 2 * 3 * FOLD**2 + 3  # both pictures folded, both coverages, t
        self.warp = nn.ModuleList(
            ResidualHead(before, after, after) for before, after in zip(channels, rows, strict=True)
        )
        self.synthesis = GridNet(config.synthesis, outputs=(3 + 1) * FOLD**2)
        initialise(self, PRELU_SLOPE)
        self._start_as_direct()

    def _start_as_direct(self) -> None:
        self.flow.start_small(0.0 if self.takes_coarse_flow else 0.01)
        self.importance.head.zero()
        self.synthesis.head.zero()

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        coarse: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> PicturePair:
        """All that depends on the two frames and not on t.

        Args:
            one, two: (B, 3, H, W) in 0..1.
            coarse: flows (B, 2, H, W) both ways to start from, where `takes_coarse_flow`.
            shown: height and width of what is no padding; makes no difference here.

        Raises:
            ValueError: wrong or different shapes, or a coarse flow missing or not wanted.
        """
        same_shape(one, two)
        require_multiple(one, self.size_multiple)
        if (coarse is not None) != self.takes_coarse_flow:
            wants = "needs a coarse flow" if self.takes_coarse_flow else "takes no coarse flow"
            raise ValueError(f"this network {wants}")
        batch, size = one.shape[0], size_of(one)
        half = (size[0] // 2, size[1] // 2)
        both = (torch.cat([one, two]) - MEAN) / DEVIATION
        flows_01, flows_10 = self.flow(*both.chunk(2), coarse)
        flows = torch.cat([flows_01[0], flows_10[0]]).float()
        start = None if coarse is None else torch.cat(coarse)
        full = self.flow.at_full_size(flows, start, size)
        features = self.pyramid(both)
        smaller = functional.avg_pool2d(both, 2)
        swapped = torch.cat(smaller.chunk(2)[::-1])
        error = photometric_error(smaller, swapped, shrink_flow(full, half)) * DEVIATION
        metric = self.importance(smaller, error).float()
        return PicturePair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            features_one=[level[:batch] for level in features],
            features_two=[level[batch:] for level in features],
            one=one,
            two=two,
        )

    def flows(
        self, one: Tensor, two: Tensor, coarse: tuple[Tensor, Tensor] | None = None
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Flows both ways at every level, finest first: to train flow alone."""
        return self.flow((one - MEAN) / DEVIATION, (two - MEAN) / DEVIATION, coarse)

    def splat(self, pair: PicturePair, t: Tensor | float) -> tuple[Midway, list[Tensor]]:
        """Both pictures at time `t`, and what each row of GridNet is given besides them."""
        rows: list[Tensor] = []
        flow_one, flow_two = pair.flow_01, pair.flow_10
        metric_one, metric_two = pair.metric_one, pair.metric_two
        both: Midway | None = None
        for one, two in zip(pair.features_one, pair.features_two, strict=True):
            size = size_of(one)
            flow_one, flow_two = shrink_flow(flow_one, size), shrink_flow(flow_two, size)
            metric_one, metric_two = resize(metric_one, size), resize(metric_two, size)
            side_one = _splat(one, flow_one, metric_one, t)
            side_two = _splat(two, flow_two, metric_two, 1 - t)
            row = [side_one.features, side_one.metric, side_two.features, side_two.metric]
            if both is None:  # the finest row sees the pictures, too
                both = self._sample(pair, side_one, side_two, t)
                row += self._seen(both, side_one, side_two)
            rows.append(torch.cat(row, dim=1))
        assert both is not None
        return both, rows

    @staticmethod
    def _sample(pair: PicturePair, one: "_Side", two: "_Side", t: Tensor | float) -> Midway:
        flow = joint_flow(
            one.flow, two.flow, (one.metric, two.metric), (one.coverage, two.coverage), t
        )
        return midway(pair.one, pair.two, resize_flow(flow, size_of(pair.one)), t)

    @staticmethod
    def _seen(both: Midway, one: "_Side", two: "_Side") -> list[Tensor]:
        """Both pictures folded, how far each frame covers the view, and the moment."""
        pictures = (torch.cat([both.one, both.two], dim=1) - MEAN) / DEVIATION
        folded = functional.pixel_unshuffle(pictures, FOLD)
        coverages = [one.coverage.clamp(max=1), two.coverage.clamp(max=1)]
        return [folded, *coverages, torch.ones_like(folded[:, :1]) * both.t]

    def refine(self, both: Midway, rows: list[Tensor]) -> Tensor:
        """The mean of both pictures with what GridNet adds: (B, 3, H, W)."""
        warped = [warp(inputs) for warp, inputs in zip(self.warp, rows, strict=True)]
        found = self.synthesis(*warped) * OUTPUT_SCALE
        unfolded = functional.pixel_shuffle(found, FOLD)  # (B, 4, H, W)
        favour, residual = unfolded[:, :1].float(), unfolded[:, 1:].float()
        return both.blend(favour.clamp(-10, 10)) + residual * DEVIATION

    def synthesise(self, pair: PicturePair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return self.refine(*self.splat(pair, t))

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        coarse: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, coarse), t)


@dataclass(frozen=True)
class _Side:
    """One frame at time t, at one level."""

    features: Tensor
    metric: Tensor
    flow: Tensor
    coverage: Tensor


def _splat(features: Tensor, flow: Tensor, metric: Tensor, way: Tensor | float) -> _Side:
    """Carry features, metric and flow the part `way` of the flow."""
    together = torch.cat([features.float(), metric, flow], dim=1)
    carried, coverage = softsplat(
        together, flow * way, metric * (-2 * way), "soft", return_coverage=True
    )
    channels = features.shape[1]
    return _Side(
        carried[:, :channels],
        carried[:, channels : channels + 1],
        carried[:, channels + 1 :],
        coverage,
    )
