"""How many workers make a result, and with what each of them computes."""

import os
from dataclasses import replace
from typing import Any, Literal

import torch

from ..errors import UsageError, shown
from ..memory import free_memory
from .bounds import BASE, shared
from .cluster import cluster_crew
from .crew import Crew
from .processes import process_crew
from .segments import Work

Count = int | Literal["auto"]
MOST = 256
# A process whose lanes are more than these waits for its one interpreter lock, decoder and encoder.
THREADS_EACH = 4
BYTES_A_PIXEL = 1000  # of a frame, that each thread of a process takes; `fast` takes the most


def parse_count(count: int | str) -> Count:
    """Return a number of workers, which may be text, or "auto".

    Raises:
        UsageError: it is neither.
    """
    if count == "auto":
        return "auto"
    try:
        number = int(count)
    except (TypeError, ValueError):
        number = 0
    if isinstance(count, float | bool) or not 1 <= number <= MOST:
        message = f"workers {shown(count)}: give a number from 1 to {MOST}, or auto"
        raise UsageError(message, option="workers")
    return number


def crew_for(work: Work, parts: int, count: Count | None, ray: str | None = None) -> Crew | None:
    """Return the workers that make so many parts; None: this process alone.

    On this machine each has its share of the processors, and of the GPUs that there are.

    Args:
        work: what they need.
        parts: how many there are to be made.
        count: None is 1 here, and "auto" on a cluster.
        ray: the address of a cluster, instead of this machine.

    Raises:
        UsageError: the interpolator cannot be given to another process; Ray is missing.
        WorkerError: there is no such cluster.
    """
    device = _device_of(work)
    if ray is not None:
        most = parts if count in (None, "auto") else min(parts, int(count))
        return cluster_crew(work, ray, most, device.type == "cuda")
    if count is None:
        return None
    gpus = _gpus(device)
    number = min(parts, usual_count(work, len(gpus)) if count == "auto" else count)
    if number < 2:
        return None
    work = replace(work, interpolator=shared(work.interpolator, number))
    return process_crew(work, number, max(1, torch.get_num_threads() // number), gpus)


def usual_count(work: Work, gpus: int) -> int:
    """Return how many processes are best: one a GPU; on a CPU one for a few threads.

    Args:
        gpus: how many there are to choose from.
    """
    if _device_of(work).type != "cpu":
        return max(1, gpus)
    width, height = work.options.size or (work.source.info.width, work.source.info.height)
    need = BASE + THREADS_EACH * BYTES_A_PIXEL * width * height
    free = free_memory()
    fit = free // need if free is not None else 1
    return max(1, min(torch.get_num_threads() // THREADS_EACH, fit))


def _device_of(work: Work) -> Any:
    return torch.device(getattr(work.interpolator, "device", "cpu"))


def _gpus(device: Any) -> list[str]:
    """Return the GPUs that may be shared out, by the names of CUDA_VISIBLE_DEVICES."""
    if device.type != "cuda" or device.index is not None:
        return []
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return named or [str(number) for number in range(torch.cuda.device_count())]
