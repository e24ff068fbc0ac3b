"""What the blend of both warped pictures lacks: a U-Net over them and their warped contexts."""

import torch
from torch import Tensor, nn

from .local_flow import Motion
from .parts import rectified_conv, scaled_flow, warp, warped_pair


def _down(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(rectified_conv(inputs, outputs, 2), rectified_conv(outputs, outputs))


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, padding=1), nn.PReLU(outputs))


class Context(nn.Module):
    """A picture (B, 3, H, W) → four maps at 1/2 to 1/16, warped to t along its flow."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        before = 3
        for level in range(4):
            self.stages.append(_down(before, width * 2**level))
            before = width * 2**level

    def forward(self, picture: Tensor, flow: Tensor) -> list[Tensor]:
        maps = []
        for stage in self.stages:
            picture, flow = stage(picture), scaled_flow(flow, 0.5)
            maps.append(warp(picture, flow))
        return maps


class Residual(nn.Module):
    """Both pictures and the motion to t → what is added to their blend, (B, 3, H, W) in −1..1."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [2 * width * 2**level for level in range(4)]
        self.context = Context(width)
        self.down = nn.ModuleList(
            _down(before, after)
            for before, after in zip([17, *(2 * w for w in widths)], widths, strict=False)
        )
        self.up = nn.ModuleList(
            _up(4 * after, after) for after in (widths[2], widths[1], widths[0], width)
        )
        self.last = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, one: Tensor, two: Tensor, motion: Motion) -> Tensor:
        contexts = (self.context(one, motion.flow[:, :2]), self.context(two, motion.flow[:, 2:]))
        seen = torch.cat(
            [one, two, *warped_pair(one, two, motion.flow), motion.mask, motion.flow], 1
        )
        sides = [[]] + [[a, b] for a, b in zip(*contexts, strict=True)]
        levels = [seen]
        for down, side in zip(self.down, sides[:-1], strict=True):
            levels.append(down(torch.cat([levels[-1], *side], 1)))
        features = torch.cat([levels[-1], *sides[-1]], 1)
        for up, level in zip(self.up, [*levels[-2:0:-1], None], strict=True):
            features = up(features)
            if level is not None:
                features = torch.cat([features, level], 1)
        return self.last(features).sigmoid() * 2 - 1
