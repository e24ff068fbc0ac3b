"""The cost volume: its definition, and the CPU kernels against it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.models.ops import correlation

BACKENDS = ["reference", "numba"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_channels_run_through_dy_and_within_it_dx(backend: str) -> None:
    one, two = torch.zeros(1, 2, 5, 6), torch.zeros(1, 2, 5, 6)
    one[0, :, 2, 2] = torch.tensor([3.0, 5.0])
    two[0, :, 1, 4] = torch.tensor([2.0, 4.0])  # one up (dy = -1), two to the right (dx = 2)
    costs = correlation(one, two, 2, backend=backend)
    assert costs.shape == (1, 25, 5, 6)
    assert costs[0, (-1 + 2) * 5 + (2 + 2), 2, 2] == (3 * 2 + 5 * 4) / 2
    assert costs.count_nonzero() == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_cost_is_the_mean_product(backend: str) -> None:
    one, two = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    costs = correlation(one, two, 1, backend=backend)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            for y in range(4):
                for x in range(5):
                    inside = 0 <= y + down < 4 and 0 <= x + right < 5
                    other = two[:, :, y + down, x + right] if inside else torch.zeros(2, 3)
                    torch.testing.assert_close(
                        costs[:, (down + 1) * 3 + right + 1, y, x],
                        (one[:, :, y, x] * other).mean(1),
                    )


@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 9), st.integers(1, 12), st.integers(1, 40)),
    radius=st.integers(0, 4),
    layout=st.sampled_from([torch.contiguous_format, torch.channels_last]),
)
@settings(max_examples=40)
def test_the_cpu_kernels_equal_the_definition(
    shape: tuple[int, ...], radius: int, layout: torch.memory_format
) -> None:
    leaves = [
        torch.randn(shape, dtype=torch.float64).contiguous(memory_format=layout).requires_grad_()
        for _ in range(2)
    ]
    found, expected = (
        correlation(*leaves, radius, backend=name) for name in ("numba", "reference")
    )
    torch.testing.assert_close(found, expected)
    pull = torch.randn(expected.shape, dtype=torch.float64)
    for gradient, right in zip(
        torch.autograd.grad(found, leaves, pull),
        torch.autograd.grad(expected, leaves, pull),
        strict=True,
    ):
        torch.testing.assert_close(gradient, right)


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_are_the_numerical_ones(backend: str) -> None:
    leaves = [torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    assert torch.autograd.gradcheck(
        lambda one, two: correlation(one, two, 1, backend=backend), leaves
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_float32_half_and_strided_inputs(backend: str) -> None:
    one, two = torch.randn(2, 1, 33, 9, 20).unbind()
    expected = correlation(one, two, 3, backend="reference")
    strided = torch.randn(1, 33, 18, 40)[:, :, ::2, ::2]
    strided.copy_(two)
    torch.testing.assert_close(correlation(one, strided, 3, backend=backend), expected)
    half = correlation(one.bfloat16(), two.bfloat16(), 3, backend=backend)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (1, 3, 0, 5)])
def test_nothing_in_nothing_out(backend: str, shape: tuple[int, ...]) -> None:
    costs = correlation(torch.zeros(shape), torch.zeros(shape), 1, backend=backend)
    assert costs.shape == (shape[0], 9, *shape[2:])


def test_wrong_arguments_are_named() -> None:
    picture = torch.zeros(1, 3, 4, 5)
    with pytest.raises(
        ValueError, match=r"one and two differ in shape: \(1, 3, 4, 5\), \(1, 3, 4, 4\)"
    ):
        correlation(picture, picture[..., :4], 1)
    with pytest.raises(ValueError, match=r"one must be a floating-point \(B, C, H, W\)"):
        correlation(picture[0], picture[0], 1)
    for radius in (-1, 1.5):
        with pytest.raises(ValueError, match="radius must be a whole number of at least 0"):
            correlation(picture, picture, radius)
