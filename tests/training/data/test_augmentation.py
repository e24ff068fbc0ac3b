"""Colour changes: alike where they have to be, and the target is never the damaged one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.training_clips import texture
from vfi.training.data.augmentation import NO_AUGMENTATION, Augmentation, augment_colours

Frames = list[NDArray[np.uint8]]


def changed(frames: Frames, t: float = 0.5, seed: int = 0, **chances: float) -> Frames:
    augmentation = Augmentation(**{**vars(NO_AUGMENTATION), **chances})
    return augment_colours(frames, t, augmentation, np.random.default_rng(seed))


@pytest.fixture
def frames() -> Frames:
    return [texture(1), texture(1), texture(1)]


def test_nothing_happens_without_chances(frames: Frames) -> None:
    for before, after in zip(frames, changed(frames), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("change", ["shuffle", "recolour"])
def test_all_frames_change_alike(frames: Frames, change: str) -> None:
    one, target, two = changed(frames, seed=2, **{change: 1.0})
    assert not np.array_equal(one, frames[0])
    np.testing.assert_array_equal(one, target)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("change", ["noise", "compress"])
def test_only_inputs_are_damaged(frames: Frames, change: str) -> None:
    one, target, two = changed(frames, seed=2, **{change: 1.0})
    np.testing.assert_array_equal(target, frames[1])
    for damaged in (one, two):
        difference = np.abs(damaged.astype(int) - frames[0]).mean()
        assert 0 < difference < 6


def test_fading_is_even_in_time(frames: Frames) -> None:
    drifts = []
    for seed in range(5):
        one, target, two = (frame.mean() for frame in changed(frames, t=0.25, seed=seed, fade=1.0))
        assert target == pytest.approx(one + 0.25 * (two - one), abs=0.5)  # whole levels
        drifts.append(two - one)
    assert max(drifts) > 0.5
    assert min(drifts) < -0.5


def test_scale_reaches_from_least_to_one() -> None:
    random = np.random.default_rng(0)
    scales = [Augmentation(shrink=1).draw_scale(random, 0.6) for _ in range(200)]
    assert 0.6 <= min(scales) < 0.62
    assert 0.97 < max(scales) <= 1
    assert NO_AUGMENTATION.draw_scale(random, 0.6) == 1


def test_enlarging_reaches_from_one_to_two() -> None:
    random = np.random.default_rng(0)
    scales = [Augmentation(enlarge=1).draw_scale(random, 0.6) for _ in range(200)]
    assert 1 <= min(scales) < 1.03
    assert 1.97 < max(scales) <= 2
