"""How threads of numerical libraries wait for work: asleep. Imports nothing that is slow."""

import os
import threading

_setting = threading.Lock()


def sleep_while_waiting() -> None:
    """Let OpenMP's threads sleep where they would spin, unless the user has said how they wait.

    PyTorch's threads spin between two operations. Where other work wants the processor, that costs
    two to four times the time; on an idle machine sleeping costs nothing that can be measured.
    To be called before PyTorch is imported: its OpenMP reads the variable once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def compute_alone() -> None:
    """Let PyTorch compute with this thread alone whatever this thread asks of it.

    What it then computes is the same, bit for bit, on any number of processors: where it shares a
    tensor out among threads, the last few values of each share are rounded by other instructions.
    """
    import torch

    with _setting:
        usual = torch.get_num_threads()  # of a new thread: what is set for the process
        torch.set_num_threads(1)  # sets both: this thread's number, and that of threads to come
        others = threading.Thread(target=torch.set_num_threads, args=(usual,))
        others.start()
        others.join()
