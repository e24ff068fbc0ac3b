"""Candidates for the frame at time t, by a flow both ways, and one picture fused of them.

Along the projected flow (softmax splatting, see `intermediate.py`), things are where they are at
t. Along the cross flow each frame is sampled along the other one's flow at the same pixel, as if
that flow held at t, too: wrong at the edges of what moves, but elsewhere than splatting is.

Flows that were found in different ways rarely fail at the same place. Where one is wrong, the two
frames sampled along it differ, so each candidate counts as much as its two frames are consistent
around a pixel. Where no flow is right, all of them count alike, and their mean errs least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .importance import photometric_error
from .intermediate import WarpedFrames, sample, splat_side, warp_to
from .layers import resize, resize_flow, shrink_flow, size_of
from .pair import PicturePair

AROUND = 3  # pixels at half size over which the inconsistency is averaged
ALIKE = 0.02  # an inconsistency (0..1) below which candidates count nearly alike
SHARPNESS = 1.5  # how fast confidence falls with the inconsistency: as its power


@dataclass(frozen=True)
class Candidate:
    """Both frames (B, 3, H, W), in 0..1, as they look at time t by one flow."""

    one: Tensor
    two: Tensor

    def blend(self, t: Tensor | float) -> Tensor:
        """Return the mean of both, weighted (1 − t) : t."""
        return (1 - t) * self.one + t * self.two

    def inconsistency(self) -> Tensor:
        """Return how much both frames differ around each pixel, at half size: (B, 1, H/2, W/2)."""
        difference = functional.avg_pool2d((self.one - self.two).abs().mean(1, keepdim=True), 2)
        sides = (AROUND,) * 4
        padded = functional.pad(difference, sides, mode="replicate")
        return functional.avg_pool2d(padded, 2 * AROUND + 1, 1)


def fuse(candidates: Sequence[Candidate], t: Tensor | float) -> Tensor:
    """Return the picture at time t, (B, 3, H, W): the candidates' mean, each by its confidence.

    That is (its inconsistency + `ALIKE`) ** −`SHARPNESS`; the two were chosen on training clips.
    """
    inconsistency = torch.cat([candidate.inconsistency() for candidate in candidates], 1)
    confidence = (inconsistency + ALIKE) ** -SHARPNESS
    shares = resize(confidence / confidence.sum(1, keepdim=True), size_of(candidates[0].one))
    fused = torch.zeros_like(candidates[0].one)
    for share, candidate in zip(shares.chunk(len(candidates), 1), candidates, strict=True):
        fused = torch.addcmul(fused, share, candidate.blend(t))
    return fused


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
    size = size_of(pair.one)
    backward, forward = (
        resize_flow(pair.half_10 * t, size),
        resize_flow(pair.half_01 * (1 - t), size),
    )
    return Candidate(sample(pair.one, backward), sample(pair.two, forward))


def candidates_of(pair: PicturePair, t: Tensor | float) -> list[Candidate]:
    """Of one flow: along the projected flow, and along the cross flow."""
    both = along_projected_flow(pair, t)
    return [Candidate(both.one, both.two), along_cross_flow(pair, t)]
