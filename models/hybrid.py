"""Two flows, four opinions: the learned flow, OpenCV's DIS flow, and the mean of what they show.

The network's own flow is learned, large in reach and even; DIS is exact on fine texture and small
motion. Both pictures are seen along either splatted flow, along DIS flow as it stands, which errs
elsewhere than where it is splatted, and at rest, as titles are. Each opinion counts as much as it
is at one with itself (see `opinions.py`). Flow and Z are those of the fast network, whose weights
it starts from; GridNet added nothing to that mean and is left out.
"""

from dataclasses import dataclass

from torch import Tensor

from .layers import PRELU_SLOPE, initialise
from .matching import Matching, MatchingConfig, normalised
from .opinions import Opinion, agreed
from .pair import PicturePair
from .views import classical_pair, opinions_of, splatted


@dataclass(frozen=True)
class HybridPair(PicturePair):
    """A pair with the learned flow, and the same with the second flow."""

    second: PicturePair


class Hybrid(Matching):
    """Two pictures (B, 3, H, W), RGB in 0..1, a flow both ways and t → the picture in between.

    The result may leave 0..1 a little; whoever shows it clips it.
    """

    takes_flow = "dis"

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
            given: flows (B, 2, H, W) both ways: the second opinion, and at the coarsest level where
                the learned flow starts from.
            shown: height and width of what is no padding; makes no difference here.

        Raises:
            ValueError: wrong or different shapes, or no flow given.
        """
        self.check(one, two, given)
        assert given is not None
        batch = one.shape[0]
        full, half, metric = self.match(normalised(one, two), given)
        return HybridPair(
            flow_01=full[:batch],
            flow_10=full[batch:],
            metric_one=metric[:batch],
            metric_two=metric[batch:],
            features_one=[],
            features_two=[],
            half_01=half[:batch],
            half_10=half[batch:],
            one=one,
            two=two,
            second=classical_pair(one, two, given, self.prior),
        )

    def opinions(self, pair: HybridPair, t: Tensor | float) -> list[Opinion]:
        """Both frames at time `t` by its own flow, by DIS flow, by that unsplatted, and at rest."""
        own = splatted(pair, t)
        return [
            Opinion(own.one, own.two),
            *opinions_of(pair.second, t),
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
