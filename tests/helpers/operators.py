"""Inputs for the operators' tests."""

from dataclasses import dataclass

import torch
from torch import Tensor

from vfi.models.ops import softsplat

MODES = ("sum", "avg", "linear", "soft")
LAYOUTS = {"planes": torch.contiguous_format, "pixels": torch.channels_last}


@dataclass(frozen=True)
class SplatCase:
    """A picture, where its pixels go and how much they count, all of them leaves."""

    input: Tensor
    flow: Tensor
    metric: Tensor | None
    mode: str

    def to(self, device: str) -> "SplatCase":
        parts = (self.input, self.flow, self.metric)
        moved = [None if t is None else t.detach().to(device).requires_grad_() for t in parts]
        return SplatCase(moved[0], moved[1], moved[2], self.mode)

    @property
    def leaves(self) -> list[Tensor]:
        return [t for t in (self.input, self.flow, self.metric) if t is not None]


def splat_case(
    mode: str,
    shape: tuple[int, int, int, int] = (2, 3, 6, 7),
    *,
    dtype: torch.dtype = torch.float64,
    layout: str = "planes",
    spread: float = 1.0,
    hostile: bool = False,
    seed: int = 0,
) -> SplatCase:
    """Random pixels with flows of a few of them; `spread` is the range of the metric.

    `hostile` adds flows that are whole, huge or not finite, and a metric that is not a number.
    """
    random = torch.Generator().manual_seed(seed)
    batch, _, height, width = shape
    picture = torch.randn(shape, generator=random, dtype=dtype)
    flow = 2 * torch.randn(batch, 2, height, width, generator=random, dtype=dtype)
    metric = None
    if mode in ("linear", "soft"):
        metric = spread * torch.rand(batch, 1, height, width, generator=random, dtype=dtype)
        metric = metric + 0.1 if mode == "linear" else metric - spread / 2
    if hostile and flow.numel() > 0:
        for position, value in enumerate((float("nan"), 1e9, -1e30, float("inf"), 0.0, 1.0)):
            place = torch.randint(flow.numel(), (1,), generator=random)
            flow.view(-1)[place] = value
            if metric is not None and position == 0:
                metric.view(-1)[place % metric.numel()] = value
    picture = picture.contiguous(memory_format=LAYOUTS[layout])
    return SplatCase(
        picture.requires_grad_(),
        flow.requires_grad_(),
        None if metric is None else metric.requires_grad_(),
        mode,
    )


def splat_with_gradients(
    case: SplatCase, backend: str, eps: float | None = None
) -> dict[str, Tensor]:
    """Return the picture, the coverage, and the gradients of a fixed random sum over both."""
    output, coverage = softsplat(
        case.input,
        case.flow,
        case.metric,
        case.mode,
        eps=eps,
        return_coverage=True,
        backend=backend,
    )
    random = torch.Generator().manual_seed(1)
    pulls = [
        torch.randn(t.shape, generator=random, dtype=t.dtype).to(t.device)
        for t in (output, coverage)
    ]
    gradients = torch.autograd.grad([output, coverage], case.leaves, pulls)
    names = ("gradient in input", "gradient in flow", "gradient in metric")
    return {
        "picture": output.detach(),
        "coverage": coverage.detach(),
        **dict(zip(names, gradients, strict=False)),
    }


def assert_alike(found: dict[str, Tensor], expected: dict[str, Tensor], tolerance: float) -> None:
    for name, value in expected.items():
        torch.testing.assert_close(
            found[name].cpu(),
            value.cpu(),
            rtol=tolerance,
            atol=tolerance,
            msg=lambda text, name=name: f"{name}: {text}",
        )


def sepconv_leaves(
    shape: tuple[int, int, int, int],
    taps: tuple[int, int],
    *,
    dtype: torch.dtype = torch.float32,
    layout: str = "planes",
) -> tuple[Tensor, Tensor, Tensor]:
    """A random picture and kernels of `taps` (down, right) for a result of `shape`, all leaves."""
    batch, channels, height, width = shape
    random = torch.Generator().manual_seed(0)
    picture, vertical, horizontal = (
        torch.randn(size, generator=random, dtype=dtype)
        .contiguous(memory_format=LAYOUTS[layout])
        .requires_grad_()
        for size in (
            (batch, channels, height + taps[0] - 1, width + taps[1] - 1),
            (batch, taps[0], height, width),
            (batch, taps[1], height, width),
        )
    )
    return picture, vertical, horizontal
