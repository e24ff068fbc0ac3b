"""The operators as citizens of PyTorch: schema, fake tensors, autograd, compile, autocast."""

import inspect

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.helpers.operators import LAYOUTS, MODES, assert_alike, sepconv_leaves, splat_case
from vfi.models.ops import backwarp, correlation, sepconv, softsplat
from vfi.models.ops.cost_volume import correlation_backward_op, correlation_op
from vfi.models.ops.operator import PLACES, function_at
from vfi.models.ops.separable import sepconv_backward_op, sepconv_op
from vfi.models.ops.splatting import splat_backward_op, splat_op

PARTS = ("", "_backward")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize(
    "name", [f"{name}{part}" for name in ("splat", "correlation", "sepconv") for part in PARTS]
)
def test_what_computes_an_operator_is_at_its_place(name: str, device: str) -> None:
    """It is imported at its first call: without a GPU nothing else would notice a wrong place."""
    function = function_at(PLACES[name][device])
    schema = getattr(torch.ops.vfi, name).default._schema
    assert list(inspect.signature(function).parameters) == [a.name for a in schema.arguments]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", ["avg", "soft"])
def test_splatting_passes_opcheck(mode: str, layout: str) -> None:
    case = splat_case(mode, (2, 4, 5, 6), dtype=torch.float32, layout=layout)
    torch.library.opcheck(splat_op, (case.input, case.flow, case.metric, mode, None))


def test_its_gradient_passes_opcheck() -> None:
    case = splat_case("soft", (2, 4, 5, 6), dtype=torch.float32)
    picture, flow, metric = (leaf.detach() for leaf in case.leaves)
    output, statistics = splat_op(picture, flow, metric, "soft", None)
    arguments = (output, statistics[0], picture, flow, metric, output, statistics, "soft", True)
    torch.library.opcheck(splat_backward_op, arguments)


def test_the_cost_volume_passes_opcheck() -> None:
    one, two = torch.randn(2, 1, 5, 6, 7).unbind()
    leaves = [one.requires_grad_(), two.requires_grad_()]
    torch.library.opcheck(correlation_op, (*leaves, 2))
    grad = torch.randn(1, 25, 6, 7)
    torch.library.opcheck(correlation_backward_op, (grad, one.detach(), two.detach(), 2))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_separable_convolution_passes_opcheck(layout: str) -> None:
    leaves = sepconv_leaves((2, 3, 4, 6), (3, 5), layout=layout)
    torch.library.opcheck(sepconv_op, leaves)
    torch.library.opcheck(sepconv_op, (leaves[0].detach(), *leaves[1:]))
    inputs = [leaf.detach() for leaf in leaves]
    for through_input in (True, False):
        grad = torch.randn(2, 3, 4, 6)
        torch.library.opcheck(sepconv_backward_op, (grad, *inputs, through_input))


@pytest.mark.parametrize("mode", MODES)
def test_splatting_compiles_in_one_graph(mode: str) -> None:
    case = splat_case(mode, dtype=torch.float32)

    def loss(picture: Tensor, flow: Tensor, metric: Tensor | None) -> Tensor:
        output, coverage = softsplat(2 * picture, flow, metric, mode, return_coverage=True)
        return (output * coverage).square().sum()

    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    results = []
    for function in (loss, compiled):
        value = function(case.input, case.flow, case.metric)
        gradients = torch.autograd.grad(value, case.leaves)
        results.append({"loss": value.detach(), **dict(zip("ifm", gradients, strict=False))})
    assert_alike(results[1], results[0], 1e-5)


def test_the_other_two_compile_in_one_graph() -> None:
    one, two = torch.randn(2, 1, 3, 6, 7).unbind()
    flow = torch.randn(1, 2, 6, 7, requires_grad=True)

    def loss(one: Tensor, two: Tensor, flow: Tensor) -> Tensor:
        return correlation(one, backwarp(two, flow), 2).square().sum()

    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    expected, found = (f(one, two, flow) for f in (loss, compiled))
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        *(torch.autograd.grad(value, flow)[0] for value in (found, expected))
    )


def test_separable_convolution_compiles_in_one_graph() -> None:
    leaves = sepconv_leaves((1, 3, 6, 7), (3, 3))

    def loss(picture: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
        return sepconv(2 * picture, vertical, horizontal).square().sum()

    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    expected, found = (f(*leaves) for f in (loss, compiled))
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(*(torch.autograd.grad(value, leaves) for value in (found, expected)))


def test_autocast_computes_in_float32() -> None:
    case = splat_case("soft", (1, 4, 9, 10), dtype=torch.float32)
    conv = torch.nn.Conv2d(4, 4, 1)
    with torch.autocast("cpu", torch.bfloat16):
        features = conv(case.input)
        output = softsplat(features, case.flow, case.metric)
        costs = correlation(features, features, 2)
        kernels = torch.ones_like(features)
        convolved = sepconv(functional.pad(features, (0, 3, 0, 3)), kernels, kernels)
        output.float().sum().backward()
    assert features.dtype == output.dtype == costs.dtype == convolved.dtype == torch.bfloat16
    window = functional.pad(features.detach().float(), (0, 3, 0, 3)).unfold(2, 4, 1).unfold(3, 4, 1)
    torch.testing.assert_close(convolved.detach(), window.sum((-1, -2)).bfloat16())
    expected = softsplat(features.detach().float(), case.flow, case.metric)
    torch.testing.assert_close(output.detach(), expected.detach().bfloat16())
    assert case.input.grad.dtype == torch.float32
    assert conv.weight.grad.isfinite().all()


def test_a_float32_picture_stays_float32_under_autocast() -> None:
    case = splat_case("soft", (1, 4, 9, 10), dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        output = softsplat(case.input, case.flow, case.metric)
    assert torch.equal(output, softsplat(case.input, case.flow, case.metric))


def test_mixed_precisions_follow_the_picture() -> None:
    case = splat_case("soft", (1, 4, 9, 10), dtype=torch.float32)
    output = softsplat(case.input.bfloat16(), case.flow, case.metric.double())
    assert output.dtype == torch.bfloat16


def test_only_what_needs_a_gradient_gets_one() -> None:
    case = splat_case("soft", (1, 4, 9, 10), dtype=torch.float32)
    output = softsplat(case.input.detach(), case.flow, case.metric.detach())
    (gradient,) = torch.autograd.grad(output.sum(), case.flow)
    assert gradient.shape == case.flow.shape
    with torch.no_grad():
        assert not softsplat(case.input, case.flow, case.metric).requires_grad
