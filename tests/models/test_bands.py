"""Frames made in bands are those made whole."""

import numpy as np
import pytest
import torch

from vfi.interpolator import Interpolator
from vfi.models.bands import ALIGNED, AROUND, halo
from vfi.models.need import Need


@pytest.mark.parametrize("model", ["direct", "hybrid", "sgm", "fast"])
def test_bands_are_the_whole_to_a_level(model: str) -> None:
    rng = np.random.default_rng(3)
    grain = np.kron(rng.integers(0, 256, (76, 12, 3)), np.ones((8, 8, 1), int)).astype(np.uint8)
    one, two = grain, np.roll(grain, (20, 3), (0, 1))
    whole = Interpolator(model)
    assert whole.network.need.prepared, "it is said to be made in bands"
    made = [each(one, two, 0.4).astype(int) for each in (whole, whole.bounded(1, 64))]
    assert np.abs(made[0] - made[1]).max() <= 1
    assert (made[0] != made[1]).mean() < 1e-3


def test_what_may_move_into_a_band_lies_around_it() -> None:
    pair = Interpolator("direct").network
    flow = torch.zeros(1, 2, 64, 64)
    flow[0, 1, 3, 5] = -33.5
    still = torch.zeros(1, 2, 64, 64)
    prepared = pair.prepare(torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64), (still, flow))
    assert halo(prepared) == -(-(AROUND + 34) // ALIGNED) * ALIGNED


def test_a_band_takes_less_than_the_whole_but_never_more() -> None:
    need = Need(pair=200, prepared=100)
    assert need.pair_of(100, 10_000, 256) < need.pair_of(100, 10_000) == 200 * 100 * 10_000
    assert need.pair_of(100, 200, 256) == need.pair_of(100, 200)
    assert Need(pair=200).pair_of(100, 10_000, 256) == 200 * 100 * 10_000
