"""The fast network: the five parts of SoftSplat at a tenth of the cost.

Flow is decoded residually down to a quarter of the size, from zero or from a coarse flow made
elsewhere; features and Z live at half size and below; the pictures themselves are splatted at full
size and blended, and GridNet, working on pixels folded two by two, adds what the blend lacks. With
its output layer at zero the network *is* the classical method of `direct`: it starts ahead.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .blend import Splatted, splat_pair
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
    size_of,
)
from .ops import softsplat
from .pair import PicturePair
from .pwcnet import PWCNet, PWCNetConfig
from .pyramid import FeaturePyramid, PyramidConfig

MEAN, DEVIATION = 0.5, 0.25  # of a typical picture; fixed, so that features do not depend on a pair
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
        self.size_multiple = 2 ** max(len(config.flow.channels), len(rows))
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
        self.flow.start_at_zero()
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
        error = photometric_error(smaller, swapped, resize_flow(full, half)) * DEVIATION
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

    def splat(self, pair: PicturePair, t: Tensor | float) -> Splatted:
        """Both pictures at time `t`."""
        size = size_of(pair.one)
        metric_one, metric_two = resize(pair.metric_one, size), resize(pair.metric_two, size)
        return splat_pair(pair.one, pair.two, pair.flow_01, pair.flow_10, metric_one, metric_two, t)

    def refine(self, pair: PicturePair, splatted: Splatted) -> Tensor:
        """The blend of the splatted pictures with what GridNet adds: (B, 3, H, W)."""
        rows = [
            warp(inputs)
            for warp, inputs in zip(self.warp, self._row_inputs(pair, splatted), strict=True)
        ]
        unfolded = functional.pixel_shuffle(self.synthesis(*rows), FOLD)  # (B, 4, H, W)
        favour, residual = unfolded[:, :1], unfolded[:, 1:]
        return splatted.blend(favour.float().clamp(-10, 10)) + residual.float() * DEVIATION

    def _row_inputs(self, pair: PicturePair, splatted: Splatted) -> list[Tensor]:
        t = splatted.t
        inputs = []
        flow_one, flow_two = pair.flow_01 * t, pair.flow_10 * (1 - t)
        metric_one, metric_two = pair.metric_one * (2 * t), pair.metric_two * (2 * (1 - t))
        for one, two in zip(pair.features_one, pair.features_two, strict=True):
            size = size_of(one)
            flow_one, flow_two = resize_flow(flow_one, size), resize_flow(flow_two, size)
            metric_one, metric_two = resize(metric_one, size), resize(metric_two, size)
            inputs.append([
                softsplat(torch.cat([one, metric_one.to(one.dtype)], dim=1), flow_one, -metric_one),
                softsplat(torch.cat([two, metric_two.to(two.dtype)], dim=1), flow_two, -metric_two),
            ])  # fmt: skip
        pictures = torch.cat([splatted.one, splatted.two], dim=1)
        folded = functional.pixel_unshuffle((pictures - MEAN) / DEVIATION, FOLD)
        coverage = torch.cat([splatted.coverage_one, splatted.coverage_two], dim=1)
        inputs[0] += [
            folded,
            functional.avg_pool2d(coverage, FOLD),
            torch.ones_like(folded[:, :1]) * t,
        ]
        return [torch.cat(level, dim=1) for level in inputs]

    def synthesise(self, pair: PicturePair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return self.refine(pair, self.splat(pair, t))

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        coarse: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, coarse), t)
