"""What has to hold of every CUDA path: it computes what the definition does, whatever the type.

Each check is a function of the device that raises where it does not hold. They need PyTorch and
CuPy; those of networks OpenCV, too. On a CPU they try the compiled kernels there.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from vfi.models.ops import backwarp, correlation, sepconv, softsplat

Check = Callable[[torch.device], None]
TOLERANCE = {
    torch.float64: 1e-7,
    torch.float32: 2e-4,
    torch.float16: 1e-2,
    torch.bfloat16: 6e-2,
}  # of numbers about 1 in size: some units in the last place, added up
SIZES = ((33, 41), (32, 64), (1, 1), (7, 300))  # odd, even, one pixel, wider than a block
LAYOUTS = (torch.contiguous_format, torch.channels_last)
MODES = ("sum", "avg", "linear", "soft")


def checks(device: torch.device) -> Iterator[tuple[str, Check]]:
    """Yield every check with its name; those that only a GPU has come last."""
    for dtype in TOLERANCE:
        name = str(dtype).removeprefix("torch.")
        for mode in MODES:
            yield f"splatting, {mode}, {name}, forward and backward", _splatting(mode, dtype)
        yield f"cost volume, {name}, forward and backward", _cost_volume(dtype)
        yield f"separable convolution, {name}, forward and backward", _separable(dtype)
    yield "backward warping, forward and backward", _warping
    yield "tracked corners as tensors", _tracks
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        name = str(dtype).removeprefix("torch.")
        yield f"network fast, {name}, odd and even sizes", _network("fast", dtype)
    if device.type == "cuda":
        yield "two streams at once", _two_streams
        yield "CUDA graph, replayed with other pictures", _graph
        yield "a stream that is not the default one waits for its own work", _other_stream


def _splatting(mode: str, dtype: torch.dtype) -> Check:
    def check(device: torch.device) -> None:
        for size, layout in itertools.product(SIZES, LAYOUTS):
            random = torch.Generator().manual_seed(0)
            picture = torch.randn(2, 9, *size, generator=random)
            flow = 2 * torch.randn(2, 2, *size, generator=random)
            metric = torch.rand(2, 1, *size, generator=random) + 0.1
            leaves = [picture.contiguous(memory_format=layout), flow]
            leaves += [metric] if mode in ("linear", "soft") else []
            _same(
                functools.partial(_splatted, mode),
                leaves,
                dtype,
                device,
            )

    return check


def _splatted(mode: str, *given: Tensor, backend: str | None) -> Tensor:
    picture, flow, *metric = given
    return softsplat(picture, flow, metric[0] if metric else None, mode, backend=backend)


def _cost_volume(dtype: torch.dtype) -> Check:
    def check(device: torch.device) -> None:
        for size, layout, radius in itertools.product(SIZES, LAYOUTS, (0, 1, 4)):
            random = torch.Generator().manual_seed(1)
            leaves = [
                torch.randn(2, 6, *size, generator=random).contiguous(memory_format=layout)
                for _ in range(2)
            ]
            _same(
                functools.partial(correlation, radius=radius),
                leaves,
                dtype,
                device,
            )

    return check


def _separable(dtype: torch.dtype) -> Check:
    def check(device: torch.device) -> None:
        taps = ((1, 1), (11, 7))
        for size, layout, (down, right) in itertools.product(SIZES, LAYOUTS, taps):
            random = torch.Generator().manual_seed(2)
            shapes = (
                (2, 3, size[0] + down - 1, size[1] + right - 1),
                (2, down, *size),
                (2, right, *size),
            )
            leaves = [
                (torch.randn(shape, generator=random) / shape[1] ** 0.5).contiguous(
                    memory_format=layout
                )
                for shape in shapes
            ]
            _same(lambda *given, backend: sepconv(*given, backend=backend), leaves, dtype, device)

    return check


def _warping(device: torch.device) -> None:
    for size in SIZES:
        random = torch.Generator().manual_seed(3)
        leaves = [torch.randn(2, channels, *size, generator=random) for channels in (3, 2)]
        _same(lambda *given, backend: backwarp(*given), leaves, torch.float32, device)


def _same(
    operator: Callable[..., Tensor], leaves: list[Tensor], dtype: torch.dtype, device: torch.device
) -> None:
    """See that results and gradients are those of the definition, on the CPU, of the same numbers.

    Its half precisions are computed in float32 here and there.
    """
    given = [leaf.to(dtype) for leaf in leaves]
    exact = torch.float64 if dtype == torch.float64 else torch.float32
    expected = _with_gradients(operator, [leaf.to(exact) for leaf in given], "reference")
    found = _with_gradients(operator, [leaf.to(device) for leaf in given], None)
    for mine, right in zip(found, expected, strict=True):
        assert mine.dtype == dtype
        scale = float(right.abs().max().clamp(min=1))
        error = float((mine.cpu().to(exact) - right).abs().max()) / scale
        assert error <= TOLERANCE[dtype], f"off by {error:.2g} of the largest number"


def _with_gradients(
    operator: Callable[..., Tensor], leaves: list[Tensor], backend: str | None
) -> list[Tensor]:
    ready = [leaf.detach().requires_grad_() for leaf in leaves]
    made = operator(*ready, backend=backend)
    random = torch.Generator().manual_seed(4)
    pull = torch.randn(made.shape, generator=random).to(made.device, made.dtype)
    return [made.detach(), *torch.autograd.grad(made, ready, pull)]


# ---- parts of networks, and whole ones


def shifted_pair(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Two views (1, 3, H, W) of a smooth texture that moves by 6 pixels to the right."""
    random = torch.Generator().manual_seed(5)
    coarse = torch.rand(1, 3, height // 4 + 4, width // 4 + 6, generator=random)
    size = (height + 16, width + 24)
    wide = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    return wide[..., 8 : 8 + height, 12 : 12 + width], wide[..., 8 : 8 + height, 6 : 6 + width]


def _tracks(device: torch.device) -> None:
    from vfi.models.tensor_tracks import tensor_track_flows

    one, two = shifted_pair(97, 131)
    forward, _ = tensor_track_flows(one.to(device), two.to(device))
    off = (forward.cpu() - torch.tensor((6.0, 0)).view(1, 2, 1, 1))[..., 24:-24, 24:-24]
    assert float(off.abs().mean()) < 0.2, f"off by {float(off.abs().mean()):.2g} pixels"


def _network(name: str, dtype: torch.dtype) -> Check:
    def check(device: torch.device) -> None:
        from vfi.interpolator import Interpolator

        precision = {torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16"}[dtype]
        here = Interpolator(name, str(device), precision)
        right = Interpolator(name, "cpu", "fp32")
        for size in ((96, 128), (97, 131)):
            one, two = shifted_pair(*size)
            found, expected = here(one, two), right(one, two)
            error = float((found.cpu() - expected).abs().mean())
            most = {"fp32": 2e-3, "fp16": 5e-3, "bf16": 1e-2}[precision]
            assert error < most, f"off by {error:.2g} of 1 in the mean"

    return check


# ---- what only a GPU has


def _work(picture: Tensor, flow: Tensor) -> Tensor:
    metric = picture[:, :1]
    splatted = softsplat(picture, flow, metric, mode="soft")
    return splatted + correlation(picture, splatted, 1).mean(1, keepdim=True)


def _given(device: torch.device, seed: int) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    picture = torch.randn(1, 8, 128, 192, generator=random)
    return picture.to(device), (3 * torch.randn(1, 2, 128, 192, generator=random)).to(device)


def _close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def _two_streams(device: torch.device) -> None:
    given = [_given(device, seed) for seed in (0, 1)]
    expected = [_work(*each) for each in given]
    torch.cuda.synchronize(device)
    streams = [torch.cuda.Stream(device) for _ in given]  # type: ignore[no-untyped-call]
    found: list[Any] = [None, None]
    for _ in range(20):
        for number, stream in enumerate(streams):
            with torch.cuda.stream(stream):
                found[number] = _work(*given[number])
    torch.cuda.synchronize(device)
    for mine, right in zip(found, expected, strict=True):
        _close(mine, right)


def _graph(device: torch.device) -> None:
    picture, flow = _given(device, 0)
    side = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    side.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(side):  # kernels are compiled before anything is recorded
        _work(picture, flow)
    torch.cuda.current_stream(device).wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        made = _work(picture, flow)
    other = _given(device, 1)
    picture.copy_(other[0])
    flow.copy_(other[1])
    graph.replay()
    torch.cuda.synchronize(device)
    _close(made, _work(*other))


def _other_stream(device: torch.device) -> None:
    picture, flow = _given(device, 0)
    expected = _work(picture, flow)
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        late = torch.zeros_like(picture)
        for _ in range(100):
            late = late + picture / 100
        found = _work(late, flow)
    stream.synchronize()
    _close(found, expected)
