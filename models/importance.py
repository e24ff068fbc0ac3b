"""The importance metric Z: which source pixel wins where several land on one target.

Niklaus and Liu, CVPR 2020, section 3.2: a small network refines the brightness constancy error
(equation 15), since a pixel whose partner looks different is probably being covered. Here the
metric is an error: the splatting weight is exp(−metric).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .gridnet import Grid, GridConfig
from .layers import ResidualHead, conv3x3
from .ops import backwarp
from .ops.backends import plain_on_cpu
from .ops.operator import function_at


@dataclass(frozen=True)
class ImportanceConfig:
    """Sizes of the importance network."""

    picture: int = 12  # channels made from the picture
    error: int = 4  # channels made from the photometric error
    rows: tuple[int, ...] = (16, 32, 64, 96)
    prior: float = 0.0  # the metric is prior · error + what the network adds


def photometric_error(one: Tensor, two: Tensor, flow: Tensor) -> Tensor:
    """Mean over channels of |one − two warped back by the flow from one|: (B, 1, H, W)."""
    if plain_on_cpu(one, two, flow):
        error: Tensor = function_at("cpu.mixing:photometric_error")(one, two, flow)
        return error
    return (one - backwarp(two, flow)).abs().mean(dim=1, keepdim=True)


class Importance(nn.Module):
    """Picture (B, 3, H, W) and photometric error (B, 1, H, W) → metric (B, 1, H, W)."""

    def __init__(self, config: ImportanceConfig) -> None:
        super().__init__()
        self.prior = config.prior
        self.picture = conv3x3(3, config.picture, bias=False)
        self.error = conv3x3(1, config.error, bias=False)
        self.grid = Grid(GridConfig(rows=config.rows, columns=2))
        self.head = ResidualHead(config.rows[0], config.rows[0], 1)

    def start_as_error(self) -> None:
        """Make the metric the photometric error itself: where training starts from."""
        first = self.picture.out_channels  # the error comes after what is made of the picture
        nn.init.dirac_(self.error.weight)
        self.grid.hand_on(slice(first, first + 1))
        self.head.select([[(first, 1.0)]])

    def forward(self, picture: Tensor, error: Tensor) -> Tensor:
        features = torch.cat([self.picture(picture), self.error(error)], dim=1)
        learned = self.head(self.grid(features))
        return learned + self.prior * error if self.prior else learned
