"""Mixing by compiled code is mixing by PyTorch, which runs wherever somebody learns from it."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from vfi.models.fusion import Candidate, fuse
from vfi.models.importance import photometric_error
from vfi.models.layers import averaged

SIZES = st.tuples(st.integers(2, 40), st.integers(2, 40))


def pictures(count: int, size: tuple[int, int], channels_last: bool = False) -> list[Tensor]:
    generator = torch.Generator().manual_seed(sum(size))
    made = [torch.rand(2, 3, *size, generator=generator) for _ in range(count)]
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return [picture.contiguous(memory_format=layout) for picture in made]


@settings(max_examples=30)
@given(size=SIZES, count=st.integers(1, 4), t=st.floats(0, 1), channels_last=st.booleans())
def test_candidates_are_fused_alike(
    size: tuple[int, int], count: int, t: float, channels_last: bool
) -> None:
    both = pictures(2 * count, size, channels_last)
    candidates = [Candidate(*pair) for pair in zip(both[::2], both[1::2], strict=True)]
    quick = fuse(candidates, t)
    both[0].requires_grad_()
    torch.testing.assert_close(quick, fuse(candidates, t).detach(), atol=2e-5, rtol=0)


@settings(max_examples=30)
@given(size=SIZES, reach=st.floats(0, 100), seed=st.integers(0, 1000))
def test_photometric_errors_agree(size: tuple[int, int], reach: float, seed: int) -> None:
    one, two = pictures(2, size)
    generator = torch.Generator().manual_seed(seed)
    flow = reach * (2 * torch.rand(2, 2, *size, generator=generator) - 1)
    quick = photometric_error(one, two, flow)
    learning = photometric_error(one.requires_grad_(), two, flow).detach()
    torch.testing.assert_close(quick, learning, atol=1e-4, rtol=0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e30])
def test_what_is_nowhere_is_black_to_the_photometric_error(value: float) -> None:
    one, two = pictures(2, (6, 8))
    flow = torch.zeros(2, 2, 6, 8)
    flow[:, 0, 2, 3] = value
    error = photometric_error(one, two, flow)
    torch.testing.assert_close(error[:, 0, 2, 3], one[:, :, 2, 3].mean(1))
    assert error.isfinite().all()


@pytest.mark.parametrize("factors", [(1, 1), (2, 2), (2, 3), (5, 1)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_areas_are_averaged_alike(factors: tuple[int, int], channels: int) -> None:
    picture = torch.rand(2, channels, 6 * factors[0], 7 * factors[1])
    quick = averaged(picture, (6, 7))
    learning = averaged(picture.requires_grad_(), (6, 7)).detach()
    torch.testing.assert_close(quick, learning)


def test_a_size_that_is_no_whole_part_is_averaged_by_pytorch() -> None:
    picture = torch.rand(1, 3, 7, 9)
    expected = torch.nn.functional.interpolate(picture, size=(3, 4), mode="area")
    torch.testing.assert_close(averaged(picture, (3, 4)), expected)
