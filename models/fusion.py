"""Candidates for the frame at time t, by a flow both ways, and one picture fused of them.

Along the projected flow (softmax splatting, see `intermediate.py`), things are where they are at
t. Along the cross flow each frame is sampled along the other one's flow at the same pixel, as if
that flow held at t, too: wrong at the edges of what moves, but elsewhere than splatting is.

Flows that were found in different ways rarely fail at the same place. Where one is wrong, the two
frames sampled along it differ, so each candidate counts as much as its two frames are consistent
around a pixel. Where no flow is right, all of them count alike, and their mean errs least.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .importance import photometric_error
from .intermediate import WarpedFrames, each_time, sample_along, splat_side, warp_to
from .layers import averaged, resize, shrink_flow, size_of
from .ops.backends import plain_on_cpu
from .ops.operator import function_at
from .pair import PicturePair

AROUND = 3  # pixels at half size over which the inconsistency is averaged
ALIKE = 0.02  # an inconsistency (0..1) below which candidates count nearly alike
SHARPNESS = 1.5  # how fast confidence falls with the inconsistency: as its power


@dataclass(frozen=True)
class Candidate:
    """Both frames (B, 3, H, W), in 0..1, as they look at time t by one flow."""

    one: Tensor
    two: Tensor
    by: str = ""  # which flow, in words

    def blend(self, t: Tensor | float) -> Tensor:
        """Return the mean of both, weighted (1 − t) : t."""
        return (1 - t) * self.one + t * self.two

    def inconsistency(self) -> Tensor:
        """Return how much both frames differ around each pixel, at half size: (B, 1, H/2, W/2)."""
        if plain_on_cpu(self.one, self.two):
            made: Tensor = function_at("cpu.mixing:difference_at_half")(self.one, self.two, AROUND)
            return made
        difference = functional.avg_pool2d((self.one - self.two).abs().mean(1, keepdim=True), 2)
        sides = (AROUND,) * 4
        padded = functional.pad(difference, sides, mode="replicate")
        return functional.avg_pool2d(padded, 2 * AROUND + 1, 1)


def shares_of(candidates: Sequence[Candidate]) -> Tensor:
    """Return how much each of N candidates counts: (B, N, H/2, W/2), at each pixel 1 in all.

    In proportion to its confidence, (its inconsistency + `ALIKE`) ** −`SHARPNESS`; the two were
    chosen on training clips.
    """
    inconsistency = torch.cat([candidate.inconsistency() for candidate in candidates], 1)
    confidence = (inconsistency + ALIKE) ** -SHARPNESS
    return confidence / confidence.sum(1, keepdim=True)


def fuse(candidates: Sequence[Candidate], t: Tensor | float) -> Tensor:
    """Return the picture at time t, (B, 3, H, W): the candidates' mean, each by its share."""
    shares = shares_of(candidates)
    pictures = [(candidate.one, candidate.two) for candidate in candidates]
    if plain_on_cpu(shares, *itertools.chain(*pictures)):
        mixed: Tensor = function_at("cpu.mixing:mixed")(pictures, shares, each_time(t, len(shares)))
        return mixed
    shares = resize(shares, size_of(candidates[0].one))
    fused = torch.zeros_like(candidates[0].one)
    for share, candidate in zip(shares.chunk(len(candidates), 1), candidates, strict=True):
        fused = torch.addcmul(fused, share, candidate.blend(t))
    return fused


def classical_pair(
    one: Tensor, two: Tensor, flows: tuple[Tensor, Tensor], prior: float
) -> PicturePair:
    """Flows (B, 2, H, W) both ways, and `prior` · photometric error at half size as the metric."""
    size = (one.shape[-2] // 2, one.shape[-1] // 2)
    half_one, half_two = averaged(one, size), averaged(two, size)
    half_01, half_10 = (shrink_flow(flow, size) for flow in flows)
    metric_one = prior * photometric_error(half_one, half_two, half_01)
    metric_two = prior * photometric_error(half_two, half_one, half_10)
    return PicturePair(
        flow_01=flows[0],
        flow_10=flows[1],
        metric_one=metric_one,
        metric_two=metric_two,
        half_01=half_01,
        half_10=half_10,
        one=one,
        two=two,
    )


def along_projected_flow(pair: PicturePair, t: Tensor | float) -> WarpedFrames:
    """Both pictures along the flow that is splatted to time t, at half size."""
    nothing = pair.metric_one[:, :0]
    sides = (
        splat_side(nothing, pair.half_01, pair.metric_one, t),
        splat_side(nothing, pair.half_10, pair.metric_two, 1 - t),
    )
    return warp_to(pair.one, pair.two, sides, t)


def along_cross_flow(pair: PicturePair, t: Tensor | float) -> Candidate:
    """Each picture at time t along the other one's flow, taken at the same pixel."""
    return Candidate(
        sample_along(pair.one, pair.half_10, t), sample_along(pair.two, pair.half_01, 1 - t)
    )


def candidates_of(pair: PicturePair, t: Tensor | float, flow: str = "flow") -> list[Candidate]:
    """Of one flow, called `flow`: along the projected flow, and along the cross flow."""
    both, crossed = along_projected_flow(pair, t), along_cross_flow(pair, t)
    return [
        Candidate(both.one, both.two, f"{flow}, splatted"),
        Candidate(crossed.one, crossed.two, f"{flow}, as it stands"),
    ]


def at_rest(pair: PicturePair) -> Candidate:
    """Both frames as they are."""
    return Candidate(pair.one, pair.two, "at rest")
