"""Adaptive separable kernels over classical motion: what SepConv can be on a processor.

Niklaus, Mai and Liu ("Video Frame Interpolation via Adaptive Separable Convolution", ICCV 2017)
look for motion and resample in one: kernels of 51 taps, which a network of 21.7 million weights
predicts for the pictures as they are (see `sepconv.py`). Here both pictures are first brought to
the middle along the classical flow (see `fusion.py`), and small kernels say what is left to do:
they work on how each of the two differs from the mean that `direct` gives, and on the fine detail
of that mean, so that they choose between the two, move what is misplaced by a few pixels, and
sharpen. The kernels are zero at first: training starts from `direct`.

All heavy layers work at 1/4 of the size and below, with channels in multiples of 32 and leaky
rectifiers: that is what processors' bf16 instructions are fast at. Kernels are predicted at half
size. As in the original there is no time: other moments than the middle come from its own results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .fusion import Candidate, candidates_of, classical_pair, fuse
from .layers import conv3x3, initialise, resize, size_of, whole_precision
from .leaky import SLOPE, LeakyGrid, rectified
from .moments import Moments, require_middle
from .motion import DEVIATION, MEAN
from .network import Flows, InterpolationNetwork, Synthesis
from .ops import sepconv
from .pair import PicturePair

FOLD = 4  # the pictures are folded FOLD × FOLD for the network
CANDIDATES = 3  # pairs of pictures that it sees
SOURCES = 3  # what is convolved: both pictures less the mean, and the mean's detail
KERNEL_SCALE = 0.01  # of what the last layer gives, so that no step of the optimiser shakes all
DETAIL = 5  # pixels each way: finer than their mean is detail


@dataclass(frozen=True)
class AdaptiveConfig:
    """Sizes: channels from a quarter of the size down, and the kernels' taps, an odd number."""

    rows: tuple[int, ...] = (64, 96, 128)
    columns: int = 4
    taps: int = 11
    prior: float = 5.0  # Z = −prior · photometric error

    def __post_init__(self) -> None:
        if self.taps < 1 or self.taps % 2 == 0:
            raise ValueError(f"setting 'taps' is an odd number, not {self.taps}")


class Adaptive(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, and a flow both ways → the picture half way."""

    initial_flow_kind = "dis"
    times = Moments.HALVES
    stages: ClassVar[Mapping[str, str]] = {
        "fold": "synthesis",
        "grid": "synthesis",
        "head": "synthesis",
    }

    def __init__(self, config: AdaptiveConfig) -> None:
        rows = config.rows
        super().__init__(FOLD * 2 ** (len(rows) - 1))
        self.prior, self.taps = config.prior, config.taps
        self.fold = nn.Conv2d((1 + 2 * CANDIDATES) * 3 * FOLD**2, rows[0], 1)
        self.grid = LeakyGrid(rows, config.columns)
        kernels = 2 * SOURCES * config.taps * (FOLD // 2) ** 2
        self.head = nn.Sequential(
            conv3x3(rows[0], rows[0]), nn.LeakyReLU(SLOPE), conv3x3(rows[0], kernels)
        )
        initialise(self, SLOPE)
        nn.init.zeros_(self.head[-1].get_parameter("weight"))

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> PicturePair:
        assert initial_flow is not None
        return classical_pair(one, two, initial_flow, self.prior)

    def explain(self, pair: PicturePair, t: Tensor | float) -> Synthesis:
        require_middle(t)
        with torch.no_grad(), torch.autocast(pair.one.device.type, enabled=False):
            candidates = [*candidates_of(pair, 0.5), Candidate(pair.one, pair.two)]
            mean = fuse(candidates, 0.5)
            pictures = [picture for each in candidates for picture in (each.one, each.two)]
            seen = torch.cat([mean - MEAN, *(picture - mean for picture in pictures)], 1)
            sources = [pictures[0] - mean, pictures[1] - mean, _detail(mean)]
        frame = mean
        for source, column, row in zip(sources, *self._kernels(seen), strict=True):
            frame = frame + self._convolved(source, column, row)
        return Synthesis(frame, candidates[0].blend(0.5), mean)

    def _kernels(self, seen: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Columns and rows of the kernels, (B, taps, H/2, W/2) of each source; zero at first."""
        folded = functional.pixel_unshuffle(seen / DEVIATION, FOLD)
        finest = self.fold(folded.contiguous(memory_format=torch.channels_last))
        nothing = finest.new_zeros(())  # coarser rows know what the finest hands down
        features = rectified(self.grid([finest, *[nothing] * (len(self.grid.lateral[0]) - 1)]))  # type: ignore[arg-type]
        found = whole_precision(self.head, features) * KERNEL_SCALE
        kernels = functional.pixel_shuffle(found, FOLD // 2).chunk(2 * SOURCES, 1)
        return list(kernels[:SOURCES]), list(kernels[SOURCES:])

    def _convolved(self, picture: Tensor, column: Tensor, row: Tensor) -> Tensor:
        """Convolve a picture (B, 3, H, W); an impulse is added to columns, so that rows learn."""
        impulse = column.new_zeros(1, self.taps, 1, 1)
        impulse[:, self.taps // 2] = 1
        size = size_of(picture)
        padded = functional.pad(picture, (self.taps // 2,) * 4, mode="replicate")
        return sepconv(padded, resize(column + impulse, size), resize(row, size))


def _detail(picture: Tensor) -> Tensor:
    """Return what of a picture (B, C, H, W) is finer than its mean around each pixel."""
    padded = functional.pad(picture, (DETAIL // 2,) * 4, mode="replicate")
    return picture - functional.avg_pool2d(padded, DETAIL, 1)
