"""The CUDA kernels on a GPU, against the definition."""

import pytest
import torch

from tests.helpers.operators import (
    LAYOUTS,
    MODES,
    assert_alike,
    sepconv_leaves,
    splat_case,
    splat_with_gradients,
)
from vfi.models.ops import correlation, sepconv, softsplat
from vfi.models.ops.cost_volume import correlation_op
from vfi.models.ops.separable import sepconv_op
from vfi.models.ops.splatting import splat_op

pytestmark = pytest.mark.cuda


@pytest.mark.parametrize("spread", [1.0, 160.0])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
def test_splatting_equals_the_definition(mode: str, layout: str, spread: float) -> None:
    case = splat_case(mode, (2, 9, 33, 41), layout=layout, spread=spread, hostile=True)
    found = splat_with_gradients(case.to("cuda"), "cupy")
    assert_alike(found, splat_with_gradients(case, "reference"), 1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_the_published_division_equals_the_definition(mode: str) -> None:
    case = splat_case(mode, (2, 9, 33, 41))
    found = splat_with_gradients(case.to("cuda"), "cupy", 1e-7)
    assert_alike(found, splat_with_gradients(case, "reference", 1e-7), 1e-7)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_other_precisions(dtype: torch.dtype) -> None:
    case = splat_case("soft", (2, 9, 33, 41), dtype=torch.float32)
    picture, flow, metric = (leaf.detach() for leaf in case.leaves)
    found = softsplat(picture.to("cuda", dtype), flow.cuda(), metric.cuda())
    expected = softsplat(picture.to(dtype), flow, metric, backend="reference")
    assert found.dtype == dtype
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-2, atol=1e-3)


def test_kernels_run_on_the_current_stream() -> None:
    case = splat_case("avg", (1, 8, 256, 256), dtype=torch.float32)
    picture, flow = case.input.detach().cuda(), case.flow.detach().cuda()
    expected = softsplat(picture, flow, mode="avg")
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        late = torch.zeros_like(picture)
        for _ in range(100):
            late = late + picture / 100
        found = softsplat(late, flow, mode="avg")
    stream.synchronize()
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("radius", [0, 1, 4])
def test_the_cost_volume_equals_the_definition(radius: int) -> None:
    leaves = [torch.randn(2, 6, 17, 19, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    on_gpu = [leaf.detach().cuda().requires_grad_() for leaf in leaves]
    expected, found = correlation(*leaves, radius), correlation(*on_gpu, radius, backend="cupy")
    torch.testing.assert_close(found.cpu(), expected)
    pull = torch.randn_like(expected)
    for gradient, right in zip(
        torch.autograd.grad(found, on_gpu, pull.cuda()),
        torch.autograd.grad(expected, leaves, pull),
        strict=True,
    ):
        torch.testing.assert_close(gradient.cpu(), right)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_separable_convolution_equals_the_definition(layout: str) -> None:
    leaves = sepconv_leaves((2, 3, 17, 19), (11, 7), dtype=torch.float64, layout=layout)
    on_gpu = [leaf.detach().cuda().requires_grad_() for leaf in leaves]
    expected, found = sepconv(*leaves), sepconv(*on_gpu, backend="cupy")
    torch.testing.assert_close(found.cpu(), expected)
    pull = torch.randn_like(expected)
    for gradient, right in zip(
        torch.autograd.grad(found, on_gpu, pull.cuda()),
        torch.autograd.grad(expected, leaves, pull),
        strict=True,
    ):
        torch.testing.assert_close(gradient.cpu(), right)


def test_opcheck() -> None:
    case = splat_case("soft", (2, 4, 5, 6), dtype=torch.float32).to("cuda")
    torch.library.opcheck(splat_op, (case.input, case.flow, case.metric, "soft", None))
    one = torch.randn(1, 5, 6, 7, device="cuda", requires_grad=True)
    two = torch.randn(1, 5, 6, 7, device="cuda", requires_grad=True)
    torch.library.opcheck(correlation_op, (one, two, 2))
    on_gpu = [
        leaf.detach().cuda().requires_grad_() for leaf in sepconv_leaves((1, 3, 4, 5), (3, 3))
    ]
    torch.library.opcheck(sepconv_op, tuple(on_gpu))
