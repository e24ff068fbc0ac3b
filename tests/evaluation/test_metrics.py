"""Metrics against scikit-image, SciPy and pencil and paper."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from vfi.errors import InputError
from vfi.evaluation import metrics


def noisy_pair(seed=0, shape=(31, 45, 3), amount=25):
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 200, shape[1])[None, :, None] + np.zeros(shape)
    truth = (ramp + rng.integers(0, 56, shape)).astype(np.uint8)
    moved = np.clip(truth + rng.integers(-amount, amount + 1, shape), 0, 255).astype(np.uint8)
    return moved, truth


@pytest.mark.parametrize("seed", range(3))
def test_psnr_and_both_ssim_are_those_of_scikit_image(seed) -> None:
    result, truth = noisy_pair(seed)
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = peak_signal_noise_ratio(truth, result, data_range=255)
    assert metrics.psnr(result, truth) == pytest.approx(expected, abs=1e-9)
    expected = structural_similarity(truth, result, channel_axis=-1, data_range=255)
    assert metrics.ssim(result, truth) == pytest.approx(expected, abs=1e-9)
    expected = structural_similarity(truth, result, channel_axis=-1, data_range=255, **gaussian)
    assert metrics.ssim_gaussian(result, truth) == pytest.approx(expected, abs=1e-9)


def test_volume_ssim_is_the_definition_with_a_three_dimensional_gaussian() -> None:
    result, truth = (picture.astype(np.float64) for picture in noisy_pair(4))

    def blur(volume):
        return gaussian_filter(volume, 1.5, mode="nearest", radius=5)

    one, two = blur(result), blur(truth)
    variances = blur(result**2) - one**2 + blur(truth**2) - two**2
    covariance = blur(result * truth) - one * two
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * one * two + c1) * (2 * covariance + c2)
    expected /= (one**2 + two**2 + c1) * (variances + c2)
    assert metrics.ssim_volume(*noisy_pair(4)) == pytest.approx(expected.mean(), abs=1e-9)


def test_by_hand() -> None:
    truth = np.zeros((20, 10, 3), np.uint8)
    result = truth.copy()
    result[:10] = 2  # half of the values are off by 2: mean square 2, mean absolute 1
    assert metrics.psnr(result, truth) == pytest.approx(10 * math.log10(255**2 / 2))
    assert metrics.interpolation_error(result, truth) == pytest.approx(1.0)
    deep = (result.astype(np.uint16) * 257, truth.astype(np.uint16) * 257)
    assert metrics.psnr(*deep) == pytest.approx(metrics.psnr(result, truth))
    assert metrics.interpolation_error(*deep) == pytest.approx(1.0)


def test_ssim_of_flat_pictures_is_the_luminance_term() -> None:
    truth, result = np.full((20, 20), 100, np.uint8), np.full((20, 20), 120, np.uint8)
    constant = (0.01 * 255) ** 2
    expected = (2 * 100 * 120 + constant) / (100**2 + 120**2 + constant)
    for measure in (metrics.ssim, metrics.ssim_gaussian, metrics.ssim_volume):
        assert measure(result, truth) == pytest.approx(expected)


def test_a_perfect_result_is_infinite_and_does_not_break_a_mean() -> None:
    truth = noisy_pair()[1]
    assert metrics.psnr(truth, truth) == math.inf
    assert metrics.mean_psnr([math.inf, 30.0]) == pytest.approx((metrics.PERFECT_PSNR + 30) / 2)
    assert metrics.mean_psnr([30.0, 40.0]) == pytest.approx(35)
    assert math.isnan(metrics.mean_psnr([]))
    for measure in (metrics.ssim, metrics.ssim_gaussian, metrics.ssim_volume):
        assert measure(truth, truth) == pytest.approx(1.0)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(11, 30), st.integers(11, 30), st.integers(1, 60))
def test_order_of_the_pictures_does_not_matter_and_ssim_stays_below_one(seed, h, w, amount) -> None:
    result, truth = noisy_pair(seed, (h, w, 3), amount)
    for measure in (metrics.ssim, metrics.ssim_gaussian, metrics.ssim_volume, metrics.psnr):
        assert measure(result, truth) == pytest.approx(measure(truth, result))
    assert metrics.ssim(result, truth) <= 1.0 + 1e-12


def test_pictures_that_cannot_be_compared() -> None:
    truth = noisy_pair()[1]
    with pytest.raises(InputError, match="cannot compare"):
        metrics.psnr(truth[1:], truth)
    with pytest.raises(InputError, match="cannot compare"):
        metrics.ssim(truth.astype(np.float32), truth)
    with pytest.raises(InputError, match="smaller than the window"):
        metrics.ssim(truth[:6], truth[:6])
    with pytest.raises(InputError, match="uint8, uint16 or float"):
        metrics.psnr(truth.astype(np.int64), truth.astype(np.int64))
