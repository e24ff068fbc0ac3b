"""How threads of numerical libraries wait for work: asleep. Imports nothing that is slow."""

import os


def sleep_while_waiting() -> None:
    """Let OpenMP's threads sleep where they would spin, unless the user has said how they wait.

    PyTorch's threads spin between two operations. Where other work wants the processor, that costs
    two to four times the time; on an idle machine sleeping costs nothing that can be measured.
    To be called before PyTorch is imported: its OpenMP reads the variable once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
