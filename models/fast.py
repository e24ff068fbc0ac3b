"""The fast network: the five parts of SoftSplat at a tenth of the cost.

Flow starts from the smooth motion of tracked corners (see `tracks.py`) and is decoded residually
down to a quarter of the size. At half size and below, features, flow and Z are splatted to time t;
the pictures are sampled along the splatted flow at full size (see `midway.py`). What they show,
what they show along the smooth motion, and at rest, are three opinions, each of which counts as
much as it is at one with itself (see `opinions.py`). GridNet, working on pixels folded two by two,
adds what their mean lacks. Its output layer and that of Z's correction start at zero, and the flow
decoder's close to it: at first the network is nearly the classical method, and learns what that
lacks.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .gridnet import GridConfig, GridNet
from .layers import (
    PRELU_SLOPE,
    ResidualHead,
    initialise,
    resize,
    shrink_flow,
    size_of,
)
from .matching import DEVIATION, MEAN, Matching, MatchingConfig, normalised
from .midway import Midway, carry, midway
from .opinions import Opinion, agreed
from .pair import PicturePair
from .pyramid import FeaturePyramid, PyramidConfig
from .views import classical_pair, splatted

OUTPUT_SCALE = 0.05  # of the synthesis: at 1, each step of the optimiser shook the whole picture
FOLD = 2  # the pictures are folded FOLD × FOLD for the synthesis


@dataclass(frozen=True)
class FastConfig(MatchingConfig):
    """Sizes of the five parts."""

    pyramid: PyramidConfig = field(
        default_factory=lambda: PyramidConfig(channels=(16, 32, 48), first_stride=2)
    )
    synthesis: GridConfig = field(default_factory=lambda: GridConfig(rows=(24, 48, 64), columns=4))


@dataclass(frozen=True)
class FastPair(PicturePair):
    """A pair with the learned flow, and the same with the smooth motion that it starts from."""

    smooth: PicturePair


class Fast(Matching):
    """Two pictures (B, 3, H, W), RGB in 0..1, a smooth flow both ways and t → the one in between.

    H and W must be multiples of `size_multiple`. The result may leave 0..1 a little; whoever shows
    it clips it.
    """

    takes_flow = "tracks"

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

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        given: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> FastPair:
        """All that depends on the two frames and not on t.

        Args:
            one, two: (B, 3, H, W) in 0..1.
            given: smooth flows (B, 2, H, W) both ways, zero where nothing is known.
            shown: height and width of what is no padding; makes no difference here.

        Raises:
            ValueError: wrong or different shapes, or no flow given.
        """
        self.check(one, two, given)
        assert given is not None
        batch = one.shape[0]
        both = normalised(one, two)
        full, half, metric = self.match(both, given)
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
            smooth=classical_pair(one, two, given, self.prior),
        )

    def splat(self, pair: FastPair, t: Tensor | float) -> tuple[Midway, list[Tensor]]:
        """Both pictures at time `t`, and what each row of GridNet is given."""
        rows: list[Tensor] = []
        flow_one, flow_two = pair.half_01, pair.half_10
        metric_one, metric_two = pair.metric_one, pair.metric_two
        both: Midway | None = None
        for one, two in zip(pair.features_one, pair.features_two, strict=True):
            size = size_of(one)
            flow_one, flow_two = shrink_flow(flow_one, size), shrink_flow(flow_two, size)
            metric_one, metric_two = resize(metric_one, size), resize(metric_two, size)
            side_one = carry(one, flow_one, metric_one, t)
            side_two = carry(two, flow_two, metric_two, 1 - t)
            row = [side_one.features, side_one.metric, side_two.features, side_two.metric]
            if both is None:  # the finest row sees the pictures, too
                both = midway(pair.one, pair.two, (side_one, side_two), t)
                row += self._seen(both)
            rows.append(torch.cat(row, dim=1))
        assert both is not None
        return both, rows

    @staticmethod
    def _seen(both: Midway) -> list[Tensor]:
        """Both pictures folded, how far each frame covers the view, and the moment."""
        pictures = (torch.cat([both.one, both.two], dim=1) - MEAN) / DEVIATION
        folded = functional.pixel_unshuffle(pictures, FOLD)
        coverages = [side.coverage.clamp(max=1) for side in both.sides]
        return [folded, *coverages, torch.ones_like(folded[:, :1]) * both.t]

    def opinions(self, pair: FastPair, own: Midway, t: Tensor | float) -> list[Opinion]:
        """Both frames at time `t` along its own flow, along the smooth one, and at rest."""
        smooth = splatted(pair.smooth, t)
        return [
            Opinion(own.one, own.two),
            Opinion(smooth.one, smooth.two),
            Opinion(pair.one, pair.two),
        ]

    def residual(self, rows: list[Tensor]) -> Tensor:
        """What GridNet adds: (B, 3, H, W)."""
        warped = [warp(inputs) for warp, inputs in zip(self.warp, rows, strict=True)]
        found = self.synthesis(*warped).float() * (OUTPUT_SCALE * DEVIATION)
        return functional.pixel_shuffle(found, FOLD)

    def synthesise(self, pair: FastPair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        own, rows = self.splat(pair, t)
        return agreed(self.opinions(pair, own, t), t) + self.residual(rows)

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        given: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, given), t)
