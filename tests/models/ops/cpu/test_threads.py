"""The CPU kernels with other threads and processes about."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.helpers.operators import splat_case
from vfi.models.ops import softsplat
from vfi.models.ops.cpu.threads import share_out


def test_all_is_done_once_and_nothing_twice() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        for length in (0, 1, 3, 4, 10):
            done: list[int] = []
            share_out(lambda start, stop: done.extend(range(start, stop)), length, 10**9)  # noqa: B023
            assert sorted(done) == list(range(length))
    finally:
        torch.set_num_threads(threads)


def test_an_error_in_a_thread_is_not_lost() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)

    def fail(start: int, stop: int) -> None:
        if start > 0:
            raise RuntimeError("the second half")

    try:
        with pytest.raises(RuntimeError, match="the second half"):
            share_out(fail, 10, 10**9)
    finally:
        torch.set_num_threads(threads)


def test_python_threads_may_splat_at_the_same_time() -> None:
    case = splat_case("soft", (2, 16, 60, 60), dtype=torch.float32)
    picture, flow, metric = (leaf.detach() for leaf in case.leaves)
    expected = softsplat(picture, flow, metric)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: softsplat(picture, flow, metric), range(12)))
    assert all(torch.equal(result, expected) for result in results)


def test_a_forked_worker_may_splat_after_its_parent_did() -> None:
    """As DataLoader's workers do; in a process of its own, since a wrong one hangs or aborts."""
    program = """
import os, torch
torch.set_num_threads(2)
from vfi.models.ops import softsplat
picture, flow = torch.ones(4, 32, 64, 64), torch.zeros(4, 2, 64, 64)
softsplat(picture, flow, mode="avg")
child = os.fork()
if child == 0:
    # Compared by numpy: PyTorch's own threads do not outlive a fork, ours must.
    good = (softsplat(picture, flow, mode="avg").numpy() == picture.numpy()).all()
    os._exit(0 if good else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    finished = subprocess.run([sys.executable, "-W", "ignore", "-c", program], timeout=60)
    assert finished.returncode == 0
