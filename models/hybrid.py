"""The fast network with a second opinion: OpenCV's DIS flow, and an arbiter between the two.

The network's own flow is learned, large in reach and even; DIS is exact on fine texture and small
motion. Both are carried to time t, both pictures are sampled along either, and the arbiter weights
the four. All else is the fast network, whose weights it starts from.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor

from .arbiter import Arbiter, ArbiterConfig
from .fast import Fast, FastConfig
from .importance import photometric_error
from .layers import shrink_flow, size_of
from .midway import Blendable, carry, midway
from .pair import PicturePair


@dataclass(frozen=True)
class HybridConfig(FastConfig):
    """Sizes of the fast network and of the arbiter."""

    arbiter: ArbiterConfig = field(default_factory=ArbiterConfig)


@dataclass(frozen=True)
class HybridPair(PicturePair):
    """A pair with the second flow both ways, at half size, and its photometric error as metric."""

    second_01: Tensor
    second_10: Tensor
    second_metric_one: Tensor
    second_metric_two: Tensor


class Hybrid(Fast):
    """Two pictures (B, 3, H, W), RGB in 0..1, a flow both ways and t → the picture in between."""

    takes_flow = True

    def __init__(self, config: HybridConfig) -> None:
        super().__init__(config)
        self.prior = config.importance.prior
        self.arbiter = Arbiter(config.arbiter)

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        given: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> HybridPair:
        """As the fast network; `given` are the flows (B, 2, H, W) both ways of the second opinion.

        Raises:
            ValueError: wrong or different shapes, or no flow given.
        """
        pair = super().prepare(one, two, given, shown)
        assert given is not None
        height, width = size_of(one)
        flows = shrink_flow(torch.cat(given), (height // 2, width // 2))
        pictures = functional.avg_pool2d(torch.cat([one, two]), 2)
        others = torch.cat(pictures.chunk(2)[::-1])
        metrics = self.prior * photometric_error(pictures, others, flows)
        batch = len(one)
        return HybridPair(
            **vars(pair),
            second_01=flows[:batch],
            second_10=flows[batch:],
            second_metric_one=metrics[:batch],
            second_metric_two=metrics[batch:],
        )

    def splat(self, pair: PicturePair, t: Tensor | float) -> tuple[Blendable, list[Tensor]]:
        """Both frames along either flow at time `t`, and what each row of GridNet is given."""
        assert isinstance(pair, HybridPair)
        own, rows = self._carried(pair, t)
        nothing = pair.second_01[:, :0]
        sides = (
            carry(nothing, pair.second_01, pair.second_metric_one, t),
            carry(nothing, pair.second_10, pair.second_metric_two, 1 - t),
        )
        return self.arbiter(own, midway(pair.one, pair.two, sides, t)), rows
