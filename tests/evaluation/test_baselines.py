"""The methods without weights, on a picture that moves by a known amount."""

import numpy as np
import pytest

from tests.helpers import textures
from vfi.errors import InputError, UsageError
from vfi.evaluation import baselines
from vfi.evaluation.metrics import psnr


def texture(shift):
    """A smooth texture `shift` pixels further right."""
    return textures.texture(shift, 96, 96, seed=3)


@pytest.mark.parametrize("name", ["dis", "dis-cross", "minterpolate"])
@pytest.mark.parametrize(("t", "shift"), [(0.5, 4), (0.25, 2), (0.75, 6)])
def test_motion_is_followed_to_t(name, t, shift) -> None:
    inner = np.s_[16:-16, 16:-16]
    made = baselines.baseline(name)(texture(0), texture(8), t)
    assert made.shape == (96, 96, 3)
    assert made.dtype == np.uint8
    blended = baselines.average(texture(0), texture(8), t)
    truth = texture(shift)[inner]
    assert psnr(made[inner], truth) > psnr(blended[inner], truth) + 6


@pytest.mark.parametrize("name", baselines.BASELINES)
def test_the_ends_are_the_pictures_themselves(name) -> None:
    one, two = texture(0), texture(3)
    assert psnr(baselines.BASELINES[name](one, two, 0.0), one) > 50
    assert psnr(baselines.BASELINES[name](one, two, 1.0), two) > 50


@pytest.mark.parametrize("name", baselines.BASELINES)
def test_a_still_picture_stays_still(name) -> None:
    one = texture(0)
    assert np.abs(baselines.BASELINES[name](one, one, 0.3).astype(int) - one).max() <= 3


def test_average_by_hand() -> None:
    one, two = np.full((2, 2, 3), 10, np.uint8), np.full((2, 2, 3), 20, np.uint8)
    assert (baselines.average(one, two, 0.25) == 12).all()  # 12.5 rounds to even
    assert (baselines.average(one, two, 0.75) == 18).all()


def test_what_cannot_be_done_is_said() -> None:
    one = texture(0)
    with pytest.raises(UsageError, match="there are: average, dis"):
        baselines.baseline("rife5")
    with pytest.raises(InputError, match="different sizes"):
        baselines.average(one, one[1:], 0.5)
    with pytest.raises(InputError, match="uint8"):
        baselines.dis(one.astype(np.float32), one.astype(np.float32), 0.5)
    with pytest.raises(UsageError, match="between 0 and 1"):
        baselines.average(one, one, 1.5)
    with pytest.raises(InputError, match="33x33"):
        baselines.minterpolate(one[:20], one[:20], 0.5)
