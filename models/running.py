"""Running a network on two pictures of any size: padding, initial flow, frames cut to size.

The interpolator, validation, speed and operation counts all run networks by this.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .layers import size_of
from .network import Flows, InterpolationNetwork
from .padding import padded, padded_flows
from .pair import Pair

Stage = Callable[[str], AbstractContextManager[Any]]  # books what is done inside on a name
TRANSFER, FLOW = "transfer", "flow"


def _unbooked(name: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class PreparedPair:
    """Two pictures of `size` (height, width), of which a network keeps `state`, at its padded size.

    Its flows and metrics are of that size, too; `at` gives frames of the pictures' own.
    """

    network: InterpolationNetwork
    state: Pair
    size: tuple[int, int]

    def at(self, t: float) -> Tensor:
        """Return the frame at `t`, (B, 3, H, W)."""
        frame: Tensor = self.network.synthesise(self.state, t)
        return frame[..., : self.size[0], : self.size[1]]

    def flows(self) -> Flows:
        """Flow both ways in pixels, (B, 2, H, W) each."""
        forward, backward = (
            flow[..., : self.size[0], : self.size[1]]
            for flow in (self.state.flow_01, self.state.flow_10)
        )
        return forward, backward


def prepare_pair(
    network: InterpolationNetwork,
    one: Tensor,
    two: Tensor,
    initial_flow: Flows | None = None,
    stage: Stage = _unbooked,
) -> PreparedPair:
    """Prepare two pictures (B, 3, H, W) of any size, on the network's device.

    Args:
        initial_flow: of the pictures, both ways; measured if it is wanted and not there.
        stage: books what is done on "transfer" and "flow".
    """
    multiple = network.size_multiple
    with stage(TRANSFER):
        filled_one, filled_two = (
            padded(picture, multiple).contiguous(memory_format=torch.channels_last)
            for picture in (one, two)
        )
    flows = None
    if network.initial_flow_kind and initial_flow is None:
        with stage(FLOW):
            flows = padded_flows(network.initial_flow_kind, one, two, multiple)
    elif network.initial_flow_kind and initial_flow is not None:
        flows = padded(initial_flow[0], multiple), padded(initial_flow[1], multiple)
    return PreparedPair(network, network.prepare(filled_one, filled_two, flows), size_of(one))


def run_pair(network: InterpolationNetwork, one: Tensor, two: Tensor, t: float = 0.5) -> Tensor:
    """Return the frame at `t` between two pictures (B, 3, H, W) of any size."""
    return prepare_pair(network, one, two).at(t)
