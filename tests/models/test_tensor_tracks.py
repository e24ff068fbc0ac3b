"""Tracked corners as tensor operations: the true motion, and what OpenCV finds."""

import pytest
import torch
from torch import Tensor

from tests.helpers.textures import texture
from vfi.models import tensor_tracks
from vfi.models.dis import track_flows
from vfi.models.tensor_tracks import tensor_track_flows


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CPU windows of 1500 corners take seconds."""
    monkeypatch.setattr(tensor_tracks, "CORNERS", 150)


def seen(height: int, width: int, right: int, down: int) -> tuple[Tensor, Tensor]:
    """Two views of a texture: what is at a place in the first is (right, down) further later."""
    wide = torch.from_numpy(texture(0, height + abs(down), width + abs(right))) / 255
    x, y = max(-right, 0), max(-down, 0)
    two = wide[y : y + height, x : x + width]
    one = wide[y + down : y + down + height, x + right : x + right + width]
    return tuple(view.permute(2, 0, 1)[None].contiguous() for view in (one, two))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("size", "motion"),
    [((96, 128), (3, 0)), ((97, 131), (0, -5)), ((120, 160), (-9, 6))],
)
def test_the_true_motion_is_found(size: tuple[int, int], motion: tuple[int, int]) -> None:
    forward, backward = tensor_track_flows(*seen(*size, *motion))
    assert forward.shape == backward.shape == (1, 2, *size)
    true = torch.tensor(motion, dtype=torch.float32).view(1, 2, 1, 1)
    inside = (..., slice(32, -32), slice(32, -32))
    assert (forward - true)[inside].abs().mean() < 0.1
    assert (backward + true)[inside].abs().mean() < 0.1


def test_a_picture_that_turns_is_followed_as_by_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mean of motions smooths the turn; how much, OpenCV's tracks of the same method say."""
    monkeypatch.setattr(tensor_tracks, "CORNERS", 600)
    one, _ = seen(120, 160, 0, 0)
    turn = torch.tensor([[[0.996, -0.045, 0.03], [0.08, 0.996, -0.02]]])
    still = torch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    grid, rest = (
        torch.nn.functional.affine_grid(each, [1, 3, 120, 160], align_corners=False)
        for each in (turn, still)
    )
    two = torch.nn.functional.grid_sample(one, grid, padding_mode="border", align_corners=False)
    true = ((grid - rest) * torch.tensor((80, 60))).permute(0, 3, 1, 2)  # where two was in one
    inside = (..., slice(24, -24), slice(24, -24))
    found, opencv = (
        (flows(one, two)[1] - true)[inside].norm(dim=1).mean()
        for flows in (tensor_track_flows, track_flows)
    )
    assert true[inside].norm(dim=1).mean() > 2
    assert found < opencv + 0.1


def test_each_of_several_pairs_is_its_own() -> None:
    pairs = [seen(64, 96, 2, 0), seen(64, 96, 0, 4), seen(64, 96, 0, 0)]
    one, two = (torch.cat(pictures) for pictures in zip(*pairs, strict=True))
    together = tensor_track_flows(one, two)[0]
    for flow, pair in zip(together, pairs, strict=True):
        alone = tensor_track_flows(*pair)[0][0]
        # sums are rounded otherwise in a batch, by which a doubtful corner may be kept or lost
        assert (flow - alone).abs().mean() < 0.01


@pytest.mark.parametrize("size", [(15, 200), (1, 1), (64, 64)])
def test_where_nothing_can_be_tracked_nothing_moves(size: tuple[int, int]) -> None:
    flat = torch.full((2, 3, *size), 0.4)
    forward, backward = tensor_track_flows(flat, flat)
    assert forward.shape == (2, 2, *size)
    assert not forward.any()
    assert not backward.any()


def test_no_pair_at_all() -> None:
    none = torch.zeros(0, 3, 32, 32)
    assert tensor_track_flows(none, none)[0].shape == (0, 2, 32, 32)


def test_in_half_precision_it_computes_in_float32() -> None:
    one, two = seen(96, 128, 3, 0)
    with torch.autocast("cpu", torch.bfloat16):
        flow, _ = tensor_track_flows(one, two)
    assert flow.dtype == torch.float32
    torch.testing.assert_close(flow, tensor_track_flows(one, two)[0])
