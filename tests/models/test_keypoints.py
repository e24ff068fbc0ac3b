"""Points are known again however far they went, and where nothing is alike none are."""

import numpy as np
import pytest

from tests.helpers.textures import blobs, coloured_layers
from vfi.models.keypoints import matched_keypoints
from vfi.models.tracks import LEVELS, WINDOW, smooth_flows

HEIGHT, WIDTH = 200, 360


def panned(right: int, down: int) -> tuple[np.ndarray, np.ndarray]:
    """Two cuts of one picture: what is in the first is that far right and down in the second."""
    wide = (
        coloured_layers(3, 2 * WIDTH, 2 * HEIGHT)[..., 1] // 2 + blobs(2 * HEIGHT, 2 * WIDTH) // 2
    )
    one = wide[HEIGHT // 2 :, WIDTH // 2 :][:HEIGHT, :WIDTH]
    two = wide[HEIGHT // 2 - down :, WIDTH // 2 - right :][:HEIGHT, :WIDTH]
    return np.ascontiguousarray(one), np.ascontiguousarray(two)


@pytest.mark.parametrize(("right", "down"), [(0, 0), (150, 0), (-170, 20), (40, -90)])
def test_points_are_known_again_however_far_they_went(right: int, down: int) -> None:
    here, there = matched_keypoints(*panned(right, down))
    assert len(here) > 20
    assert (np.abs(there - here - [right, down]).max(1) < 1).mean() > 0.95


def test_a_motion_beyond_the_corners_reach_is_followed() -> None:
    far = 170
    assert far > WINDOW // 2 * 2**LEVELS  # further than Lucas-Kanade looks
    flows = smooth_flows(*panned(far, 0))
    assert flows is not None
    inside = np.s_[20:-20, : WIDTH - far - 20]  # what both pictures show
    assert (np.abs(flows[0][inside] - [far, 0]).max(2) < 2).mean() > 0.95


def test_other_pictures_have_nothing_in_common() -> None:
    one, two = blobs(HEIGHT, WIDTH, 1), blobs(HEIGHT, WIDTH, 2)
    here, there = matched_keypoints(one, two)
    assert len(here) == len(there) < 5


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (200, 4)])
def test_in_nothing_there_are_no_points(size: tuple[int, int]) -> None:
    here, there = matched_keypoints(np.full(size, 80, np.uint8), np.full(size, 90, np.uint8))
    assert here.shape == there.shape == (0, 2)
