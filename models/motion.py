"""What the networks of this project measure of a pair before anything is moved: flow and Z."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as functional
from torch import Tensor

from .importance import Importance, ImportanceConfig, photometric_error
from .layers import averaged, reduced_size, resize, shrink_flow, size_of
from .network import Flows, InterpolationNetwork
from .pwcnet import PWCNet, PWCNetConfig

MEAN, DEVIATION = 0.5, 0.25  # of a typical picture; fixed, so that features do not depend on a pair
FLOW_SPREAD = 0.01  # of the flow decoder's last weights at the start


@dataclass(frozen=True)
class MotionConfig:
    """Sizes of the two parts."""

    longer_side: int = 640  # motion of larger pictures is looked for in them reduced to about this
    flow: PWCNetConfig = field(
        default_factory=lambda: PWCNetConfig(
            channels=(16, 32, 48), decoder=(64, 48, 32), radius=3, finest=2, residual=True
        )
    )
    importance: ImportanceConfig = field(
        default_factory=lambda: ImportanceConfig(picture=6, error=2, rows=(8, 16), prior=5.0)
    )


class MotionNetwork(InterpolationNetwork):
    """PWC-Net both ways, and the importance of every pixel: a base of networks."""

    def __init__(self, config: MotionConfig, multiple: int) -> None:
        super().__init__(multiple)
        self.longer_side = config.longer_side
        self.flow = PWCNet(config.flow)
        self.importance = Importance(config.importance)

    def start_as_classical(self) -> None:
        """Flow close to nothing, and a Z without correction: where learning starts from."""
        self.flow.start_small(FLOW_SPREAD)
        self.importance.head.zero()

    def flow_network(self) -> PWCNet:
        return self.flow

    def normalise(self, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        return (one - MEAN) / DEVIATION, (two - MEAN) / DEVIATION

    def match(
        self, both: Tensor, initial_flow: Flows | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return flow and metric, (2·B, …), of both pictures to the other one.

        The flow at full size and in its pixels, at half size and in its pixels, and the metric at
        half size: (2·B, 2, H, W), (2·B, 2, H/2, W/2), (2·B, 1, H/2, W/2).

        They are measured in pictures of about `longer_side`, nearer to the crops of its training:
        more pixels cost time and gave no better frames.

        `both` (2·B, 3, H, W) is the first pictures and then the second ones, normalised;
        `initial_flow` is where the flow starts from, (B, 2, H, W) both ways.
        """
        size = size_of(both)
        reduced = reduced_size(size, self.longer_side, self.size_multiple)
        if reduced == size:
            return self._match(both, initial_flow)
        ratio = both.new_tensor([size[1] / reduced[1], size[0] / reduced[0]]).view(1, 2, 1, 1)
        if initial_flow is not None:
            start, start_back = (averaged(flow, reduced) / ratio for flow in initial_flow)
            initial_flow = start, start_back
        flow, _, metric = self._match(averaged(both, reduced), initial_flow)
        flow, half = flow * ratio, (size[0] // 2, size[1] // 2)
        return resize(flow, size), resize(flow / 2, half), resize(metric, half)

    def _match(self, both: Tensor, initial_flow: Flows | None) -> tuple[Tensor, Tensor, Tensor]:
        size = size_of(both)
        flows_01, flows_10 = self.flow(*both.chunk(2), initial_flow)
        full = self.flow.at_full_size(torch.cat([flows_01[0], flows_10[0]]).float(), size)
        smaller = functional.avg_pool2d(both, 2)
        swapped = torch.cat(smaller.chunk(2)[::-1])
        half = shrink_flow(full, size_of(smaller))
        error = photometric_error(smaller, swapped, half) * DEVIATION
        return full, half, self.importance(smaller, error).float()


def normalised(one: Tensor, two: Tensor) -> Tensor:
    """Both pictures (B, 3, H, W) in 0..1 as one batch (2·B, 3, H, W), around zero."""
    return (torch.cat([one, two]) - MEAN) / DEVIATION
