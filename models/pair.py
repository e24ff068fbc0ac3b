"""What a network keeps of two frames, to make any frame between them."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Pair:
    """All that depends on the pair and not on t.

    Flows are (B, 2, H, W) in pixels at full size. `metric_*` (B, 1, h, w) is an error: the
    splatting weight is exp(−metric).
    """

    flow_01: Tensor
    flow_10: Tensor
    metric_one: Tensor
    metric_two: Tensor


@dataclass(frozen=True)
class PicturePair(Pair):
    """A pair with its pictures (B, 3, H, W) in 0..1, and with what is splatted.

    Those are its flows (B, 2, H/2, W/2) at half size, in pixels there. The metrics are of that
    size, too.
    """

    half_01: Tensor
    half_10: Tensor
    one: Tensor
    two: Tensor
