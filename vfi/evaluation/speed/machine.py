"""What this machine can do at all: its matrix rate and its copy rate, measured."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

MATRIX_SIDE = {"cpu": 2048, "cuda": 8192}
COPIED_BYTES = {"cpu": 256 * 2**20, "cuda": 2**30}
REPEATS = 5


@dataclass(frozen=True)
class Machine:
    """Rates of one device."""

    name: str
    threads: int
    matrix_rate: float  # floating-point operations a second (a multiplication and addition is two)
    copy_rate: float  # bytes a second, read and written ones both counted


def measure_machine(device: torch.device, dtype: torch.dtype = torch.float32) -> Machine:
    """Multiply large matrices in `dtype` and copy a large block; the best of five runs each."""
    kind = "cuda" if device.type == "cuda" else "cpu"
    side, size = MATRIX_SIDE[kind], COPIED_BYTES[kind]
    one = torch.randn(side, side, device=device).to(dtype)
    product = torch.empty_like(one)
    matrix = best_time(lambda: torch.mm(one, one, out=product), device)
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    copying = best_time(lambda: target.copy_(source), device)
    return Machine(
        name=torch.cuda.get_device_name(device) if kind == "cuda" else f"{device.type}",
        threads=torch.get_num_threads(),
        matrix_rate=2.0 * side**3 / matrix,
        copy_rate=2.0 * size / copying,
    )


def best_time(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of several runs, after one to warm up."""
    return min(_times(run, device))


def median_time(run: Callable[[], object], device: torch.device) -> float:
    """Seconds of the run in the middle, after one to warm up."""
    return statistics.median(_times(run, device))


def _times(run: Callable[[], object], device: torch.device) -> list[float]:
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - started)
    return times[1:]
