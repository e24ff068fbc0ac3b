"""How fast a card is at what vfi does, beside what it can do at all."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch

from benchmarks.gpu_checks import shifted_pair
from vfi.models.ops import backwarp, correlation, sepconv, softsplat

SIZES = {"720p": (720, 1280), "1080p": (1080, 1920), "4K": (2160, 3840)}
RUNS = 7
NETWORKS = ("fast", "hybrid", "direct")
FRAMES = 48  # of the clip from which files are timed


@dataclass(frozen=True)
class Rates:
    """What the device can do: bytes a second (read and written ones), and FLOP a second by type."""

    copy: float
    matrix: dict[str, float]


def seconds_of(call: Callable[[], object], device: torch.device) -> float:
    """Return the median of several runs after two to warm up, by the device's own clock."""
    times = [_once(call, device) for _ in range(RUNS + 2)]
    return statistics.median(times[2:])


def _once(call: Callable[[], object], device: torch.device) -> float:
    if device.type != "cuda":
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin
    event: Any = torch.cuda.Event
    begin_event, end_event = event(enable_timing=True), event(enable_timing=True)
    begin_event.record()
    call()
    end_event.record()
    torch.cuda.synchronize(device)
    return float(begin_event.elapsed_time(end_event)) / 1e3


def rates_of(device: torch.device, small: bool) -> Rates:
    """Copy a large block, multiply large matrices."""
    count = 2**20 if small else 2**28
    source = torch.ones(count, device=device)
    target = torch.empty_like(source)
    copying = seconds_of(lambda: target.copy_(source), device)
    side = 128 if small else 8192
    matrix = {}
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        one = torch.randn(side, side, device=device).to(dtype)
        taken = seconds_of(lambda one=one: one @ one, device)  # type: ignore[misc]
        matrix[str(dtype).removeprefix("torch.")] = 2.0 * side**3 / taken
    return Rates(2.0 * source.nbytes / copying, matrix)


@dataclass(frozen=True)
class OperatorRow:
    """One operator at one size."""

    name: str
    seconds: float
    floor: float  # seconds that its bytes take to be read and written once, at the copy rate


def operators(device: torch.device, rates: Rates, small: bool) -> Iterator[OperatorRow]:
    """Time each operator at 1920x1080 (the cost volume at a quarter of that), in float32."""
    height, width = (27, 48) if small else SIZES["1080p"]

    def row(name: str, call: Callable[[], Any], *given: torch.Tensor) -> OperatorRow:
        moved = sum(each.nbytes for each in given) + call().nbytes
        return OperatorRow(name, seconds_of(call, device), moved / rates.copy)

    picture = torch.randn(1, 32, height, width, device=device)
    flow = 4 * torch.randn(1, 2, height, width, device=device)
    z = torch.randn(1, 1, height, width, device=device)
    for mode, metric in (("sum", None), ("avg", None), ("soft", z)):
        yield row(
            f"splatting, {mode}, 32 channels",
            lambda mode=mode, metric=metric: softsplat(picture, flow, metric, mode),  # type: ignore[misc]
            picture, flow, *([] if metric is None else [metric]),
        )  # fmt: skip
    yield row("backward warping", lambda: backwarp(picture, flow), picture, flow)
    one, two = (torch.randn(1, 64, height // 4, width // 4, device=device) for _ in range(2))
    yield row("cost volume, radius 4, 64 channels", lambda: correlation(one, two, 4), one, two)
    kernels = [torch.randn(1, 51, height, width, device=device) for _ in range(2)]
    padded = torch.randn(1, 3, height + 50, width + 50, device=device)
    yield row("separable convolution, 51 taps", lambda: sepconv(padded, *kernels), padded, *kernels)


@dataclass(frozen=True)
class NetworkRow:
    """One network at one size, from pictures on the device to a frame there."""

    name: str
    size: str
    seconds: float
    share: float  # of the matrix rate, by its counted operations
    memory: int  # bytes at most


def network(name: str, size: str, device: torch.device, rates: Rates, small: bool) -> NetworkRow:
    """Time a frame at t = 1/2 of a pair that is on the device already."""
    from vfi.evaluation.speed.flops import count_flops
    from vfi.interpolator import Interpolator

    height, width = (48, 64) if small else SIZES[size]
    interpolator = Interpolator(name, str(device))
    one, two = (picture.to(device) for picture in shifted_pair(height, width))
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    seconds = seconds_of(lambda: interpolator(one, two), device)
    memory = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
    rate = rates.matrix[str(interpolator.dtype).removeprefix("torch.")]
    flops = sum(count_flops(interpolator.network, height, width).values())
    return NetworkRow(name, size, seconds, flops / seconds / rate, memory)


def from_file(name: str, size: str, device: torch.device, folder: Any, small: bool) -> float:
    """Return the frames a second of `vfi video --fps 2` on a clip in H.264.

    Raises:
        ImportError: PyAV is not here.
    """
    import av  # noqa: F401

    from vfi import VideoWriter
    from vfi.job import Job
    from vfi.planning import TimelineOptions

    height, width = (48, 64) if small else SIZES[size]
    count = 4 if small else FRAMES
    source = folder / f"{size}.mp4"
    one, two = shifted_pair(height, width)
    pictures = [(p[0].permute(1, 2, 0) * 255).byte().numpy() for p in (one, two)]
    with VideoWriter(source, width, height, 24) as writer:
        for number in range(count):
            writer.write(pictures[number % 2], Fraction(number, 24))
    options = TimelineOptions(fps=Fraction(2))
    job = Job(source, folder / f"{name}-{size}.mp4", options, model=name, device=str(device))
    job.check()
    begin = time.perf_counter()
    job.run()
    return 2 * count / (time.perf_counter() - begin)
