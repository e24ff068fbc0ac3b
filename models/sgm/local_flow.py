"""Flow from t to both pictures, decoded at one size of features, and the mask between them."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .parts import plane, rectified_conv, scaled, scaled_flow, warped_pair


@dataclass(frozen=True)
class Motion:
    """Flows from t to the first and the second picture (B, 4, H, W) in pixels.

    And the logit of how much the first one counts (B, 1, H, W); `coarse` is what was decoded first,
    at 1/8.
    """

    flow: Tensor
    mask: Tensor
    coarse: Tensor

    def corrected(self, found: Tensor, scale: int) -> "Motion":
        """With what a decoder found, (B, 5, H / scale, W / scale), added."""
        flow = self.flow + scaled_flow(found[:, :4], scale)
        return Motion(flow, self.mask + scaled(found[:, 4:], scale), self.coarse)

    def blend(self, one: Tensor, two: Tensor) -> Tensor:
        """Both pictures along the flows, each as much as the mask says: (B, 3, H, W)."""
        first, second = warped_pair(one, two, self.flow)
        share = self.mask.sigmoid()
        return first * share + second * (1 - share)


class FlowStep(nn.Module):
    """Pictures, the motion so far and features of both at 1/`scale` → (B, 5, h, w)."""

    def __init__(self, inputs: int, channels: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.join = nn.Sequential(
            rectified_conv(inputs, channels), rectified_conv(channels, channels)
        )
        self.refine = nn.Sequential(
            rectified_conv(channels, channels), rectified_conv(channels, channels)
        )
        self.last = rectified_conv(channels, 5)  # rectified, too, as published

    def forward(
        self, one: Tensor, two: Tensor, t: Tensor | float, motion: Motion | None, features: Tensor
    ) -> Motion:
        down = 1 / self.scale
        seen = [one, two]
        if motion is not None:
            seen += [*warped_pair(one, two, motion.flow), motion.mask]
        given = [scaled(torch.cat([*seen, plane(t, one)], 1), down)]
        if motion is not None:
            given.append(scaled_flow(motion.flow, down))
        joined = self.join(torch.cat([*given, *features.chunk(2)], 1))
        found = self.last(joined + self.refine(joined))
        if motion is not None:
            return motion.corrected(found, self.scale)
        coarse = found[:, :4]
        return Motion(scaled_flow(coarse, self.scale), scaled(found[:, 4:], self.scale), coarse)
