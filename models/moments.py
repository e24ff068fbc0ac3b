"""The moments between two frames that a network makes."""

from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever plans frames imports this, and no PyTorch
    from torch import Tensor

DEEPEST = 10  # halvings of a pair: each is made of the results of the one before


class Moments(Enum):
    """Which t in 0..1 a network makes; the value says it in words."""

    ANY = "any time between them"
    HALVES = "the middle of two frames, and between its own results again: 1/2, 1/4, 3/4, 1/8 …"

    def include(self, t: float | Fraction) -> bool:
        """Tell whether a frame at `t` can be made."""
        return self is Moments.ANY or Fraction(t) * 2**DEEPEST % 1 == 0


def require_middle(t: "Tensor | float") -> None:
    """Raise ValueError unless t is 1/2 throughout: all that a network of `HALVES` makes itself."""
    middle = t == 0.5 if isinstance(t, float | int) else bool((t == 0.5).all())
    if not middle:
        raise ValueError("this network makes the frame at t = 1/2; `run_pair` halves on from there")
