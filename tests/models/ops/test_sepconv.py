"""Separable convolution: its definition, and the CPU kernels against it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.helpers.operators import sepconv_leaves
from vfi.models.ops import sepconv

BACKENDS = ["reference", "numba"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_column_moves_down_and_the_row_to_the_right(backend: str) -> None:
    picture = torch.arange(2 * 6 * 8, dtype=torch.float32).view(1, 2, 6, 8)
    vertical, horizontal = torch.zeros(1, 3, 4, 6), torch.zeros(1, 3, 4, 6)
    vertical[:, 2] = 2  # two down
    horizontal[:, 1] = 3  # one to the right
    result = sepconv(picture, vertical, horizontal, backend=backend)
    torch.testing.assert_close(result, 6 * picture[:, :, 2:6, 1:7])


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_pixel_has_its_own_kernel(backend: str) -> None:
    picture, vertical, horizontal = (
        leaf.detach() for leaf in sepconv_leaves((2, 3, 4, 5), (3, 2), dtype=torch.float64)
    )
    result = sepconv(picture, vertical, horizontal, backend=backend)
    for y in range(4):
        for x in range(5):
            kernel = vertical[:, :, None, y, x] * horizontal[:, None, :, y, x]
            window = picture[:, :, y : y + 3, x : x + 2]
            torch.testing.assert_close(result[:, :, y, x], (window * kernel[:, None]).sum((2, 3)))


@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 9), st.integers(1, 40)),
    taps=st.tuples(st.integers(1, 14), st.integers(1, 14)),
    layout=st.sampled_from(["planes", "pixels"]),
)
@settings(max_examples=40)
def test_the_cpu_kernels_equal_the_definition(
    shape: tuple[int, int, int, int], taps: tuple[int, int], layout: str
) -> None:
    leaves = sepconv_leaves(shape, taps, dtype=torch.float64, layout=layout)
    found, expected = (sepconv(*leaves, backend=name) for name in ("numba", "reference"))
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
    leaves = sepconv_leaves((1, 2, 3, 4), (3, 2), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *all: sepconv(*all, backend=backend), leaves)


def test_the_result_does_not_depend_on_the_number_of_threads() -> None:
    """Rows of the picture's gradient gather from rows of the result that two threads may share."""
    leaves = sepconv_leaves((2, 3, 40, 30), (11, 11))
    results: list[tuple[Tensor, ...]] = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            output = sepconv(*leaves)
            pull = torch.ones_like(output)
            results.append((output, *torch.autograd.grad(output, leaves, pull)))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(one, two) for one, two in zip(results[0], other, strict=True))


def test_a_picture_that_needs_no_gradient_gets_none() -> None:
    picture, vertical, horizontal = sepconv_leaves((1, 3, 8, 9), (5, 5))
    sepconv(picture.detach(), vertical, horizontal).sum().backward()
    assert picture.grad is None
    expected = torch.autograd.grad(
        sepconv(picture, vertical, horizontal, backend="reference").sum(), (vertical, horizontal)
    )
    torch.testing.assert_close((vertical.grad, horizontal.grad), expected)


def test_its_gradient_lies_as_the_kernels_do() -> None:
    leaves = sepconv_leaves((1, 3, 8, 9), (5, 5), layout="pixels")
    gradients = torch.autograd.grad(sepconv(*leaves).sum(), leaves[1:])
    assert all(g.is_contiguous(memory_format=torch.channels_last) for g in gradients)


@pytest.mark.parametrize("backend", BACKENDS)
def test_float32_half_and_strided_inputs(backend: str) -> None:
    picture, vertical, horizontal = (
        leaf.detach() for leaf in sepconv_leaves((1, 3, 9, 20), (5, 7))
    )
    expected = sepconv(picture, vertical, horizontal, backend="reference")
    strided = torch.zeros(1, 5, 18, 40)[:, :, ::2, ::2]
    strided.copy_(vertical)
    torch.testing.assert_close(sepconv(picture, strided, horizontal, backend=backend), expected)
    half = sepconv(*(t.bfloat16() for t in (picture, vertical, horizontal)), backend=backend)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), expected, rtol=0.05, atol=0.2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_not_seen_does_not_count(backend: str) -> None:
    """A pixel that is not a number spoils those that see it, and no others."""
    picture, vertical, horizontal = (
        leaf.detach() for leaf in sepconv_leaves((1, 1, 9, 20), (3, 3))
    )
    picture[0, 0, 4, 6] = torch.nan
    spoilt = sepconv(picture, vertical, horizontal, backend=backend).isnan()
    expected = torch.zeros(1, 1, 9, 20, dtype=torch.bool)
    expected[0, 0, 2:5, 4:7] = True
    assert torch.equal(spoilt, expected)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (1, 0, 4, 5)])
def test_nothing_in_nothing_out(backend: str, shape: tuple[int, int, int, int]) -> None:
    leaves = sepconv_leaves(shape, (3, 3))
    assert sepconv(*leaves, backend=backend).shape == shape


def test_wrong_arguments_are_named() -> None:
    picture, kernel = torch.zeros(1, 3, 8, 9), torch.zeros(1, 5, 4, 5)
    with pytest.raises(ValueError, match=r"input must be a floating-point \(B, C, H, W\)"):
        sepconv(picture[0], kernel, kernel)
    with pytest.raises(ValueError, match=r"vertical must be \(B, taps, H, W\), not \(5, 4, 5\)"):
        sepconv(picture, kernel[0], kernel)
    with pytest.raises(
        ValueError,
        match=r"differ in more than their taps: \(1, 5, 4, 5\), \(1, 5, 4, 4\)",
    ):
        sepconv(picture, kernel, kernel[..., :4])
    with pytest.raises(
        ValueError,
        match=r"input must be \(1, 3, 8, 9\) to fit the kernels .*, not \(1, 3, 4, 5\)",
    ):
        sepconv(picture[..., :4, :5], kernel, kernel)
