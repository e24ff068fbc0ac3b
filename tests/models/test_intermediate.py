"""Sampling along a flow: OpenCV's is PyTorch's, wherever the flow leads."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch._subclasses.fake_tensor import FakeTensorMode

from vfi.models.intermediate import _remapped, _sampled, sample

# Positions are computed in another order, and OpenCV before version 5 rounds them to 1/32 pixel:
# of a smooth picture that is a few thousandths of its range.
TOLERANCE = 5e-3


@given(
    height=st.integers(2, 40),
    width=st.integers(2, 40),
    channels=st.integers(1, 4),
    reach=st.floats(0, 100),
    seed=st.integers(0, 1000),
)
def test_both_ways_of_sampling_agree(
    height: int, width: int, channels: int, reach: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, channels, 3, 3, generator=generator)
    picture = torch.nn.functional.interpolate(coarse, size=(height, width), mode="bilinear")
    flow = reach * (2 * torch.rand(2, 2, height, width, generator=generator) - 1)
    torch.testing.assert_close(
        _remapped(picture, flow), _sampled(picture, flow), atol=TOLERANCE, rtol=0
    )


def test_no_flow_leaves_the_picture_as_it_is() -> None:
    picture = torch.rand(2, 3, 9, 14)
    torch.testing.assert_close(sample(picture, torch.zeros(2, 2, 9, 14)), picture)


def test_a_flow_to_the_right_looks_to_the_right() -> None:
    picture = torch.rand(1, 3, 9, 14)
    flow = torch.tensor([2.0, 1.0]).view(1, 2, 1, 1).expand(1, 2, 9, 14).contiguous()
    torch.testing.assert_close(sample(picture, flow)[..., :-1, :-2], picture[..., 1:, 2:])


@pytest.mark.parametrize("of", ["flow", "picture"])
def test_gradients_flow_where_they_are_wanted(of: str) -> None:
    picture, flow = torch.rand(1, 3, 9, 14), torch.rand(1, 2, 9, 14)
    wanted = flow if of == "flow" else picture
    sample(
        picture.requires_grad_(of == "picture"), flow.requires_grad_(of == "flow")
    ).sum().backward()
    assert wanted.grad is not None
    assert wanted.grad.isfinite().all()
    assert wanted.grad.any()


def test_tensors_without_numbers_can_be_sampled() -> None:
    """As the count of operations does."""
    with FakeTensorMode():
        sampled = sample(torch.empty(1, 3, 9, 14), torch.empty(1, 2, 9, 14))
    assert sampled.shape == (1, 3, 9, 14)
