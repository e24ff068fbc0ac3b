"""What both frames look like at time t, by a flow both ways: splatted, and as it stands.

Splatted, the flow is carried to where things are at t (see `midway.py`). As it stands, each frame
is sampled along the other one's flow at the same pixel, as if that flow held at t, too: wrong at
the edges of what moves, but elsewhere than splatting is.
"""

import torch
import torch.nn.functional as functional
from torch import Tensor

from .importance import photometric_error
from .layers import resize_flow, shrink_flow, size_of
from .midway import Midway, carry, midway, sample
from .opinions import Opinion
from .pair import PicturePair


def classical_pair(
    one: Tensor, two: Tensor, flows: tuple[Tensor, Tensor], prior: float
) -> PicturePair:
    """Flows (B, 2, H, W) both ways, and `prior` · photometric error at half size as the metric."""
    halves = functional.avg_pool2d(torch.cat([one, two]), 2)
    others = torch.cat(halves.chunk(2)[::-1])
    half = shrink_flow(torch.cat(flows), size_of(halves))
    error = photometric_error(halves, others, half)
    half_01, half_10 = half.chunk(2)
    metric_one, metric_two = (prior * error).chunk(2)
    return PicturePair(
        flow_01=flows[0],
        flow_10=flows[1],
        metric_one=metric_one,
        metric_two=metric_two,
        features_one=[],
        features_two=[],
        half_01=half_01,
        half_10=half_10,
        one=one,
        two=two,
    )


def splatted(pair: PicturePair, t: Tensor | float) -> Midway:
    """Both pictures along the flow that is splatted to time t, at half size."""
    nothing = pair.metric_one[:, :0]
    sides = (
        carry(nothing, pair.half_01, pair.metric_one, t),
        carry(nothing, pair.half_10, pair.metric_two, 1 - t),
    )
    return midway(pair.one, pair.two, sides, t)


def unsplatted(pair: PicturePair, t: Tensor | float) -> Opinion:
    """Each picture at time t along the other one's flow, taken at the same pixel."""
    size = size_of(pair.one)
    backward, forward = (
        resize_flow(pair.half_10 * t, size),
        resize_flow(pair.half_01 * (1 - t), size),
    )
    return Opinion(sample(pair.one, backward), sample(pair.two, forward))


def opinions_of(pair: PicturePair, t: Tensor | float) -> list[Opinion]:
    """Of one flow: splatted, and as it stands."""
    both = splatted(pair, t)
    return [Opinion(both.one, both.two), unsplatted(pair, t)]
