"""The cost volume: how alike are a pixel of one picture and those around it in another."""

from torch import Tensor

from . import reference
from .backends import choose_backend, computing_dtype
from .operator import differentiate, operator


def correlation(one: Tensor, two: Tensor, radius: int, *, backend: str | None = None) -> Tensor:
    """Correlate every pixel of `one` with the (2r+1)² around the same place in `two`.

    The channel `(dy + r)·(2r + 1) + (dx + r)`, with dy and dx from -r to r, holds at (y, x)

        mean over c of one[c, y, x] · two[c, y + dy, x + dx],

    where `two` counts as 0 outside the frame (PWC-Net, Sun et al., CVPR 2018, equation 2).

    Args:
        one, two: (B, C, H, W), floating point, of one dtype. Half precisions are computed in
            float32.
        radius: r, at least 0, in pixels.
        backend: "reference", "numba" or "cupy"; None takes the device's own.

    Returns:
        (B, (2r+1)², H, W) in the dtype of `one`.

    Raises:
        ValueError: the shapes differ, or the radius is not a whole number of at least 0.
    """
    _check(one, two, radius)
    name = choose_backend(one, backend)
    dtype = computing_dtype(one)
    if name == "reference" or one.numel() == 0:
        result = reference.correlate(one.to(dtype), two.to(dtype), radius)
    else:
        result = correlation_op(one.to(dtype), two.to(dtype), radius)
    return result.to(one.dtype)


def _check(one: Tensor, two: Tensor, radius: int) -> None:
    if one.ndim != 4 or not one.is_floating_point():
        raise ValueError(
            f"one must be a floating-point (B, C, H, W), not {one.dtype} {tuple(one.shape)}"
        )
    if one.shape != two.shape:
        raise ValueError(f"one and two differ in shape: {tuple(one.shape)}, {tuple(two.shape)}")
    if one.device != two.device:
        raise ValueError(f"one is on {one.device}, but two is on {two.device}")
    if not isinstance(radius, int) or radius < 0:
        raise ValueError(f"radius must be a whole number of at least 0, not {radius!r}")


def _correlation_fake(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume (B, (2r+1)², H, W), contiguous."""
    batch, _, height, width = one.shape
    return one.new_empty(batch, (2 * radius + 1) ** 2, height, width)


correlation_op = operator(
    "correlation", "cpu.correlation:forward", "cuda.correlation:forward", _correlation_fake
)


def _correlation_backward_fake(
    grad: Tensor, one: Tensor, two: Tensor, radius: int
) -> tuple[Tensor, Tensor]:
    """Return the gradients in one and two, contiguous."""
    return one.new_empty(one.shape), two.new_empty(two.shape)


correlation_backward_op = operator(
    "correlation_backward",
    "cpu.correlation:backward",
    "cuda.correlation:backward",
    _correlation_backward_fake,
)


def _save_for_backward(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    one, two, ctx.radius = inputs
    ctx.save_for_backward(one, two)


def _backward(ctx, grad):  # type: ignore[no-untyped-def]
    return *correlation_backward_op(grad, *ctx.saved_tensors, ctx.radius), None


differentiate("correlation", _backward, _save_for_backward)
