"""Several opinions about motion, and one picture made of them.

Flows that were found in different ways rarely fail at the same place. Where one is wrong, the two
frames sampled along it differ, so each opinion counts as much as its two frames agree around a
pixel. Where no flow is right, all of them count alike, and their mean errs least.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .layers import resize, size_of

AROUND = 3  # pixels at half size over which the disagreement is averaged
ALIKE = 0.02  # a disagreement (0..1) below which opinions count nearly alike
SHARPNESS = 1.5  # how fast trust falls with the disagreement: as its power


@dataclass(frozen=True)
class Opinion:
    """Both frames (B, 3, H, W), in 0..1, as they look at time t by one flow."""

    one: Tensor
    two: Tensor

    def blend(self, t: Tensor | float) -> Tensor:
        """The mean of both, weighted (1 − t) : t."""
        return (1 - t) * self.one + t * self.two

    def disagreement(self) -> Tensor:
        """How much the two frames differ around each pixel, at half size: (B, 1, H/2, W/2)."""
        difference = functional.avg_pool2d((self.one - self.two).abs().mean(1, keepdim=True), 2)
        sides = (AROUND,) * 4
        padded = functional.pad(difference, sides, mode="replicate")
        return functional.avg_pool2d(padded, 2 * AROUND + 1, 1)


def agreed(opinions: Sequence[Opinion], t: Tensor | float) -> Tensor:
    """The picture at time t, (B, 3, H, W): the mean of the opinions, each as it is trusted.

    That is (its disagreement + `ALIKE`) ** −`SHARPNESS`; the two were chosen on training clips.
    """
    doubt = torch.cat([opinion.disagreement() for opinion in opinions], 1)
    trust = (doubt + ALIKE) ** -SHARPNESS
    shares = resize(trust / trust.sum(1, keepdim=True), size_of(opinions[0].one))
    blended = torch.zeros_like(opinions[0].one)
    for share, opinion in zip(shares.chunk(len(opinions), 1), opinions, strict=True):
        blended = torch.addcmul(blended, share, opinion.blend(t))
    return blended
