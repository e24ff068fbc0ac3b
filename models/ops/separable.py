"""Adaptive separable convolution: every pixel has a kernel of its own, a column times a row."""

from torch import Tensor

from . import reference
from .backends import choose_backend, computing_dtype
from .layout import empty_in_layout_of
from .operator import differentiate, operator


def sepconv(
    input: Tensor, vertical: Tensor, horizontal: Tensor, *, backend: str | None = None
) -> Tensor:
    """Convolve every pixel of `input` with its own separable kernel (Niklaus et al., ICCV 2017).

    The result at (y, x) is

        Σ over i and j of input[c, y + i, x + j] · vertical[i, y, x] · horizontal[j, y, x],

    the same kernel for all channels: a correlation without padding. So the caller pads, and the
    tap 0 is the upper, or left, end of the window.

    Args:
        input: (B, C, H + V - 1, W + U - 1), floating point. Half precisions are computed in
            float32.
        vertical: (B, V, H, W), the columns of the kernels.
        horizontal: (B, U, H, W), their rows.
        backend: "reference", "numba" or "cupy"; None takes the device's own.

    Returns:
        (B, C, H, W) in the dtype of `input`, contiguous. It can be differentiated in all three.

    Raises:
        ValueError: the shapes do not fit together.
    """
    _check(input, vertical, horizontal)
    name = choose_backend(input, backend)
    dtype = computing_dtype(input)
    arguments = input.to(dtype), vertical.to(dtype), horizontal.to(dtype)
    if name == "reference" or input.numel() == 0 or vertical.numel() == 0:
        result = reference.convolve_separably(*arguments)
    else:
        result = sepconv_op(*arguments)
    return result.to(input.dtype)


def _check(input: Tensor, vertical: Tensor, horizontal: Tensor) -> None:
    if input.ndim != 4 or not input.is_floating_point():
        raise ValueError(
            f"input must be a floating-point (B, C, H, W), not {input.dtype} {tuple(input.shape)}"
        )
    for name, tensor in (("vertical", vertical), ("horizontal", horizontal)):
        if tensor.ndim != 4 or tensor.shape[1] == 0:
            raise ValueError(f"{name} must be (B, taps, H, W), not {tuple(tensor.shape)}")
        if tensor.device != input.device:
            raise ValueError(f"{name} is on {tensor.device}, but the input is on {input.device}")
    batch, taps, height, width = vertical.shape
    if horizontal.shape != (batch, horizontal.shape[1], height, width):
        raise ValueError(
            "vertical and horizontal differ in more than their taps: "
            f"{tuple(vertical.shape)}, {tuple(horizontal.shape)}"
        )
    expected = (batch, input.shape[1], height + taps - 1, width + horizontal.shape[1] - 1)
    if input.shape != expected:
        raise ValueError(
            f"input must be {expected} to fit the kernels (the caller pads it), "
            f"not {tuple(input.shape)}"
        )


def _sepconv_fake(input: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Return the picture (B, C, H, W), contiguous."""
    return input.new_empty(*input.shape[:2], *vertical.shape[2:])


sepconv_op = operator("sepconv", "cpu.separable:forward", "cuda.separable:forward", _sepconv_fake)


def _sepconv_backward_fake(
    grad: Tensor, input: Tensor, vertical: Tensor, horizontal: Tensor, through_input: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients in input (empty unless asked for), vertical and horizontal."""
    return (
        input.new_empty(input.shape if through_input else (0,)),
        empty_in_layout_of(vertical),
        empty_in_layout_of(horizontal),
    )


sepconv_backward_op = operator(
    "sepconv_backward",
    "cpu.separable:backward",
    "cuda.separable:backward",
    _sepconv_backward_fake,
)


def _save_for_backward(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    ctx.save_for_backward(*inputs)


def _backward(ctx, grad):  # type: ignore[no-untyped-def]
    # A network learns kernels, its pictures do not: their gradient would be half of the work.
    through_input = ctx.needs_input_grad[0]
    gradients = sepconv_backward_op(grad, *ctx.saved_tensors, through_input)
    return gradients if through_input else (None, *gradients[1:])


differentiate("sepconv", _backward, _save_for_backward)
