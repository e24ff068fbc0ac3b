"""Computing in a process that was forked from one that has computed already.

GNU OpenMP, which PyTorch computes with on a CPU, waits for ever in such a process: it has the
memory of its parent's threads but not the threads. One thread needs no others.
"""

import os

import torch

from .errors import DeviceError

_computed_in: int | None = None  # the process that has computed


def prepare_process(device: torch.device) -> None:
    """Make sure that this process can compute; called before anything is computed.

    Raises:
        DeviceError: it was forked from one that uses the same GPU already.
    """
    global _computed_in
    here = os.getpid()
    if _computed_in not in (None, here):
        if device.type == "cuda" and torch.cuda._is_in_bad_fork():
            raise DeviceError(
                "CUDA cannot be used in a process forked from one that uses it already; start the "
                "process with multiprocessing's 'spawn', or use the device cpu",
                option="device",
            )
        torch.set_num_threads(1)
    _computed_in = here
