"""Two flows, four candidates: the learned flow, OpenCV's DIS flow, and what they show, fused.

The network's own flow is learned, large in reach and even; DIS is exact on fine texture and small
motion. Both pictures are seen along either splatted flow, along DIS flow as it stands, which errs
elsewhere than where it is splatted, and at rest, as titles are. Each candidate counts as much as it
is consistent (see `fusion.py`). Flow and Z are those of the fast network, whose weights
it starts from; GridNet added nothing to that mean and is left out.

With `matching_side`, DIS flow is led by global matches where it is wrong (see `sgm/leading.py`),
and the smooth motion of tracked corners is a fifth candidate, which errs least where nothing fits:
the model `sgm`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .dis import track_flows
from .fusion import (
    Candidate,
    along_projected_flow,
    at_rest,
    candidates_of,
    classical_pair,
    fuse,
)
from .layers import PRELU_SLOPE, initialise
from .motion import MotionConfig, MotionNetwork, normalised
from .need import Need
from .network import Flows, Synthesis
from .pair import PicturePair
from .sgm.leading import led_flows


@dataclass(frozen=True)
class HybridConfig(MotionConfig):
    """Sizes of the parts."""

    matching_side: int = 0  # of about what pictures points are matched globally; 0: none are


@dataclass(frozen=True)
class HybridPair(PicturePair):
    """A pair with the learned flow, and the same with other flows."""

    second: PicturePair
    smooth: PicturePair | None


class Hybrid(MotionNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, a flow both ways and t → the picture in between.

    The result may leave 0..1 a little; whoever shows it clips it.
    """

    need = Need(pair=270, prepared=145)
    initial_flow_kind = "dis"

    def __init__(self, config: HybridConfig) -> None:
        super().__init__(config, 2 ** max(config.flow.finest, 1))
        self.prior = config.importance.prior
        self.matching_side = config.matching_side
        if config.matching_side:
            self.need = Need(pair=345, prepared=190)
        initialise(self, PRELU_SLOPE)
        self.start_as_classical()

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> HybridPair:
        """Start the learned flow from the initial one, which makes candidates of its own, too."""
        assert initial_flow is not None
        batch = one.shape[0]
        full, half, metric = self.match(normalised(one, two), initial_flow)
        return HybridPair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            half_01=half[:batch],
            half_10=half[batch:],
            one=one,
            two=two,
            second=classical_pair(one, two, self._led(one, two, initial_flow), self.prior),
            smooth=self._smooth(one, two, initial_flow) if self.matching_side else None,
        )

    def _led(self, one: Tensor, two: Tensor, flows: Flows) -> Flows:
        if not self.matching_side:
            return flows
        with torch.no_grad():
            return led_flows(one, two, flows, self.flow.extractor, self.matching_side)

    def _smooth(self, one: Tensor, two: Tensor, flows: Flows) -> PicturePair:
        if type(one) is Tensor:  # others are there to count or to trace: nothing can be tracked
            flows = track_flows(one, two)
        return classical_pair(one, two, flows, self.prior)

    def candidates(self, pair: HybridPair, t: Tensor | float) -> list[Candidate]:
        """Both frames at `t` by its own flow, by DIS flow, projected and crossed, and at rest.

        Before that, along the smooth motion, if it was measured.
        """
        own = along_projected_flow(pair, t)
        candidates = [
            Candidate(own.one, own.two, "learned flow, splatted"),
            *candidates_of(pair.second, t, "led DIS flow" if self.matching_side else "DIS flow"),
        ]
        if pair.smooth is not None:
            smooth = along_projected_flow(pair.smooth, t)
            candidates.append(Candidate(smooth.one, smooth.two, "smooth motion, splatted"))
        return [*candidates, at_rest(pair)]

    def explain(self, pair: HybridPair, t: Tensor | float) -> Synthesis:
        candidates = self.candidates(pair, t)
        return Synthesis(fuse(candidates, t), candidates[0].blend(t))
