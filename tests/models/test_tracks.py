"""Tracked corners: they find large motion, both ways, and say nothing where there is nothing."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.helpers.textures import blobs
from vfi.models.dis import dis_flows, track_flows
from vfi.models.tracks import Tracks, find_tracks, smooth_flow, smooth_flows


def moved(height: int, width: int, x: int, y: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A texture, and the same `x` pixels further right and `y` further down."""
    room = 160
    large = blobs(height + 2 * room, width + 2 * room)
    one = large[room : room + height, room : room + width]
    two = large[room - y : room - y + height, room - x : room - x + width]
    return np.ascontiguousarray(one), np.ascontiguousarray(two)


@pytest.mark.parametrize("motion", [(0, 0), (3, -2), (40, 25), (-70, 10)])
def test_a_translation_is_found_both_ways(motion: tuple[int, int]) -> None:
    found = smooth_flows(*moved(240, 320, *motion))
    assert found is not None
    for flow, sign in zip(found, (1, -1), strict=True):
        assert flow.shape == (240, 320, 2)
        assert flow.dtype == np.float32
        error = np.abs(flow - sign * np.array(motion))
        assert np.median(error) < 0.1
        assert np.quantile(error, 0.75) < 0.5  # the rest has left the picture


def test_pictures_that_are_reduced_move_in_their_own_pixels() -> None:
    one, two = (
        cv2.resize(picture, None, fx=4.1, fy=4.1, interpolation=cv2.INTER_CUBIC)
        for picture in moved(200, 400, 10, -6)
    )
    found = smooth_flows(one, two)
    assert found is not None
    assert found[0].shape == (*one.shape, 2)
    error = np.abs(found[0] - 4.1 * np.array([10, -6]))
    assert np.median(error) < 0.5


def test_each_side_has_its_own_motion() -> None:
    one, right = moved(160, 160, 12, 0)
    _, left = moved(160, 160, -9, 4)
    flow = smooth_flows(np.hstack([one, one]), np.hstack([right, left]))
    assert flow is not None
    np.testing.assert_allclose(flow[0][80, 60], [12, 0], atol=0.3)
    np.testing.assert_allclose(flow[0][80, 260], [-9, 4], atol=0.3)


@pytest.mark.parametrize("size", [(240, 320), (16, 16), (15, 400), (1, 1)])
def test_nothing_is_found_in_nothing(size: tuple[int, int]) -> None:
    flat = np.full(size, 90, np.uint8)
    assert smooth_flows(flat, flat) is None
    picture = torch.full((1, 3, *size), 0.4)
    for flow in track_flows(picture, picture):
        assert flow.shape == (1, 2, *size)
        assert not flow.any()


def test_tracks_of_unrelated_pictures_are_few() -> None:
    related = find_tracks(*moved(240, 320, 5, 5))
    unrelated = find_tracks(blobs(240, 320, seed=1), blobs(240, 320, seed=2))
    assert len(unrelated) < 0.2 * len(related)


def test_one_track_speaks_for_all() -> None:
    """Far from every track, its motion is what is known."""
    track = Tracks(np.array([[8.0, 8.0]], np.float32), np.array([[10.0, 5.0]], np.float32))
    flow = smooth_flow(track, (120, 200))
    assert flow.shape == (30, 50, 2)
    near = flow[:20, :20]
    np.testing.assert_allclose(near, np.broadcast_to([2.0, -3.0], near.shape), rtol=1e-4)


def test_dis_follows_tracks_where_motion_is_large() -> None:
    """A texture a third of the width away: DIS alone, which starts from rest, loses it."""
    one, two = moved(192, 256, 80, 0)
    pictures = [torch.from_numpy(p / 255).float().expand(1, 3, -1, -1) for p in (one, two)]
    flow, _ = dis_flows(pictures[0], pictures[1])
    plain = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(one, two, None)
    inner = slice(16, 160)  # what the second frame still shows
    truth = torch.tensor([80.0, 0.0]).view(1, 2, 1, 1)
    led = (flow - truth).norm(dim=1)[..., inner].median()
    alone = np.median(np.linalg.norm(plain - [80, 0], axis=2)[:, inner])
    assert led < 0.5
    assert alone > 10 * led
