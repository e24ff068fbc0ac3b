"""Both frames splatted to time t, and blended: the classical method, and where synthesis starts."""

from dataclasses import dataclass

from torch import Tensor

from .ops import softsplat

EMPTY = 1e-3  # the weight of the parents' mean: it shows only where hardly anything landed


@dataclass(frozen=True)
class Splatted:
    """Both frames at time t.

    `one`, `two` are (B, 3, H, W) in 0..1, zero where nothing landed; `coverage_*` (B, 1, H, W) is
    how much landed, cut at 1; `parents` is the cross-fade of both frames where they are.
    """

    one: Tensor
    two: Tensor
    coverage_one: Tensor
    coverage_two: Tensor
    parents: Tensor
    t: Tensor | float

    def blend(self) -> Tensor:
        """Return the mean of both where both landed, (1 − t) : t; holes come from the parents."""
        weight_one = (1 - self.t) * self.coverage_one
        weight_two = self.t * self.coverage_two
        total = weight_one + weight_two + EMPTY
        return (weight_one * self.one + weight_two * self.two + EMPTY * self.parents) / total


def splat_pair(
    one: Tensor,
    two: Tensor,
    flow_01: Tensor,
    flow_10: Tensor,
    metric_one: Tensor,
    metric_two: Tensor,
    t: Tensor | float,
) -> Splatted:
    """Splat two pictures (B, 3, H, W) along their flows (B, 2, H, W) to time `t`.

    `t` is a number or (B, 1, 1, 1).

    The metrics (B, 1, H, W) are errors; they count in proportion to how far a frame is moved,
    2t and 2(1 − t), as in the published network.
    """
    splatted_one, coverage_one = softsplat(
        one, flow_01 * t, metric_one * (-2 * t), "soft", return_coverage=True
    )
    splatted_two, coverage_two = softsplat(
        two, flow_10 * (1 - t), metric_two * (-2 * (1 - t)), "soft", return_coverage=True
    )
    return Splatted(
        splatted_one,
        splatted_two,
        coverage_one.clamp(max=1),
        coverage_two.clamp(max=1),
        one + (two - one) * t,
        t,
    )
