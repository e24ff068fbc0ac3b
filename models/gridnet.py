"""GridNet: rows of one resolution each, columns that pass down first and then up.

Fourure et al., "Residual Conv-Deconv Grid Network for Semantic Segmentation", BMVC 2017, in the
form of Niklaus and Liu, CVPR 2018: bilinear upsampling, parametric rectifiers, no normalisation.
"""

import itertools
from dataclasses import dataclass

import torch.nn.functional as functional
from torch import Tensor, nn

from .layers import PRELU_SLOPE, ResidualHead, conv3x3, size_of, whole_precision


@dataclass(frozen=True)
class GridConfig:
    """Sizes of a grid."""

    rows: tuple[int, ...] = (32, 64, 96)  # channels, from the finest row to the coarsest
    columns: int = 6  # the first half passes down, the second half up


def _rectified_pair(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.PReLU(inputs, PRELU_SLOPE),
        conv3x3(inputs, outputs, stride, bias=False),
        nn.PReLU(outputs, PRELU_SLOPE),
        conv3x3(outputs, outputs, bias=False),
    )


class Lateral(nn.Module):
    """PReLU → conv → PReLU → conv, with a skip: keeps size and channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.main = _rectified_pair(channels, channels)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.main(features)


class Up(nn.Module):
    """Bilinear doubling, then PReLU → conv → PReLU → conv; cropped to an odd size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.main = _rectified_pair(inputs, outputs)

    def forward(self, features: Tensor, size: tuple[int, int]) -> Tensor:
        doubled = functional.interpolate(
            features, scale_factor=2, mode="bilinear", align_corners=False
        )
        return self.main(doubled)[:, :, : size[0], : size[1]]


class Grid(nn.Module):
    """The grid without its head: one input a row (rows after the first may have none)."""

    def __init__(self, config: GridConfig) -> None:
        super().__init__()
        rows, columns = config.rows, config.columns
        self.rows = len(rows)
        self.down_columns = range(columns // 2)
        self.up_columns = range(columns // 2, columns)
        steps = list(itertools.pairwise(rows))
        self.lateral = nn.ModuleDict(
            {f"{row}_{column}": Lateral(channels)
             for row, channels in enumerate(rows) for column in range(1, columns)}
        )  # fmt: skip
        self.down = nn.ModuleDict(
            {f"{row}_{column}": _rectified_pair(finer, coarser, stride=2)
             for row, (finer, coarser) in enumerate(steps) for column in self.down_columns}
        )  # fmt: skip
        self.up = nn.ModuleDict(
            {f"{row}_{column}": Up(coarser, finer)
             for row, (finer, coarser) in enumerate(steps) for column in self.up_columns}
        )  # fmt: skip

    def hand_on(self, channels: slice) -> None:
        """Make the finest row hand these channels on as they come: where training starts from."""
        for name, block in [*self.lateral.items(), *self.up.items()]:
            if name.startswith("0_"):
                last: nn.Conv2d = block.get_submodule("main")[-1]  # type: ignore[index]
                nn.init.zeros_(last.weight[channels])

    def forward(self, *inputs: Tensor) -> Tensor:
        """Rows' inputs, finest first (B, rows[r], H / 2**r, W / 2**r) → the finest row's output."""
        state = self._first_column(list(inputs))
        for column in self.down_columns[1:]:
            for row, features in enumerate(state):
                state[row] = self.lateral[f"{row}_{column}"](features)
                if row:
                    state[row] = state[row] + self.down[f"{row - 1}_{column}"](state[row - 1])
        for column in self.up_columns:
            for row in reversed(range(len(state))):
                state[row] = self.lateral[f"{row}_{column}"](state[row])
                if row + 1 < len(state):
                    doubled = self.up[f"{row}_{column}"](state[row + 1], size_of(state[row]))
                    state[row] = state[row] + doubled
        return state[0]

    def _first_column(self, inputs: list[Tensor]) -> list[Tensor]:
        """Return the rows' inputs, each with what comes down from the row above."""
        state = inputs[:1]
        for row in range(1, self.rows):
            below = self.down[f"{row - 1}_0"](state[row - 1])
            state.append(inputs[row] + below if row < len(inputs) else below)
        return state


class GridNet(nn.Module):
    """Grid and head: what the frame in between is made with."""

    def __init__(self, config: GridConfig, outputs: int = 3) -> None:
        super().__init__()
        self.grid = Grid(config)
        self.head = ResidualHead(config.rows[0], config.rows[0], outputs)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Rows' inputs, finest first → (B, outputs, H, W) at the finest row's size."""
        return whole_precision(self.head, self.grid(*inputs))
