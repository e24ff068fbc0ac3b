"""What is behind a frame: flow, Z and both frames moved, as numbers and as pictures."""

import numpy as np
import pytest

from tests.helpers.textures import texture
from vfi.errors import UsageError
from vfi.figures.behind import figures_of, importance_to_colours
from vfi.interpolator import Interpolator

SHIFT = 4  # pixels to the right


@pytest.fixture(scope="module")
def interpolator() -> Interpolator:
    return Interpolator("direct")


@pytest.fixture(scope="module")
def shifted() -> tuple[np.ndarray, np.ndarray]:
    wide = texture(5, 96, 132)
    return np.ascontiguousarray(wide[:, SHIFT:]), np.ascontiguousarray(wide[:, :-SHIFT])


def test_both_frames_are_moved_to_the_moment(
    interpolator: Interpolator, shifted: tuple[np.ndarray, np.ndarray]
) -> None:
    one, two = shifted
    behind = interpolator.pair(one, two).behind(0.5)
    inside = (slice(16, -16), slice(16, -16))
    assert behind.flow_01.shape == (96, 128, 2)
    assert np.abs(behind.flow_01[inside] - (SHIFT, 0)).mean() < 0.2
    assert np.abs(behind.flow_10[inside] + (SHIFT, 0)).mean() < 0.2
    middle = np.roll(one, SHIFT // 2, axis=1)[inside] / 255
    for side in (behind.splatted_one, behind.splatted_two):
        assert side.shape == (96, 128, 3)
        assert np.abs(side[inside] - middle).mean() < 0.02


def test_z_is_lower_where_the_frames_disagree(
    interpolator: Interpolator, shifted: tuple[np.ndarray, np.ndarray]
) -> None:
    one, two = shifted[0], shifted[1].copy()
    two[40:56, 56:72] = 255 - two[40:56, 56:72]
    z = interpolator.pair(one, two).behind(0.5).z_two
    assert z.shape == (96, 128)
    assert z[42:54, 58:70].mean() < z[64:80, 16:48].mean() - 0.05


@pytest.mark.parametrize(("model", "count"), [("direct", 3), ("hybrid", 4), ("sgm", 5)])
def test_the_result_is_the_mean_of_its_candidates(
    shifted: tuple[np.ndarray, np.ndarray], model: str, count: int
) -> None:
    pair = Interpolator(model).pair(*shifted)
    fused = pair.behind(0.25).candidates
    assert len({candidate.name for candidate in fused}) == count
    assert np.allclose(sum(candidate.share for candidate in fused), 1, atol=1e-5)
    mean = sum(candidate.share[..., None] * candidate.picture for candidate in fused)
    # what is shown of a candidate is within 0..1, before the mean and not after it
    assert np.abs(mean * 255 - pair.at(0.25)).mean() < 0.3
    assert fused[-1].name == "at rest"
    still = 0.75 * shifted[0] + 0.25 * shifted[1]
    assert np.allclose(fused[-1].picture * 255, still, atol=0.01)


def test_candidates_beside_what_a_network_adds(shifted: tuple[np.ndarray, np.ndarray]) -> None:
    fused = Interpolator("fast").pair(*shifted).behind(0.5).candidates
    assert [candidate.name for candidate in fused] == [
        "learned flow, splatted",
        "smooth motion, splatted",
        "at rest",
    ]


def test_twelve_pictures(
    interpolator: Interpolator, shifted: tuple[np.ndarray, np.ndarray]
) -> None:
    """Two flows, two Z, both frames moved; and of three candidates each, and where it counts."""
    figures = list(figures_of(interpolator.pair(*shifted).behind(0.25)))
    assert len(figures) == 6 + 2 * 3
    assert len({said for said, _ in figures}) == 12
    for _, pixels in figures:
        assert pixels.dtype == np.uint8
        assert pixels.shape[1:] == (128, 3)


def test_nothing_moves(interpolator: Interpolator) -> None:
    same = texture(6, 48, 64)
    behind = interpolator.pair(same, same).behind(0.5)
    assert not behind.flow_01.any()
    assert len(list(figures_of(behind))) == 12


def test_a_model_without_flow(shifted: tuple[np.ndarray, np.ndarray]) -> None:
    interpolator = Interpolator("direct")
    interpolator.network.has_flow = False  # type: ignore[misc]
    with pytest.raises(UsageError, match="makes frames without flow"):
        interpolator.pair(*shifted).behind(0.5)


def test_colours_of_z() -> None:
    z = np.array([[-5, 0, 0.5, 1, 9]], np.float32)
    made = importance_to_colours(z, 0, 1)[0].astype(int).sum(axis=1)
    assert made[0] == made[1] < made[2] < made[3] == made[4]
    assert importance_to_colours(np.zeros((2, 3), np.float32), 0, 0).shape == (2, 3, 3)
