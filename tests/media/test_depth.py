"""Which value is white in a sample type, and how samples go from one to another."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vfi.errors import InputError
from vfi.media.depth import converted, full_scale, level_of, peak_of, rescaled, type_for

TYPES = (np.uint8, np.uint16, np.float16, np.float32, np.float64)


def test_white_and_levels() -> None:
    assert [peak_of(kind) for kind in TYPES] == [255, 65535, 1, 1, 1]
    assert [level_of(kind) for kind in TYPES[:3]] == [1, 257, 1 / 255]
    assert [full_scale(bits) for bits in (8, 10, 12, 16)] == [255, 1023, 4095, 65535]
    assert [type_for(bits) for bits in (8, 9, 16)] == [np.uint8, np.uint16, np.uint16]


@pytest.mark.parametrize("kind", [np.int32, np.bool_, np.uint32, np.complex64])
def test_types_that_hold_no_samples(kind: Any) -> None:
    for refused in (lambda: peak_of(kind), lambda: converted(np.zeros(2, kind), np.uint8)):
        with pytest.raises(InputError, match="uint8, uint16 or float is needed, not "):
            refused()


@pytest.mark.parametrize("source", TYPES)
@pytest.mark.parametrize("target", TYPES)
def test_black_and_white_stay_so(source: Any, target: Any) -> None:
    ends = np.array([0, peak_of(source)], source)
    there = converted(ends, target)
    assert there.dtype == target
    assert there.tolist() == [0, peak_of(target)]


@pytest.mark.parametrize("deeper", [np.uint16, np.float32, np.float64])
def test_eight_bits_survive_every_deeper_type(deeper: Any) -> None:
    every = np.arange(256, dtype=np.uint8)
    assert converted(converted(every, deeper), np.uint8).tolist() == every.tolist()


def test_sixteen_bits_survive_float32() -> None:
    every = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(converted(converted(every, np.float32), np.uint16), every)


@given(
    arrays.arrays(np.uint16, 8),
    st.sampled_from([255, 1023, 4095, 65535]),
    st.sampled_from([255, 1023, 65535]),
)
def test_rescaling_is_to_nearest(samples: np.ndarray, top: int, target: int) -> None:
    there = rescaled(samples, top, target)
    for sample, scaled in zip(samples.tolist(), there.tolist(), strict=True):
        assert abs(Fraction(sample * target, top) - scaled) <= Fraction(1, 2)


def test_floats_outside_are_clipped_and_what_is_no_number_is_black() -> None:
    values = np.array([-0.1, 0.5, 1.2, np.nan, np.inf, -np.inf])
    assert converted(values, np.uint8).tolist() == [0, 128, 255, 0, 255, 0]
    assert converted(values[:3], np.float32).tolist() == values[:3].astype(np.float32).tolist()
