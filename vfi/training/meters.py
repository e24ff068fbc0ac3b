"""Means of what the steps of a run report."""

import time

from torch import Tensor, stack


def mean_terms(found: list[dict[str, Tensor]]) -> dict[str, float]:
    """Return the mean of every number over the batches that have it."""
    values: dict[str, list[Tensor]] = {}
    for terms in found:
        for name, value in terms.items():
            values.setdefault(name, []).append(value.float())
    return {name: float(stack(each).mean()) for name, each in values.items()}


class RunningMeans:
    """Means of numbers by name; a name that is not in every step counts where it is."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._steps = 0
        self.restart_clock()

    def restart_clock(self) -> None:
        """Leave out the time since the last step."""
        self._since = time.monotonic()

    def add(self, numbers: dict[str, float]) -> None:
        """Add the numbers of a step."""
        self._steps += 1
        for name, value in numbers.items():
            self._values.setdefault(name, []).append(value)

    def take(self) -> tuple[dict[str, float], float]:
        """Return the means since the last call, with the pace; and the seconds they took."""
        seconds = time.monotonic() - self._since
        means = {name: sum(values) / len(values) for name, values in self._values.items()}
        means["steps_per_second"] = self._steps / max(seconds, 1e-9)
        self._values, self._steps = {}, 0
        self.restart_clock()
        return means, seconds
