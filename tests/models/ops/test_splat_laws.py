"""What splatting means, on the definition and on the CPU kernels alike."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.helpers.operators import LAYOUTS, MODES, splat_case
from vfi.models.ops import softsplat

pytestmark = pytest.mark.parametrize("backend", ["reference", "numba"])


def constant_flow(x: float, y: float, height: int, width: int) -> Tensor:
    return torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, height, width).contiguous()


def metric_for(mode: str, picture: Tensor) -> Tensor | None:
    if mode in ("sum", "avg"):
        return None
    return torch.rand(len(picture), 1, *picture.shape[2:]) + 0.1


def rounding(mode: str) -> float:
    """What w·I / w may be off by; with weights of 1 nothing is rounded."""
    return 0.0 if mode in ("sum", "avg") else 3e-7


def test_convention_a_flow_of_one_to_the_right_moves_the_picture_right(backend: str) -> None:
    picture = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(1, 1, 2, 3)
    right = softsplat(picture, constant_flow(1, 0, 2, 3), mode="sum", backend=backend)
    assert right[0, 0].tolist() == [[0, 1, 2], [0, 4, 5]]


def test_convention_a_flow_of_one_down_moves_the_picture_down(backend: str) -> None:
    picture = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).view(1, 1, 3, 2)
    down = softsplat(picture, constant_flow(0, 1, 3, 2), mode="sum", backend=backend)
    assert down[0, 0].tolist() == [[0, 0], [1, 2], [3, 4]]


def test_a_quarter_pixel_is_shared_bilinearly(backend: str) -> None:
    picture = torch.zeros(1, 1, 3, 3)
    picture[0, 0, 1, 1] = 16
    flow = constant_flow(0.25, -0.5, 3, 3)
    shared = softsplat(picture, flow, mode="sum", backend=backend)[0, 0]
    assert shared.tolist() == [[0, 6, 2], [0, 6, 2], [0, 0, 0]]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
def test_zero_flow_is_the_identity(backend: str, mode: str, layout: str) -> None:
    picture = torch.randn(2, 11, 9, 21).contiguous(memory_format=LAYOUTS[layout])
    metric = metric_for(mode, picture)
    same = softsplat(picture, torch.zeros(2, 2, 9, 21), metric, mode, backend=backend)
    tolerance = rounding(mode)
    torch.testing.assert_close(same, picture, rtol=tolerance, atol=tolerance)


@given(x=st.integers(-6, 6), y=st.integers(-6, 6), mode=st.sampled_from(["sum", "avg", "soft"]))
@settings(max_examples=20)
def test_a_whole_translation_shifts_exactly(backend: str, x: int, y: int, mode: str) -> None:
    picture = torch.randn(1, 3, 5, 6)
    metric = metric_for(mode, picture)
    moved = softsplat(picture, constant_flow(x, y, 5, 6), metric, mode, backend=backend)
    expected = torch.zeros_like(picture)
    for row in range(5):
        for column in range(6):
            if 0 <= row + y < 5 and 0 <= column + x < 6:
                expected[..., row + y, column + x] = picture[..., row, column]
    tolerance = rounding(mode)
    torch.testing.assert_close(moved, expected, rtol=tolerance, atol=tolerance)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=15)
def test_sum_conserves_what_stays_in_the_frame(backend: str, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    picture = torch.randn(1, 4, 9, 10, generator=random, dtype=torch.float64)
    rows, columns = torch.meshgrid(torch.arange(9.0), torch.arange(10.0), indexing="ij")
    goal = torch.rand(1, 2, 9, 10, generator=random) * torch.tensor([9.0, 8.0]).view(1, 2, 1, 1)
    flow = goal - torch.stack([columns, rows])[None]
    splatted, coverage = softsplat(
        picture, flow.double(), mode="sum", return_coverage=True, backend=backend
    )
    torch.testing.assert_close(splatted.sum((2, 3)), picture.sum((2, 3)))
    assert coverage.sum().item() == pytest.approx(90)


@given(shift=st.sampled_from([-300.0, -80.0, -1.0, 0.5, 80.0, 300.0]), seed=st.integers(0, 99))
@settings(max_examples=12)
def test_adding_a_constant_to_the_metric_changes_nothing(
    backend: str, shift: float, seed: int
) -> None:
    case = splat_case("soft", seed=seed, spread=8)
    before = softsplat(case.input, case.flow, case.metric, backend=backend)
    after = softsplat(case.input, case.flow, case.metric + shift, backend=backend)
    torch.testing.assert_close(before, after, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("level", [-80.0, 80.0, -1e4, 1e4])
def test_no_metric_darkens_or_overflows(backend: str, level: float, layout: str) -> None:
    picture = torch.full((1, 3, 8, 8), 0.7).contiguous(memory_format=LAYOUTS[layout])
    flow = torch.rand(1, 2, 8, 8) * 3
    output, coverage = softsplat(
        picture, flow, torch.full((1, 1, 8, 8), level), return_coverage=True, backend=backend
    )
    reached = (coverage > 0).expand_as(output)
    torch.testing.assert_close(output[reached], torch.full_like(output[reached], 0.7))
    assert (output[~reached] == 0).all()


def test_a_pixel_of_low_metric_keeps_its_brightness_beside_one_of_high(backend: str) -> None:
    picture = torch.linspace(0.1, 1, 64).view(1, 1, 8, 8)
    metric = torch.where(torch.arange(64) % 2 == 0, 80.0, -80.0).view(1, 1, 8, 8)
    still = softsplat(picture, torch.zeros(1, 2, 8, 8), metric, backend=backend)
    assert torch.equal(still, picture)


def test_where_two_meet_the_higher_metric_wins(backend: str) -> None:
    picture = torch.tensor([[1.0, 5.0]]).view(1, 1, 1, 2)
    flow = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).view(1, 2, 1, 2)
    for metric, winner in ((80.0, 1.0), (-80.0, 5.0), (0.0, 3.0), (math.log(3), 2.0)):
        importance = torch.tensor([[metric, 0.0]]).view(1, 1, 1, 2)
        output = softsplat(picture, flow, importance, backend=backend)
        assert output[0, 0, 0].tolist() == pytest.approx([0.0, winner])


def test_linear_weighs_by_the_metric_itself(backend: str) -> None:
    picture = torch.tensor([[1.0, 5.0]]).view(1, 1, 1, 2)
    flow = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).view(1, 2, 1, 2)
    metric = torch.tensor([[3.0, 1.0]]).view(1, 1, 1, 2)
    output = softsplat(picture, flow, metric, "linear", backend=backend)
    assert output[0, 0, 0].tolist() == pytest.approx([0.0, 2.0])


def test_where_nothing_lands_is_zero_and_the_coverage_says_so(backend: str) -> None:
    picture = torch.ones(1, 2, 4, 4)
    output, coverage = softsplat(
        picture, constant_flow(2.5, 0, 4, 4), mode="avg", return_coverage=True, backend=backend
    )
    assert coverage.shape == (1, 1, 4, 4)
    assert coverage[0, 0, 0].tolist() == [0, 0, 0.5, 1]
    assert output[0, 0, 0].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e9, -1e30])
def test_a_flow_to_nowhere_contributes_nothing(backend: str, mode: str, bad: float) -> None:
    case = splat_case(mode, (1, 3, 5, 6), dtype=torch.float32)
    picture, flow = case.input.detach().clone(), case.flow.detach().clone()
    flow[0, 1, 2, 3] = bad
    flow[0, 0, 4, 1] = bad
    elsewhere = flow.clone()
    elsewhere[0, :, 2, 3] = elsewhere[0, :, 4, 1] = 50
    picture.requires_grad_()
    flow.requires_grad_()
    output = softsplat(picture, flow, case.metric, mode, backend=backend)
    expected = softsplat(picture, elsewhere, case.metric, mode, backend=backend)
    assert torch.equal(output, expected)
    gradients = torch.autograd.grad(output.square().sum(), [picture, flow])
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert all((g[0, :, 2, 3] == 0).all() and (g[0, :, 4, 1] == 0).all() for g in gradients)


@pytest.mark.parametrize("mode", ["linear", "soft"])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_pixel_without_a_finite_metric_contributes_nothing(
    backend: str, mode: str, bad: float
) -> None:
    case = splat_case(mode, (2, 3, 5, 6), dtype=torch.float32)
    metric, flow = case.metric.detach().clone(), case.flow.detach().clone()
    metric[0, 0, 2, 3] = bad
    flow[0, :, 2, 3] = 50
    metric.requires_grad_()
    output = softsplat(case.input, case.flow, metric, mode, backend=backend)
    expected = softsplat(case.input, flow, case.metric, mode, backend=backend)
    torch.testing.assert_close(output, expected)
    (gradient,) = torch.autograd.grad(output.sum(), metric)
    assert gradient.isfinite().all()
    assert gradient[0, 0, 2, 3] == 0


def test_eps_gives_the_published_division(backend: str) -> None:
    picture = torch.full((1, 1, 2, 2), 0.5)
    for metric in (-20.0, 0.0, 20.0):
        importance = torch.full((1, 1, 2, 2), metric)
        output = softsplat(picture, torch.zeros(1, 2, 2, 2), importance, eps=1e-7, backend=backend)
        weight = math.exp(metric)
        assert output[0, 0, 0, 0].item() == pytest.approx(0.5 * weight / (weight + 1e-7), rel=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 0, 4, 5), (1, 3, 0, 5)])
def test_nothing_in_nothing_out(backend: str, mode: str, shape: tuple[int, int, int, int]) -> None:
    case = splat_case(mode, shape, dtype=torch.float32)
    output, coverage = softsplat(
        case.input, case.flow, case.metric, mode, return_coverage=True, backend=backend
    )
    assert output.shape == shape
    assert coverage.shape == (shape[0], 1, *shape[2:])
    gradients = torch.autograd.grad(output.sum(), case.leaves, allow_unused=True)
    assert gradients[0].shape == shape


@pytest.mark.parametrize("mode", MODES)
def test_a_single_pixel_stays_or_goes(backend: str, mode: str) -> None:
    picture, metric = torch.full((1, 1, 1, 1), 3.0), torch.full((1, 1, 1, 1), 2.0)
    metric = None if mode in ("sum", "avg") else metric
    for flow, expected in (((0, 0), 3.0), ((1, 0), 0.0), ((0, -2), 0.0), ((0.5, 0), 3.0)):
        output = softsplat(picture, constant_flow(*flow, 1, 1), metric, mode, backend=backend)
        part = 0.5 if flow[0] == 0.5 and mode == "sum" else 1.0
        assert output.item() == pytest.approx(expected * part)


@pytest.mark.parametrize("mode", MODES)
def test_strides_do_not_matter_and_channels_last_stays(backend: str, mode: str) -> None:
    case = splat_case(mode, (2, 9, 6, 17), dtype=torch.float32)
    picture, flow = case.input.detach(), case.flow.detach()
    metric = None if case.metric is None else case.metric.detach()
    expected = softsplat(picture, flow, metric, mode, backend=backend)

    def strided(tensor: Tensor | None) -> Tensor | None:
        if tensor is None:
            return None
        wide = tensor.new_zeros(*tensor.shape[:2], 2 * tensor.shape[2], 3 * tensor.shape[3])
        wide[:, :, ::2, ::3] = tensor
        return wide[:, :, ::2, ::3]

    for view in (strided, lambda tensor: tensor):
        output = softsplat(view(picture), view(flow), view(metric), mode, backend=backend)
        torch.testing.assert_close(output, expected, rtol=1e-6, atol=1e-6)
    pixels = picture.contiguous(memory_format=torch.channels_last)
    output = softsplat(pixels, flow, metric, mode, backend=backend)
    torch.testing.assert_close(output, expected, rtol=1e-6, atol=1e-6)
    assert output.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precisions_are_summed_in_float32(backend: str, dtype: torch.dtype) -> None:
    picture = torch.full((1, 1, 1, 600), 1.0, dtype=dtype, requires_grad=True)
    # All 600 pixels on one: beyond 256 a sum in bfloat16 would stand still.
    flow = 300 - torch.arange(600.0).view(1, 1, 1, 600).repeat(1, 2, 1, 1)
    flow[:, 1] = 0
    output = softsplat(picture, flow, mode="sum", backend=backend)
    assert output.dtype == dtype
    assert output[0, 0, 0, 300].item() == 600
    output.sum().backward()
    assert picture.grad.dtype == dtype
    assert (picture.grad == 1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1, 3, 4, 5), (1, 2, 4, 4), None, "avg"), r"flow must be \(1, 2, 4, 5\)"),
        (((1, 3, 4, 5), (1, 3, 4, 5), None, "avg"), r"flow must be \(1, 2, 4, 5\)"),
        (((1, 3, 4, 5), (1, 2, 4, 5), (1, 3, 4, 5), "soft"), r"metric must be \(1, 1, 4, 5\)"),
        (((3, 4, 5), (1, 2, 4, 5), None, "avg"), r"input must be a floating-point \(B, C, H, W\)"),
        (((1, 3, 4, 5), (1, 2, 4, 5), None, "soft"), "mode 'soft' needs a metric"),
        (((1, 3, 4, 5), (1, 2, 4, 5), None, "linear"), "mode 'linear' needs a metric"),
        (((1, 3, 4, 5), (1, 2, 4, 5), (1, 1, 4, 5), "sum"), "mode 'sum' takes no metric"),
        (((1, 3, 4, 5), (1, 2, 4, 5), None, "softmax"), "no splatting mode 'softmax'; there are"),
    ],
)
def test_wrong_arguments_are_named(backend: str, arguments: tuple, message: str) -> None:
    *shapes, mode = arguments
    tensors = [None if shape is None else torch.zeros(shape) for shape in shapes]
    with pytest.raises(ValueError, match=message):
        softsplat(*tensors, mode, backend=backend)


def test_whole_numbers_are_no_picture(backend: str) -> None:
    picture = torch.zeros(1, 3, 4, 5, dtype=torch.uint8)
    with pytest.raises(ValueError, match="floating-point"):
        softsplat(picture, torch.zeros(1, 2, 4, 5), mode="avg", backend=backend)


def test_tensors_on_two_devices_are_named(backend: str) -> None:
    picture, flow = torch.zeros(1, 3, 4, 5), torch.zeros(1, 2, 4, 5, device="meta")
    with pytest.raises(ValueError, match="flow is on meta, but the input is on cpu"):
        softsplat(picture, flow, mode="avg", backend=backend)
