"""The CPU kernels against the definition, and both against numerical gradients."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.operators import (
    LAYOUTS,
    MODES,
    assert_alike,
    splat_case,
    splat_with_gradients,
)
from vfi.models.ops import softsplat

shapes = st.tuples(st.integers(1, 3), st.integers(1, 18), st.integers(1, 20), st.integers(1, 20))


@given(
    mode=st.sampled_from(MODES),
    layout=st.sampled_from(list(LAYOUTS)),
    shape=shapes,
    eps=st.sampled_from([None, None, 1e-7]),
    # A metric that spans little is shifted once for the picture, one that spans much per pixel.
    spread=st.sampled_from([1.0, 30.0, 160.0]),
    hostile=st.booleans(),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=80)
def test_the_cpu_kernels_equal_the_definition(
    mode: str,
    layout: str,
    shape: tuple[int, int, int, int],
    eps: float | None,
    spread: float,
    hostile: bool,
    seed: int,
) -> None:
    if eps is not None:
        spread = 1.0
    case = splat_case(mode, shape, layout=layout, spread=spread, hostile=hostile, seed=seed)
    found = splat_with_gradients(case, "numba", eps)
    assert_alike(found, splat_with_gradients(case, "reference", eps), 1e-7)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
def test_in_float32_they_agree_within_rounding(mode: str, layout: str) -> None:
    case = splat_case(mode, (2, 11, 40, 70), dtype=torch.float32, layout=layout, spread=6)
    found = softsplat(case.input, case.flow, case.metric, mode, backend="numba")
    expected = softsplat(case.input, case.flow, case.metric, mode, backend="reference")
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("eps", [None, 1e-7])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("backend", ["reference", "numba"])
def test_gradients_are_the_numerical_ones(backend: str, mode: str, eps: float | None) -> None:
    case = splat_case(mode, (1, 2, 4, 5), seed=3)

    def both(*leaves: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        picture, flow, *metric = leaves
        metric = metric[0] if metric else None
        return softsplat(
            picture, flow, metric, mode, eps=eps, return_coverage=True, backend=backend
        )

    assert torch.autograd.gradcheck(both, case.leaves, eps=1e-7, atol=1e-4)


def test_steep_metrics_have_the_numerical_gradients_too() -> None:
    case = splat_case("soft", (1, 2, 4, 5), spread=160, seed=5)
    assert torch.autograd.gradcheck(
        lambda *leaves: softsplat(*leaves, backend="numba"), case.leaves, eps=1e-7, atol=1e-4
    )


@pytest.mark.parametrize("mode", MODES)
def test_whole_flows_have_a_gradient(mode: str) -> None:
    """At a flow of 0, where networks begin, the corners of weight 0 must pull as well."""
    case = splat_case(mode, (1, 2, 6, 6), seed=7)
    case.flow.data.zero_()
    found = splat_with_gradients(case, "numba")
    assert found["gradient in flow"].abs().sum() > 1
    assert_alike(found, splat_with_gradients(case, "reference"), 1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_number_of_threads_does_not_change_a_bit(layout: str) -> None:
    case = splat_case("soft", (2, 9, 90, 80), dtype=torch.float32, layout=layout, spread=6)
    threads = torch.get_num_threads()
    results = []
    try:
        for count in (1, 2, 3, 7):
            torch.set_num_threads(count)
            results.append(splat_with_gradients(case, "numba"))
    finally:
        torch.set_num_threads(threads)
    for result in results[1:]:
        assert all(torch.equal(result[name], results[0][name]) for name in result)


def test_a_row_that_many_rows_reach_and_one_that_none_does() -> None:
    """Everything in one target row: the window is one row high, and thousands of pixels meet."""
    picture = torch.randn(1, 3, 50, 40, dtype=torch.float64)
    flow = torch.zeros(1, 2, 50, 40, dtype=torch.float64)
    flow[0, 1] = 20.25 - torch.arange(50.0)[:, None]
    for mode in ("sum", "avg"):
        found = softsplat(picture, flow, mode=mode, backend="numba")
        torch.testing.assert_close(found, softsplat(picture, flow, mode=mode, backend="reference"))
        assert (found[:, :, :20] == 0).all()


def test_an_unknown_or_impossible_back_end_is_refused() -> None:
    picture, flow = torch.zeros(1, 1, 2, 2), torch.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match="no back end 'fpga'; there are: reference, numba, cupy"):
        softsplat(picture, flow, mode="sum", backend="fpga")
    with pytest.raises(ValueError, match="back end 'cupy' takes tensors on cuda"):
        softsplat(picture, flow, mode="sum", backend="cupy")
