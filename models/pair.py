"""What a network keeps of two frames, to make any frame between them."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Pair:
    """All that depends on the pair and not on t.

    Flows are (B, 2, H, W) in pixels at full size. `metric_*` (B, 1, h, w) is an error: the
    splatting weight is exp(−metric). Features are one tensor a level, finest first.
    """

    flow_01: Tensor
    flow_10: Tensor
    metric_one: Tensor
    metric_two: Tensor
    features_one: list[Tensor]
    features_two: list[Tensor]


@dataclass(frozen=True)
class PicturePair(Pair):
    """A pair, with its pictures (B, 3, H, W) in 0..1."""

    one: Tensor
    two: Tensor
