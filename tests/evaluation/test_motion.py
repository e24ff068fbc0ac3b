"""Motion statistics as SGM-VFI defines them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.errors import InputError
from vfi.evaluation.motion import Motion, hardest, motion_of


def test_by_hand() -> None:
    flow = np.zeros((10, 10, 2), np.float32)
    flow[0, :6] = (3.0, 4.0)  # 6 of 100 pixels move by 5
    assert motion_of(flow) == Motion(magnitude=pytest.approx(0.3), sufficiency=5.0)
    flow[0, :2] = 0.0  # 4 of 100: less than the share that counts
    assert motion_of(flow).sufficiency == 0.0


def test_sufficiency_is_the_least_of_the_top_5_percent() -> None:
    flow = np.zeros((10, 20, 2), np.float32)
    flow[..., 0] = np.random.default_rng(0).permutation(200).reshape(10, 20)
    assert motion_of(flow).sufficiency == 190.0  # the ten longest are 190 … 199


def test_unknown_pixels_are_left_out() -> None:
    flow = np.full((4, 4, 2), 2.0, np.float32)
    flow[0] = np.nan
    assert motion_of(flow).magnitude == pytest.approx(np.hypot(2, 2))
    with pytest.raises(InputError, match="single known pixel"):
        motion_of(np.full((4, 4, 2), np.nan))


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(0, 999), st.floats(0.1, 20))
def test_statistics_scale_with_the_flow_and_do_not_depend_on_its_direction(
    size, seed, scale
) -> None:
    flow = np.random.default_rng(seed).normal(0, 3, (size, 7, 2))
    turned = np.stack([-flow[..., 1], flow[..., 0]], axis=-1) * scale
    assert motion_of(turned).magnitude == pytest.approx(scale * motion_of(flow).magnitude)
    assert motion_of(turned).sufficiency == pytest.approx(scale * motion_of(flow).sufficiency)


def test_the_harder_half_keeps_its_order() -> None:
    motions = {name: Motion(0.0, s) for name, s in {"a": 3, "b": 9, "c": 1, "d": 7}.items()}
    assert hardest(motions, 0.5) == ["b", "d"]
    assert hardest(motions, 0.01) == ["b"]
    assert hardest(motions, 1.0) == ["a", "b", "c", "d"]
