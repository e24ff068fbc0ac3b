"""The contract that every network keeps: a pair is prepared once, frames are synthesised at any t.

Whoever runs, trains or measures a network knows this class and no other. A new network is one file
in `models/`, one YAML in `configs/models/` and one row in the registry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from .blend import splat_pair
from .fusion import Candidate
from .layers import require_multiple, resize, same_shape, size_of
from .moments import Moments
from .need import Need
from .padding import Padding
from .pwcnet import PWCNet

Flows = tuple[Tensor, Tensor]  # both ways, (B, 2, H, W) in pixels


@dataclass(frozen=True)
class Synthesis:
    """What a network makes at time t: pictures (B, 3, H, W) in 0..1.

    `blend` is the mean of its own two warped pictures, by which flow and Z learn; `baseline` what
    comes of the same candidates without anything learned, where there is such a thing.
    """

    frame: Tensor
    blend: Tensor
    baseline: Tensor | None = None


class InterpolationNetwork(nn.Module):
    """Two pictures (B, 3, H, W), RGB in 0..1, and t → the picture in between.

    H and W must be multiples of `size_multiple`. The result may leave 0..1 a little; whoever shows
    it clips it. `run_pair` pads, measures the initial flow, crops, and halves on where the network
    makes the middle alone.
    """

    initial_flow_kind: ClassVar[str] = ""
    """The classical flow that it starts from, a key of `CLASSICAL_FLOWS`; "" for none."""

    needs_weights: ClassVar[bool] = True
    """Whether anything of it is learned."""

    times: ClassVar[Moments] = Moments.ANY
    """Which moments it makes. Where that is `HALVES` it is asked for t = 1/2 alone."""

    need: Need = Need(pair=2000)
    """The memory that it takes; of what nobody has measured more than of what was."""

    has_flow: ClassVar[bool] = True
    """Whether what `prepare` gives is a `Pair`, with flows and metrics."""

    stages: ClassVar[Mapping[str, str]] = {
        "flow": "flow",
        "pyramid": "pyramid",
        "importance": "Z",
        "warp": "synthesis",
        "synthesis": "synthesis",
    }
    """What the time that each of its parts takes is booked on."""

    def __init__(self, size_multiple: int) -> None:
        super().__init__()
        self.size_multiple = size_multiple

    def prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None = None) -> Any:
        """All that depends on the two frames and not on t: a `Pair`.

        Args:
            one, two: (B, 3, H, W) in 0..1.
            initial_flow: (B, 2, H, W) both ways in pixels, of the kind `initial_flow_kind`.

        Raises:
            ValueError: wrong or different shapes, or a flow that is missing or not wanted.
        """
        self.check(one, two, initial_flow)
        return self._prepare(one, two, initial_flow)

    @property
    def padding(self) -> Padding:
        """How pictures of other sizes are filled up for it."""
        return Padding(self.size_multiple)

    def check(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> None:
        """See that the network can take the pictures.

        Raises:
            ValueError: wrong or different shapes, or a flow that is missing or not wanted.
        """
        same_shape(one, two)
        require_multiple(one, self.size_multiple)
        if (initial_flow is not None) != bool(self.initial_flow_kind):
            wants = "needs an initial flow" if self.initial_flow_kind else "takes no initial flow"
            raise ValueError(f"this network {wants}")

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> Any:
        """Return what `prepare` gives, of pictures that were checked."""
        raise NotImplementedError

    def explain(self, pair: Any, t: Tensor | float) -> Synthesis:
        """Return the frame at `t`, a number or (B, 1, 1, 1), of a prepared pair, and its parts."""
        raise NotImplementedError

    def synthesise(self, pair: Any, t: Tensor | float) -> Tensor:
        """Return the frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return self.explain(pair, t).frame

    def candidates(self, pair: Any, t: Tensor | float) -> Sequence[Candidate]:
        """Return what the frame at `t` is fused of by `fuse`, for people to look at.

        None where it is made otherwise, or where the shares are learned.
        """
        return ()

    def carry(self, pair: Any, one: Tensor, two: Tensor, t: float) -> Tensor:
        """Return what else both frames hold, moved to `t` as their colours are: alpha.

        It is splatted along the flow, unless a network has other means.

        Args:
            pair: what `prepare` gave.
            one, two: (B, C, H, W), of the pair's size.
            t: the time, in 0..1.
        """
        size = size_of(pair.flow_01)
        metric_one, metric_two = (
            resize(metric, size).float() for metric in (pair.metric_one, pair.metric_two)
        )
        return splat_pair(one, two, pair.flow_01, pair.flow_10, metric_one, metric_two, t).blend()

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        initial_flow: Flows | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, initial_flow), t)

    # ---- for those who train its flow alone

    def flow_network(self) -> PWCNet | None:
        """Return the PWC-Net in it, if it has one."""
        return None

    def normalise(self, one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures as its flow network takes them."""
        raise NotImplementedError

    def flows(self, one: Tensor, two: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Flows both ways at every level, finest first.

        Raises:
            ValueError: it has no flow network.
        """
        flow = self.flow_network()
        if flow is None:
            raise ValueError("this network has no flow network of its own")
        return flow(*self.normalise(one, two))
