"""Forward warping (splatting): every pixel is moved along its flow."""

from typing import Literal, overload

from torch import Tensor

from . import reference
from .backends import choose_backend, computing_dtype
from .layout import empty_in_layout_of, layout_of
from .operator import differentiate, operator

MODES = ("sum", "avg", "linear", "soft")


@overload
def softsplat(
    input: Tensor,
    flow: Tensor,
    metric: Tensor | None = None,
    mode: str = "soft",
    *,
    eps: float | None = None,
    return_coverage: Literal[False] = False,
    backend: str | None = None,
) -> Tensor: ...


@overload
def softsplat(
    input: Tensor,
    flow: Tensor,
    metric: Tensor | None = None,
    mode: str = "soft",
    *,
    eps: float | None = None,
    return_coverage: Literal[True],
    backend: str | None = None,
) -> tuple[Tensor, Tensor]: ...


def softsplat(
    input: Tensor,
    flow: Tensor,
    metric: Tensor | None = None,
    mode: str = "soft",
    *,
    eps: float | None = None,
    return_coverage: bool = False,
    backend: str | None = None,
) -> Tensor | tuple[Tensor, Tensor]:
    """Splat `input` along `flow`: softmax splatting (Niklaus & Liu, CVPR 2020, equations 5-9).

    Every pixel p adds its value to the four pixels around `p + flow(p)`, with bilinear weights b
    and its own weight w; Σ runs over all that reach a pixel:

        sum     Σ b·I                          no metric
        avg     Σ b·I / Σ b                    no metric
        linear  Σ b·w·I / Σ b·w,  w = Z        metric Z
        soft    Σ b·w·I / Σ b·w,  w = exp(Z)   metric Z

    Convention: the flow goes from the frame that is given to the frame that is wanted, so a flow
    of (1, 0) moves the picture one column to the *right*. Pixels whose flow or metric is not
    finite contribute nothing, and get no gradient.

    Args:
        input: (B, C, H, W), floating point. Half precisions are computed in float32.
        flow: (B, 2, H, W), pixels, channel 0 to the right, channel 1 down.
        metric: (B, 1, H, W), the importance Z; needed by `linear` and `soft`, refused by others.
        mode: "sum", "avg", "linear" or "soft".
        eps: None divides soundly: `soft` is shifted by the largest Z that reaches a pixel, so
            that no Z overflows or darkens, and what nothing reaches is 0. A number gives the
            published operator instead: no shift, and division by Σ b·w + eps (1e-7 there).
        return_coverage: also return Σ b (B, 1, H, W), which is 0 where nothing arrives.
        backend: "reference", "numba" or "cupy"; None takes the device's own.

    Returns:
        (B, C, H, W) in the dtype of `input`, channels_last if `input` is; and the coverage if it
        was asked for. Both can be differentiated in input, flow and metric.

    Raises:
        ValueError: the shapes do not fit together, the mode is unknown, or the metric is missing
            or unwanted.
    """
    _check(input, flow, metric, mode)
    name = choose_backend(input, backend)
    dtype = computing_dtype(input)
    arguments = (
        input.to(dtype),
        flow.to(dtype),
        None if metric is None else metric.to(dtype),
        mode,
        eps,
    )
    if name == "reference" or input.numel() == 0:
        output, coverage = reference.splat(*arguments)
        output = output.contiguous(memory_format=layout_of(input))
    else:
        output, statistics = splat_op(*arguments)
        coverage = statistics[0]
    output = output.to(input.dtype)
    return (output, coverage.to(input.dtype)) if return_coverage else output


def _check(input: Tensor, flow: Tensor, metric: Tensor | None, mode: str) -> None:
    if mode not in MODES:
        raise ValueError(f"no splatting mode {mode!r}; there are: {', '.join(MODES)}")
    if input.ndim != 4 or not input.is_floating_point():
        raise ValueError(
            f"input must be a floating-point (B, C, H, W), not {input.dtype} {tuple(input.shape)}"
        )
    batch, _, height, width = input.shape
    for name, tensor, channels in (("flow", flow, 2), ("metric", metric, 1)):
        expected = (batch, channels, height, width)
        if tensor is not None and tensor.shape != expected:
            raise ValueError(
                f"{name} must be {expected} to fit the input, not {tuple(tensor.shape)}"
            )
        if tensor is not None and tensor.device != input.device:
            raise ValueError(f"{name} is on {tensor.device}, but the input is on {input.device}")
    if mode in ("linear", "soft") and metric is None:
        raise ValueError(f"mode {mode!r} needs a metric (B, 1, H, W)")
    if mode in ("sum", "avg") and metric is not None:
        raise ValueError(f"mode {mode!r} takes no metric")


def _splat_fake(
    input: Tensor, flow: Tensor, metric: Tensor | None, mode: str, eps: float | None
) -> tuple[Tensor, Tensor]:
    """Return the picture (B, C, H, W) and what the gradient needs, (3, B, 1, H, W).

    The three planes are the coverage, the denominator (eps included), and the peak of Z.
    """
    batch, _, height, width = input.shape
    return empty_in_layout_of(input), input.new_empty(3, batch, 1, height, width)


splat_op = operator("splat", "cpu.splat:forward", "cuda.splat:forward", _splat_fake)


def _splat_backward_fake(
    grad: Tensor,
    grad_coverage: Tensor,
    input: Tensor,
    flow: Tensor,
    metric: Tensor | None,
    output: Tensor,
    statistics: Tensor,
    mode: str,
    stabilised: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients in input, flow and metric (the last one empty without a metric)."""
    batch, _, height, width = input.shape
    return (
        empty_in_layout_of(input),
        flow.new_empty(batch, 2, height, width),
        flow.new_empty((batch, 1, height, width) if metric is not None else (0,)),
    )


splat_backward_op = operator(
    "splat_backward", "cpu.splat:backward", "cuda.splat:backward", _splat_backward_fake
)


def _save_for_backward(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    input, flow, metric, ctx.mode, eps = inputs
    ctx.stabilised = eps is None
    ctx.save_for_backward(input, flow, metric, *output)


def _backward(ctx, grad, grad_statistics):  # type: ignore[no-untyped-def]
    input, flow, metric, output, statistics = ctx.saved_tensors
    grad_input, grad_flow, grad_metric = splat_backward_op(
        grad,
        grad_statistics[0],
        input,
        flow,
        metric,
        output,
        statistics,
        ctx.mode,
        ctx.stabilised,
    )
    return grad_input, grad_flow, None if metric is None else grad_metric, None, None


differentiate("splat", _backward, _save_for_backward)
