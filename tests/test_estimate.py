"""The estimate counts the work, and multiplies it by what a piece of it takes."""

import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from vfi.estimate import count_work, rendering_seconds
from vfi.rendering.render import RenderOptions
from vfi.timeline.retiming import Multiply
from vfi.timeline.schedule import Schedule, plan


def schedule_of(count: int, factor: int, **wishes: Any) -> Schedule:
    times = [Fraction(number, 10) for number in range(count)]
    return plan(times, Fraction(count, 10), Multiply(factor), **wishes)


def test_the_work_is_counted() -> None:
    assert count_work(schedule_of(5, 3)) == (4, 8)
    assert count_work(schedule_of(5, 3, cuts=[2])) == (3, 6)
    assert count_work(schedule_of(5, 3, loop=True)) == (5, 10)
    assert count_work(schedule_of(5, 1)) == (0, 0)
    pairs, betweens = count_work(schedule_of(5, 2), Fraction(180))
    assert pairs == 4
    assert betweens > 4 * 9


class Slow:
    """An interpolator by whose clock a pair takes 5 seconds, and each picture 2."""

    clock = 0.0

    def pair(self, one: np.ndarray, two: np.ndarray) -> "Slow":
        assert not np.array_equal(one, two), "an interpolator may see that nothing moves"
        self.clock += 5
        self.picture = one
        return self

    def at(self, t: Fraction) -> np.ndarray:
        assert 0 < t < 1
        self.clock += 2
        return self.picture


@pytest.mark.parametrize(("size", "ratio"), [((64, 48), 1), ((768, 384), 2), ((768, 768), 4)])
def test_the_time_is_the_work_times_the_area(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], ratio: int
) -> None:
    slow = Slow()
    monkeypatch.setattr(time, "perf_counter", lambda: slow.clock)
    frame = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    options = RenderOptions(still=0)
    found = rendering_seconds(schedule_of(5, 3), slow, frame, options)
    assert found == pytest.approx(ratio * (4 * 5 + 8 * 2))
    assert rendering_seconds(schedule_of(5, 1), slow, frame, options) == 0


def test_the_size_of_the_result_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(time, "perf_counter", lambda: slow.clock)
    frame = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    found = rendering_seconds(schedule_of(2, 2), slow, frame, RenderOptions(768, 384, still=0))
    assert found == pytest.approx(2 * 7)
