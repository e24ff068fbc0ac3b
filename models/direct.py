"""The classical method, with nothing learned: DIS flow, three candidates, fused.

Z = −α · photometric error, as in Niklaus and Liu, CVPR 2020, section 3.2, with a fixed α. The
pictures are seen along the splatted flow, along the flow as it stands, and at rest; each of these
counts as much as its two pictures agree (see `fusion.py`).
"""

from dataclasses import dataclass

from torch import Tensor

from .fusion import Candidate, at_rest, candidates_of, classical_pair, fuse
from .need import Need
from .network import Flows, InterpolationNetwork, Synthesis
from .pair import PicturePair


@dataclass(frozen=True)
class DirectConfig:
    """`alpha`: how strongly the photometric error (0..1) counts in the metric."""

    alpha: float = 5.0


class Direct(InterpolationNetwork):
    """Two pictures (B, 3, H, W), RGB in 0..1, flows both ways and t → the picture in between."""

    need = Need(pair=190, prepared=145)
    initial_flow_kind = "dis"
    needs_weights = False

    def __init__(self, config: DirectConfig) -> None:
        super().__init__(size_multiple=2)
        self.alpha = config.alpha

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> PicturePair:
        assert initial_flow is not None
        return classical_pair(one, two, initial_flow, self.alpha)

    def candidates(self, pair: PicturePair, t: Tensor | float) -> list[Candidate]:
        """Both frames at `t` by DIS flow, projected and crossed, and at rest."""
        return [*candidates_of(pair, t, "DIS flow"), at_rest(pair)]

    def explain(self, pair: PicturePair, t: Tensor | float) -> Synthesis:
        candidates = self.candidates(pair, t)
        return Synthesis(fuse(candidates, t), candidates[0].blend(t))
