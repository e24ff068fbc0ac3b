"""The classical method, with no synthesis network: flow, Z = −α · photometric error, splat, blend.

Niklaus and Liu, CVPR 2020, section 3.2 with a fixed α. The flow is given: OpenCV's DIS flow, which
needs no weights, or that of a flow network.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from .blend import splat_pair
from .importance import photometric_error
from .layers import same_shape
from .pair import PicturePair


@dataclass(frozen=True)
class DirectConfig:
    """`alpha`: how strongly the photometric error (0..1) counts in the metric."""

    alpha: float = 5.0


class Direct(nn.Module):
    """Two pictures (B, 3, H, W), RGB in 0..1, flows both ways and t → the picture in between."""

    size_multiple = 1
    takes_flow = True

    def __init__(self, config: DirectConfig) -> None:
        super().__init__()
        self.alpha = config.alpha

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        given: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> PicturePair:
        """All that depends on the two frames and not on t; `given` is the flow both ways."""
        same_shape(one, two)
        if given is None:
            raise ValueError("the direct method needs the flow both ways")
        flow_01, flow_10 = given
        return PicturePair(
            flow_01=flow_01,
            flow_10=flow_10,
            metric_one=self.alpha * photometric_error(one, two, flow_01),
            metric_two=self.alpha * photometric_error(two, one, flow_10),
            features_one=[],
            features_two=[],
            one=one,
            two=two,
        )

    def synthesise(self, pair: PicturePair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return splat_pair(
            pair.one,
            pair.two,
            pair.flow_01,
            pair.flow_10,
            pair.metric_one,
            pair.metric_two,
            t,
        ).blend()

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        given: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, given), t)
