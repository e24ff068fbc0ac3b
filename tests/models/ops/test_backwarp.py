"""Backward warping: its convention, its border, and its agreement with grid_sample."""

import math

import pytest
import torch
from torch.nn import functional

from vfi.models.ops import backwarp


def test_convention_a_flow_of_one_to_the_right_moves_the_picture_left() -> None:
    picture = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(1, 1, 2, 3)
    flow = torch.zeros(1, 2, 2, 3)
    flow[:, 0] = 1
    torch.testing.assert_close(
        backwarp(picture, flow)[0, 0], torch.tensor([[2.0, 3, 0], [5, 6, 0]])
    )
    flow = torch.zeros(1, 2, 2, 3)
    flow[:, 1] = 1
    torch.testing.assert_close(
        backwarp(picture, flow)[0, 0], torch.tensor([[4.0, 5, 6], [0, 0, 0]])
    )


def test_zero_flow_is_the_identity() -> None:
    picture = torch.randn(2, 3, 7, 5)
    torch.testing.assert_close(backwarp(picture, torch.zeros(2, 2, 7, 5)), picture)


def test_it_is_grid_sample_with_aligned_corners() -> None:
    picture = torch.randn(2, 3, 9, 12, dtype=torch.float64)
    flow = 4 * torch.randn(2, 2, 9, 12, dtype=torch.float64)
    rows, columns = torch.meshgrid(torch.arange(9.0), torch.arange(12.0), indexing="ij")
    grid = torch.stack(
        [(columns + flow[:, 0]) * 2 / 11 - 1, (rows + flow[:, 1]) * 2 / 8 - 1], dim=-1
    )
    expected = functional.grid_sample(picture, grid, align_corners=True)
    torch.testing.assert_close(backwarp(picture, flow), expected)


def test_a_picture_one_pixel_wide_has_an_outside() -> None:
    picture = torch.full((1, 1, 1, 1), 4.0)
    for x, expected in ((0.0, 4.0), (0.5, 2.0), (-1.0, 0.0), (3.0, 0.0)):
        flow = torch.tensor([x, 0.0]).view(1, 2, 1, 1)
        assert backwarp(picture, flow).item() == pytest.approx(expected)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e9, -1e30])
def test_a_flow_to_nowhere_finds_nothing(bad: float) -> None:
    picture = torch.ones(1, 1, 3, 3, requires_grad=True)
    flow = torch.zeros(1, 2, 3, 3)
    flow[0, 1, 1, 2] = bad
    flow.requires_grad_()
    warped = backwarp(picture, flow)
    assert warped[0, 0, 1, 2] == 0
    torch.testing.assert_close(warped.sum(), torch.tensor(8.0))
    gradients = torch.autograd.grad(warped.sum(), [picture, flow])
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_gradients_are_the_numerical_ones() -> None:
    picture = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    flow = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(backwarp, (picture, flow))


def test_places_are_computed_in_float32_under_autocast() -> None:
    picture = torch.arange(600.0).view(1, 1, 1, 600)
    flow = torch.full((1, 2, 1, 600), 0.0)
    flow[:, 0] = -0.5
    with torch.autocast("cpu", torch.bfloat16):
        warped = backwarp(picture, flow)
    assert warped.dtype == torch.float32
    assert warped[0, 0, 0, 500].item() == pytest.approx(499.5, abs=1e-3)
    assert backwarp(picture.bfloat16(), flow).dtype == torch.bfloat16


def test_nothing_in_nothing_out() -> None:
    assert backwarp(torch.zeros(0, 3, 4, 5), torch.zeros(0, 2, 4, 5)).shape == (0, 3, 4, 5)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"flow must be \(B, 2, H, W\) = \(1, 2, 4, 5\)"):
        backwarp(torch.zeros(1, 3, 4, 5), torch.zeros(1, 2, 5, 4))
    with pytest.raises(ValueError, match=r"input must be \(B, C, H, W\)"):
        backwarp(torch.zeros(3, 4, 5), torch.zeros(1, 2, 4, 5))
