"""Sampling along a flow: OpenCV's is PyTorch's, wherever the flow leads, however coarse it is."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch._subclasses.fake_tensor import FakeTensorMode

from vfi.models.intermediate import sample_along

# Positions are computed in another order, and OpenCV before version 5 rounds them to 1/32 pixel:
# of a smooth picture that is a few thousandths of its range.
TOLERANCE = 5e-3


@given(
    height=st.integers(2, 40),
    width=st.integers(2, 40),
    channels=st.integers(1, 4),
    coarser=st.integers(1, 3),
    reach=st.floats(0, 100),
    seed=st.integers(0, 1000),
)
def test_both_ways_of_sampling_agree(
    height: int, width: int, channels: int, coarser: int, reach: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, channels, 3, 3, generator=generator)
    picture = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    low, high = max(height // coarser, 1), max(width // coarser, 1)
    flow = reach / coarser * (2 * torch.rand(2, 2, low, high, generator=generator) - 1)
    quick = sample_along(picture, flow, 0.5)
    learning = sample_along(picture.requires_grad_(), flow, 0.5)  # PyTorch's, which has a gradient
    torch.testing.assert_close(quick, learning.detach(), atol=TOLERANCE, rtol=0)


def test_every_item_has_its_own_factor() -> None:
    picture, flow = torch.rand(2, 3, 9, 14), 3 * torch.rand(2, 2, 9, 14)
    factor = torch.tensor([0.25, 0.75])
    together = sample_along(picture, flow, factor.view(2, 1, 1, 1))
    for item in range(2):
        here = slice(item, item + 1)
        alone = sample_along(picture[here], flow[here], float(factor[item]))
        torch.testing.assert_close(together[here], alone)


def test_no_flow_leaves_the_picture_as_it_is() -> None:
    picture = torch.rand(2, 3, 9, 14)
    torch.testing.assert_close(sample_along(picture, torch.zeros(2, 2, 9, 14), 1), picture)


def test_a_flow_to_the_right_looks_to_the_right() -> None:
    picture = torch.rand(1, 3, 9, 14)
    flow = torch.tensor([2.0, 1.0]).view(1, 2, 1, 1).expand(1, 2, 9, 14).contiguous()
    torch.testing.assert_close(sample_along(picture, flow, 1)[..., :-1, :-2], picture[..., 1:, 2:])
    coarse = flow[..., :7] / 2  # of half the width, whose ratio counts
    torch.testing.assert_close(
        sample_along(picture, coarse, 1)[..., :-1, :-2], picture[..., 1:, 2:]
    )
    half = sample_along(picture, flow, 2)
    torch.testing.assert_close(half[..., :-2, :-4], picture[..., 2:, 4:])


@pytest.mark.parametrize("of", ["flow", "picture"])
def test_gradients_flow_where_they_are_wanted(of: str) -> None:
    picture, flow = torch.rand(1, 3, 9, 14), torch.rand(1, 2, 9, 14)
    wanted = flow if of == "flow" else picture
    sample_along(
        picture.requires_grad_(of == "picture"), flow.requires_grad_(of == "flow"), 0.5
    ).sum().backward()
    assert wanted.grad is not None
    assert wanted.grad.isfinite().all()
    assert wanted.grad.any()


def test_tensors_without_numbers_can_be_sampled() -> None:
    """As the count of operations does."""
    with FakeTensorMode():
        sampled = sample_along(torch.empty(1, 3, 9, 14), torch.empty(1, 2, 9, 14), 0.5)
    assert sampled.shape == (1, 3, 9, 14)
