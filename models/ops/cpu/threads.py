"""Shares out compiled kernels that run without the interpreter lock among a few threads.

Why not numba's own `parallel=True`: without TBB its layers either abort the process when two
threads call at once (workqueue) or when a forked DataLoader worker calls after its parent did
(GNU OpenMP), and choosing a layer is a process-wide setting that is not ours to make.
"""

import functools
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

# Below this much work per thread (elements touched) waking a thread costs more than it saves.
LEAST_WORK = 100_000


def share_out(kernel: Callable[[int, int], None], length: int, work: int) -> None:
    """Call `kernel(start, stop)` for contiguous shares of `range(length)`, all at once.

    Uses at most `torch.get_num_threads()` threads, the calling one among them. `work` is the
    number of elements touched in all.
    """
    threads = max(1, min(torch.get_num_threads(), length, work // LEAST_WORK))
    bounds = [length * share // threads for share in range(threads + 1)]
    others = [
        _pool(os.getpid()).submit(kernel, start, stop)
        for start, stop in itertools.pairwise(bounds[1:])
    ]
    try:
        kernel(bounds[0], bounds[1])
    finally:
        # All must have ended before the caller's arrays may go.
        errors = [other.exception() for other in others]
    for error in errors:
        if error is not None:
            raise error


@functools.cache
def _pool(process: int) -> ThreadPoolExecutor:
    """Return the threads of this process; a forked child has lost its parent's."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="vfi-kernel")
