"""Running a network on two pictures of any size, at any t that it can reach.

Padding, initial flow, frames cut to size, and halving on where a network makes the middle alone:
the interpolator, validation, speed and operation counts all run networks by this.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import torch
from torch import Tensor

from .bands import synthesised_in_bands
from .blend import splat_pair
from .fusion import shares_of
from .layers import resize, size_of
from .moments import Moments
from .network import Flows, InterpolationNetwork

Stage = Callable[[str], AbstractContextManager[Any]]  # books what is done inside on a name
TRANSFER, FLOW = "transfer", "flow"


def _unbooked(name: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass
class PreparedPair:
    """Two pictures of `size` (height, width), of which a network keeps `state`, at its padded size.

    Its flows and metrics are of that size, too; `at` gives frames of the pictures' own.
    """

    network: InterpolationNetwork
    state: Any
    size: tuple[int, int]
    rows: int | None = field(default=None, kw_only=True)  # of a band that is made at once

    def at(self, t: float) -> Tensor:
        """Return the frame at `t`, (B, 3, H, W)."""
        if self.rows is None:
            return self._cut(self.network.synthesise(self.state, t))
        return self._cut(synthesised_in_bands(self.network, self.state, t, self.rows))

    def carry(self, one: Tensor, two: Tensor, t: float) -> Tensor:
        """Return what else the pictures hold, (B, C, H, W), moved to `t` as their colours are."""
        filled_one, filled_two = (self.network.padding.fill(each) for each in (one, two))
        return self._cut(self.network.carry(self.state, filled_one, filled_two, t))

    def flows(self) -> Flows:
        """Flow both ways in pixels, (B, 2, H, W) each.

        Raises:
            ValueError: the network has none.
        """
        self._require_flow()
        return self._cut(self.state.flow_01), self._cut(self.state.flow_10)

    def importance(self) -> tuple[Tensor, Tensor]:
        """Return Z of both pictures, (B, 1, H, W) each: the larger, the more a pixel counts.

        Raises:
            ValueError: the network has none.
        """
        self._require_flow()
        metrics = (self.state.metric_one, self.state.metric_two)
        size = size_of(self.state.flow_01)
        one, two = (self._cut(-resize(metric.float(), size)) for metric in metrics)
        return one, two

    def splatted(self, one: Tensor, two: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Return the pictures, (B, C, H, W), each splatted to `t`; 0 where nothing landed.

        Raises:
            ValueError: the network has no flow.
        """
        self._require_flow()
        state, size = self.state, size_of(self.state.flow_01)
        filled_one, filled_two = (self.network.padding.fill(each) for each in (one, two))
        metric_one, metric_two = (
            resize(metric, size).float() for metric in (state.metric_one, state.metric_two)
        )
        made = splat_pair(
            filled_one, filled_two, state.flow_01, state.flow_10, metric_one, metric_two, t
        )
        return self._cut(made.one), self._cut(made.two)

    def candidates(self, t: float) -> list[tuple[str, Tensor, Tensor]]:
        """Return what the frame at `t` is fused of, if it is.

        Each is a name, a picture (B, 3, H, W), and how much it counts where, (B, 1, H, W) in 0..1.
        """
        found = self.network.candidates(self.state, t)
        if not found:
            return []
        shares = resize(shares_of(found), size_of(found[0].one)).chunk(len(found), 1)
        return [
            (each.by, self._cut(each.blend(t)), self._cut(share))
            for each, share in zip(found, shares, strict=True)
        ]

    def _require_flow(self) -> None:
        if not self.network.has_flow:
            raise ValueError("this network has no flow")

    def _cut(self, picture: Tensor) -> Tensor:
        return self.network.padding.cut(picture, self.size)


@dataclass
class HalvedPair(PreparedPair):
    """Two pictures between which a network makes the middle, and so on between its own results.

    The half that was asked for last is kept: moments in their order make every frame once. Several
    threads may ask; they wait for each other.
    """

    one: Tensor
    two: Tensor
    _half: tuple[bool, PreparedPair] | None = field(default=None, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def at(self, t: float) -> Tensor:
        """Return the frame at `t`, a whole number of 1/2^n."""
        with self._lock:
            if t == 0.5:
                return self._middle
            later, rest = _halved(t)
            return self._half_at(later).at(rest)

    def carry(self, one: Tensor, two: Tensor, t: float) -> Tensor:
        middle = super().carry(one, two, 0.5)
        if t == 0.5:
            return middle
        later, rest = _halved(t)
        ends = (middle, two) if later else (one, middle)
        with self._lock:
            return self._half_at(later).carry(*ends, rest)

    @cached_property
    def _middle(self) -> Tensor:
        return super().at(0.5)

    def _half_at(self, later: bool) -> PreparedPair:
        if self._half is None or self._half[0] != later:
            self._half = None  # two at a time would take twice the memory
            middle = self._middle.to(self.one.dtype).clamp(0, 1)
            ends = (middle, self.two) if later else (self.one, middle)
            self._half = later, prepare_pair(self.network, *ends, rows=self.rows)
        return self._half[1]


def _halved(t: float) -> tuple[bool, float]:
    """Tell whether `t` is in the second half, and where in its half."""
    return t > 0.5, 2 * t - (t > 0.5)


def prepare_pair(
    network: InterpolationNetwork,
    one: Tensor,
    two: Tensor,
    initial_flow: Flows | None = None,
    stage: Stage = _unbooked,
    rows: int | None = None,
) -> PreparedPair:
    """Prepare two pictures (B, 3, H, W) of any size, on the network's device.

    Args:
        initial_flow: of the pictures, both ways; measured if it is wanted and not there.
        stage: books what is done on "transfer" and "flow".
        rows: of the bands that frames are made in (see `bands.py`); None makes them whole.
    """
    padding, kind = network.padding, network.initial_flow_kind
    with stage(TRANSFER):
        filled_one, filled_two = (
            padding.fill(picture).contiguous(memory_format=torch.channels_last)
            for picture in (one, two)
        )
    flows = None
    if kind and initial_flow is None:
        with stage(FLOW):
            flows = padding.measure(kind, one, two)
    elif kind and initial_flow is not None:
        flows = padding.fill(initial_flow[0]), padding.fill(initial_flow[1])
    state = network.prepare(filled_one, filled_two, flows)
    if network.times is Moments.HALVES:
        return HalvedPair(network, state, size_of(one), one, two, rows=rows)
    return PreparedPair(network, state, size_of(one), rows=rows)


def run_pair(network: InterpolationNetwork, one: Tensor, two: Tensor, t: float = 0.5) -> Tensor:
    """Return the frame at `t` between two pictures (B, 3, H, W) of any size."""
    return prepare_pair(network, one, two).at(t)
