from fractions import Fraction

import pytest

from vfi.timeline.schedule import Between, Hold, Multiply, Source, plan


def times(count, rate=24):
    return [Fraction(i, rate) for i in range(count)], Fraction(count, rate)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_multiply_gives_exactly_n_frames_for_each(factor):
    schedule = plan(*times(5), Multiply(factor))
    assert len(schedule) == len(list(schedule)) == 5 * factor
    for i in range(5):
        assert schedule[i * factor].content == Source(i)
    assert schedule[-1].content == Hold(4)
    assert schedule[1].content == Between(0, 1, Fraction(1, factor))
