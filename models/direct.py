"""The classical method, with nothing learned: DIS flow, three opinions, and their trusted mean.

Z = −α · photometric error, as in Niklaus and Liu, CVPR 2020, section 3.2, with a fixed α. The
pictures are seen along the splatted flow, along the flow as it stands, and at rest; each of these
counts as much as its two pictures agree (see `opinions.py`).
"""

from dataclasses import dataclass

from torch import Tensor, nn

from .layers import same_shape
from .opinions import Opinion, agreed
from .pair import PicturePair
from .views import classical_pair, opinions_of


@dataclass(frozen=True)
class DirectConfig:
    """`alpha`: how strongly the photometric error (0..1) counts in the metric."""

    alpha: float = 5.0


class Direct(nn.Module):
    """Two pictures (B, 3, H, W), RGB in 0..1, flows both ways and t → the picture in between."""

    size_multiple = 2
    takes_flow = "dis"

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
        return classical_pair(one, two, given, self.alpha)

    def synthesise(self, pair: PicturePair, t: Tensor | float) -> Tensor:
        """The frame at time `t` in 0..1, a number or (B, 1, 1, 1), of a prepared pair."""
        return agreed([*opinions_of(pair, t), Opinion(pair.one, pair.two)], t)

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        t: Tensor | float = 0.5,
        given: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        return self.synthesise(self.prepare(one, two, given), t)
