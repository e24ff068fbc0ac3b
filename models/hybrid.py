"""Two flows, four opinions: the learned flow, OpenCV's DIS flow, and the mean of what they show.

The network's own flow is learned, large in reach and even; DIS is exact on fine texture and small
motion. Both are softmax-splatted to time t and both pictures are sampled along either, and along
DIS flow as it stands, too: it errs elsewhere than where it is splatted, at the edges of what moves.
The fourth opinion is that nothing moves, as titles do not. Each opinion counts as much as it is at
one with itself (see `opinions.py`). Flow and Z are those of the fast network, whose weights it
starts from; GridNet added nothing to that mean and is left out.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .importance import photometric_error
from .layers import PRELU_SLOPE, initialise, resize_flow, shrink_flow, size_of
from .matching import Matching, MatchingConfig, normalised
from .midway import carry, midway, sample
from .opinions import Opinion, agreed
from .pair import PicturePair


@dataclass(frozen=True)
class HybridPair(PicturePair):
    """A pair with the second flow both ways, at half size, and its photometric error as metric."""

    second_01: Tensor
    second_10: Tensor
    second_metric_one: Tensor
    second_metric_two: Tensor


class Hybrid(Matching):
    """Two pictures (B, 3, H, W), RGB in 0..1, a flow both ways and t → the picture in between.

    The result may leave 0..1 a little; whoever shows it clips it.
    """

    takes_flow = True

    def __init__(self, config: MatchingConfig) -> None:
        super().__init__(config, 2 ** max(config.flow.finest, 1))
        self.prior = config.importance.prior
        initialise(self, PRELU_SLOPE)
        self.start_as_classical()

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        given: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> HybridPair:
        """All that depends on the two frames and not on t.

        Args:
            one, two: (B, 3, H, W) in 0..1.
            given: flows (B, 2, H, W) both ways, the second opinion.
            shown: height and width of what is no padding; makes no difference here.

        Raises:
            ValueError: wrong or different shapes, or no flow given.
        """
        self.check(one, two, given)
        assert given is not None
        batch = one.shape[0]
        full, metric = self.match(normalised(one, two))
        pictures = functional.avg_pool2d(torch.cat([one, two]), 2)
        second = shrink_flow(torch.cat(given), size_of(pictures))
        others = torch.cat(pictures.chunk(2)[::-1])
        second_metric = self.prior * photometric_error(pictures, others, second)
        return HybridPair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            features_one=[],
            features_two=[],
            one=one,
            two=two,
            second_01=second[:batch],
            second_10=second[batch:],
            second_metric_one=second_metric[:batch],
            second_metric_two=second_metric[batch:],
        )

    def opinions(self, pair: HybridPair, t: Tensor | float) -> list[Opinion]:
        """Both frames at time `t` by its own flow, by DIS flow, by that unsplatted, and at rest."""
        half = size_of(pair.second_01)
        nothing = pair.second_01[:, :0]
        own = (
            carry(nothing, shrink_flow(pair.flow_01, half), pair.metric_one, t),
            carry(nothing, shrink_flow(pair.flow_10, half), pair.metric_two, 1 - t),
        )
        second = (
            carry(nothing, pair.second_01, pair.second_metric_one, t),
            carry(nothing, pair.second_10, pair.second_metric_two, 1 - t),
        )
        splatted = [midway(pair.one, pair.two, sides, t) for sides in (own, second)]
        return [
            *(Opinion(both.one, both.two) for both in splatted),
            _unsplatted(pair, t),
            Opinion(pair.one, pair.two),
        ]

    def synthesise(self, pair: HybridPair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return agreed(self.opinions(pair, t), t)

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        given: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, given), t)


def _unsplatted(pair: HybridPair, t: Tensor | float) -> Opinion:
    """Each picture at time t along the other one's flow, taken at the same pixel."""
    size = size_of(pair.one)
    return Opinion(
        sample(pair.one, resize_flow(pair.second_10, size) * t),
        sample(pair.two, resize_flow(pair.second_01, size) * (1 - t)),
    )
