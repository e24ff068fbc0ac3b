"""The fast network: the five parts of SoftSplat at a tenth of the cost.

Flow starts from the smooth motion of tracked corners (see `tracks.py`) and is decoded residually
down to a quarter of the size. At half size and below, features, flow and Z are splatted to time t;
the pictures are sampled along the splatted flow at full size (see `intermediate.py`). What they
show, what they show along the smooth motion, and at rest, are three candidates, each of which
counts as much as it is consistent (see `fusion.py`). GridNet, working on pixels folded two by two,
adds what their mean lacks. Its output layer and that of Z's correction start at zero, and the flow
decoder's close to it: at first the network is nearly the classical method, and learns what that
lacks.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .fusion import Candidate, along_projected_flow, at_rest, classical_pair, fuse
from .gridnet import GridConfig, GridNet
from .intermediate import WarpedFrames, splat_side, warp_to
from .layers import (
    PRELU_SLOPE,
    ResidualHead,
    initialise,
    resize,
    shrink_flow,
    size_of,
)
from .motion import DEVIATION, MEAN, MotionConfig, MotionNetwork, normalised
from .need import Need
from .network import Flows, Synthesis
from .pair import PicturePair
from .pyramid import FeaturePyramid, PyramidConfig

OUTPUT_SCALE = 0.05  # of the synthesis: at 1, each step of the optimiser shook the whole picture
FOLD = 2  # the pictures are folded FOLD × FOLD for the synthesis


@dataclass(frozen=True)
class FastConfig(MotionConfig):
    """Sizes of the five parts."""

    pyramid: PyramidConfig = field(
        default_factory=lambda: PyramidConfig(channels=(16, 32, 48), first_stride=2)
    )
    synthesis: GridConfig = field(default_factory=lambda: GridConfig(rows=(24, 48, 64), columns=4))


@dataclass(frozen=True)
class FastPair(PicturePair):
    """A pair with the learned flow, and the same with the smooth motion that it starts from.

    Features are one tensor a level, finest first.
    """

    features_one: list[Tensor]
    features_two: list[Tensor]
    smooth: PicturePair


class Fast(MotionNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, a smooth flow both ways and t → the one in between.

    H and W must be multiples of `size_multiple`. The result may leave 0..1 a little; whoever shows
    it clips it.
    """

    need = Need(pair=540, prepared=280)
    initial_flow_kind = "tracks"

    def __init__(self, config: FastConfig) -> None:
        rows = config.synthesis.rows
        super().__init__(config, 2 ** max(config.flow.finest, len(rows)))
        self.prior = config.importance.prior
        self.pyramid = FeaturePyramid(config.pyramid)
        channels = [2 * (features + 1) for features in config.pyramid.channels]
        channels[0] += 2 * 3 * FOLD**2 + 3  # both pictures folded, both coverages, t
        self.warp = nn.ModuleList(
            ResidualHead(before, after, after) for before, after in zip(channels, rows, strict=True)
        )
        self.synthesis = GridNet(config.synthesis, outputs=3 * FOLD**2)
        initialise(self, PRELU_SLOPE)
        self.start_as_classical()
        self.synthesis.head.zero()

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> FastPair:
        """Smooth the initial flow; it is zero where nothing is known."""
        assert initial_flow is not None
        batch = one.shape[0]
        both = normalised(one, two)
        full, half, metric = self.match(both, initial_flow)
        features = self.pyramid(both)
        return FastPair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            features_one=[level[:batch] for level in features],
            features_two=[level[batch:] for level in features],
            half_01=half[:batch],
            half_10=half[batch:],
            one=one,
            two=two,
            smooth=classical_pair(one, two, initial_flow, self.prior),
        )

    def splat(self, pair: FastPair, t: Tensor | float) -> tuple[WarpedFrames, list[Tensor]]:
        """Both pictures at time `t`, and what each row of GridNet is given."""
        rows: list[Tensor] = []
        flow_one, flow_two = pair.half_01, pair.half_10
        metric_one, metric_two = pair.metric_one, pair.metric_two
        both: WarpedFrames | None = None
        for one, two in zip(pair.features_one, pair.features_two, strict=True):
            size = size_of(one)
            flow_one, flow_two = shrink_flow(flow_one, size), shrink_flow(flow_two, size)
            metric_one, metric_two = resize(metric_one, size), resize(metric_two, size)
            side_one = splat_side(one, flow_one, metric_one, t)
            side_two = splat_side(two, flow_two, metric_two, 1 - t)
            row = [side_one.features, side_one.metric, side_two.features, side_two.metric]
            if both is None:  # the finest row sees the pictures, too
                both = warp_to(pair.one, pair.two, (side_one, side_two), t)
                row += self._seen(both)
            rows.append(torch.cat(row, dim=1))
        assert both is not None
        return both, rows

    @staticmethod
    def _seen(both: WarpedFrames) -> list[Tensor]:
        """Both pictures folded, how far each frame covers the view, and the moment."""
        pictures = (torch.cat([both.one, both.two], dim=1) - MEAN) / DEVIATION
        folded = functional.pixel_unshuffle(pictures, FOLD)
        coverages = [side.coverage.clamp(max=1) for side in both.sides]
        return [folded, *coverages, torch.ones_like(folded[:, :1]) * both.t]

    def candidates(self, pair: FastPair, t: Tensor | float) -> list[Candidate]:
        """Both frames at time `t` along its own flow, along the smooth one, and at rest."""
        return self._beside(pair, self.splat(pair, t)[0], t)

    @staticmethod
    def _beside(pair: FastPair, own: WarpedFrames, t: Tensor | float) -> list[Candidate]:
        smooth = along_projected_flow(pair.smooth, t)
        return [
            Candidate(own.one, own.two, "learned flow, splatted"),
            Candidate(smooth.one, smooth.two, "smooth motion, splatted"),
            at_rest(pair),
        ]

    def residual(self, rows: list[Tensor]) -> Tensor:
        """Return what GridNet adds: (B, 3, H, W)."""
        warped = [warp(inputs) for warp, inputs in zip(self.warp, rows, strict=True)]
        found = self.synthesis(*warped).float() * (OUTPUT_SCALE * DEVIATION)
        return functional.pixel_shuffle(found, FOLD)

    def explain(self, pair: FastPair, t: Tensor | float) -> Synthesis:
        own, rows = self.splat(pair, t)
        baseline = fuse(self._beside(pair, own, t), t)
        return Synthesis(baseline + self.residual(rows), own.blend(), baseline)
