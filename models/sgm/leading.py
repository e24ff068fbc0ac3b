"""A classical flow led by global matches where it is wrong.

The idea of sparse global matching (Liu et al., CVPR 2024) at work in our own pipeline: DIS looks
near where it starts, so motion that is larger than corners could be tracked through is lost. Where
the flow's pictures do not fit, points are matched anywhere in the other picture by learned
features, the pyramid of a flow network; what is mutual, fits better than the flow did and agrees
with its neighbours corrects the flow, and DIS starts anew from there. What it finds around the
corrections is taken where it fits better, the rest stays. Nothing is matched for a time t: the
flows serve every t.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from ..dis import dis_flows
from ..importance import photometric_error
from ..layers import averaged, reduced_size, resize, resize_flow, size_of
from ..motion import normalised
from ..network import Flows
from ..pwcnet import FeatureExtractor, unit_features

CELL = 8  # pixels a side, of the pictures in which points are matched
LEVELS = (2, 3)  # of the pyramid, whose features tell points apart: 1/8 and 1/16
FINER = 4  # pixels a side of a cell in the pictures whose error is looked at: half of them
LIKE = 0.5  # least cosine of a match
RETURN = 1  # cells by which the match back may miss
WRONG = 0.02  # least photometric error (0..1) of a flow that is wrong
BETTER, NO_WORSE = 0.5, 0.9  # at most so much of that error is left by a match, by a correction
FAR = 1.5  # cells by which a match has to differ from the flow
REACH = 4  # cells around a correction in which the new flow is taken
AROUND, FEWEST, SPREAD = 5, 3, 3.0  # cells a side in which so many matches agree within so many


def led_flows(
    one: Tensor, two: Tensor, flows: Flows, extractor: FeatureExtractor, longer_side: int
) -> Flows:
    """Return flows both ways (B, 2, H, W), corrected where global matches show the way.

    Args:
        one: (B, 3, H, W) in 0..1.
        two: The same.
        flows: (B, 2, H, W) both ways in pixels.
        extractor: Of a flow network: whose features tell points apart.
        longer_side: Points are matched in pictures reduced to about that.
    """
    features = matching_features(one, two, extractor, longer_side)
    size = size_of(features)
    small = [averaged(picture, (size[0] * FINER, size[1] * FINER)) for picture in (one, two)]
    corrections = [
        correction(own, other, averaged_flow(flow, size), matches)
        for own, other, flow, matches in zip(
            small, small[::-1], flows, mutual_matches(features), strict=True
        )
    ]
    if type(one) is not Tensor:  # it is there to count or to trace: DIS is not looked into
        return flows
    if not any(bool(found.any()) for found in corrections):
        return flows
    forward, backward = (
        flow + enlarged_flow(found, size_of(one))
        for flow, found in zip(flows, corrections, strict=True)
    )
    started = dis_flows(one, two, start=(forward, backward))
    halves = [functional.avg_pool2d(picture, 2) for picture in (one, two)]
    forward, backward = (
        merged(own, other, flow, new, _around(found))
        for own, other, flow, new, found in zip(
            halves, halves[::-1], flows, started, corrections, strict=True
        )
    )
    return forward, backward


def merged(one: Tensor, two: Tensor, flow: Tensor, new: Tensor, region: Tensor) -> Tensor:
    """Return a flow (B, 2, H, W) that is the new one where that fits better, within a region.

    Args:
        one: (B, 3, H/2, W/2) in 0..1.
        two: The same.
        flow: (B, 2, H, W) from one to two in pixels.
        new: The same.
        region: (B, 1, h, w), 1 in the cells where it may be taken, else 0.
    """

    def error(tried: Tensor) -> Tensor:
        found = photometric_error(one, two, averaged_flow(tried, size_of(one)))
        return functional.avg_pool2d(averaged(found, size_of(region)), 3, 1, 1)

    fits = (error(new) < error(flow)).to(region.dtype)
    return torch.lerp(flow, new, resize(region * fits, size_of(flow)))


def matching_features(
    one: Tensor, two: Tensor, extractor: FeatureExtractor, longer_side: int
) -> Tensor:
    """Return what tells points apart, at unit length: (2·B, C, h, w), all first ones first."""
    both = normalised(one, two)
    levels = extractor(averaged(both, reduced_size(size_of(both), longer_side, 2 * CELL)))
    finest = size_of(levels[LEVELS[0]])
    parts = [resize(unit_features(levels[level]), finest) for level in LEVELS]
    together = torch.cat([functional.normalize(part, dim=1) for part in parts], 1)
    return together / math.sqrt(len(parts))


@dataclass(frozen=True)
class Matches:
    """Where the cells of one picture are in the other."""

    flow: Tensor
    """(B, 2, h, w) in cells."""
    trusted: Tensor
    """bool (B, 1, h, w): whether the other one's cell leads back and is like enough."""


def mutual_matches(features: Tensor) -> tuple[Matches, Matches]:
    """Return the likest cell anywhere in the other picture, both ways.

    Args:
        features: (2·B, C, h, w) of unit length, all first pictures and then all second ones.
    """
    height, width = size_of(features)
    rows, columns = torch.meshgrid(
        torch.arange(height, device=features.device, dtype=torch.float32),
        torch.arange(width, device=features.device, dtype=torch.float32),
        indexing="ij",
    )
    cells = torch.stack([columns, rows], -1).view(-1, 2)
    ways: tuple[list[Matches], list[Matches]] = ([], [])
    for one, two in zip(*features.flatten(2).chunk(2), strict=True):
        likeness = one.T @ two
        found = (likeness.max(1), likeness.max(0))
        for way, own, back in zip(ways, found, found[::-1], strict=True):
            returned = (cells[back.indices[own.indices]] - cells).abs().amax(1) <= RETURN
            trusted = returned & (own.values > LIKE)
            flow = (cells[own.indices] - cells).T
            way.append(Matches(flow.view(2, height, width), trusted.view(1, height, width)))
    first, second = (
        Matches(
            torch.stack([each.flow for each in way]), torch.stack([each.trusted for each in way])
        )
        for way in ways
    )
    return first, second


def correction(one: Tensor, two: Tensor, flow: Tensor, matches: Matches) -> Tensor:
    """Return what is added to a flow where matches show that it is wrong, 0 elsewhere.

    Args:
        one: (B, 3, `FINER` · h, `FINER` · w) in 0..1.
        two: The same.
        flow: (B, 2, h, w) from one to two, in cells.
        matches: Of the cells.

    Returns:
        (B, 2, h, w) in cells.
    """

    def error(tried: Tensor) -> Tensor:
        found = photometric_error(one, two, resize_flow(tried, size_of(one)))
        return functional.avg_pool2d(found, FINER)

    wrong = error(flow)
    offset = matches.flow - flow
    far = (offset.square().sum(1, keepdim=True).sqrt() > FAR) & matches.trusted & (wrong > WRONG)
    matched = error(torch.where(far, matches.flow, flow))
    believed = (far & (matched < BETTER * wrong)).to(flow.dtype)
    count = _summed(believed)
    mean = _summed(offset * believed) / count.clamp(min=1)
    variance = _summed(offset.square() * believed) / count.clamp(min=1) - mean.square()
    agreed = (count >= FEWEST) & (variance.clamp(min=0).sum(1, keepdim=True).sqrt() < SPREAD)
    mean = torch.where(agreed, mean, 0.0)
    return torch.where(error(flow + mean) < NO_WORSE * wrong, mean, 0.0)


def _around(found: Tensor) -> Tensor:
    """Return 1 near every correction, 0 elsewhere: (B, 1, h, w)."""
    corrected = (found != 0).any(1, keepdim=True).to(found.dtype)
    return functional.max_pool2d(corrected, 2 * REACH + 1, 1, REACH)


def _summed(values: Tensor) -> Tensor:
    """Return sums over the neighbourhood of every cell; nothing lies outside."""
    return functional.avg_pool2d(values, AROUND, 1, AROUND // 2) * AROUND**2


def averaged_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Return a flow (B, 2, H, W) averaged to `size`, in cells of it; sides shrink each its way."""
    return averaged(flow, size) / _ratio(size_of(flow), size, flow)


def enlarged_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Return a flow (B, 2, h, w) at `size`, in its pixels."""
    return resize(flow, size) * _ratio(size, size_of(flow), flow)


def _ratio(large: tuple[int, int], small: tuple[int, int], like: Tensor) -> Tensor:
    return like.new_tensor([large[1] / small[1], large[0] / small[0]]).view(1, 2, 1, 1)
