"""OpenMP's threads sleep while they wait, unless the user wants them otherwise."""

import os
import subprocess
import sys
import threading

import pytest
import torch

from vfi.threads import compute_alone

SCRIPT = """
import os, sys
from vfi.commands import main
assert "torch" not in sys.modules  # it would have read the variable already
sys.argv = ["vfi", "--version"]
try:
    main()
except SystemExit:
    pass
print(os.environ["OMP_WAIT_POLICY"])
"""


@pytest.mark.parametrize(("own", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_the_command_line_lets_threads_sleep(own: str | None, expected: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if own:
        environment["OMP_WAIT_POLICY"] = own
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == expected


def test_a_thread_computes_alone_and_no_other_does() -> None:
    before = torch.get_num_threads()
    found: dict[str, int] = {}

    def note(name: str) -> None:
        found[name] = torch.get_num_threads()

    def alone() -> None:
        compute_alone()
        other = threading.Thread(target=note, args=["other"])
        other.start()
        other.join()
        note("alone")

    try:
        torch.set_num_threads(3)
        thread = threading.Thread(target=alone)
        thread.start()
        thread.join()
        note("this")
    finally:
        torch.set_num_threads(before)
    assert found == {"alone": 1, "other": 3, "this": 3}
