"""Tests marked `cuda` need a GPU and CuPy: without them they are skipped, or, where a GPU is
promised by VFI_REQUIRE_CUDA=1, fail.
"""

import importlib.util
import os

import pytest
import torch


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("cuda") is None:
        return
    if not torch.cuda.is_available():
        missing = "no CUDA device"
    elif importlib.util.find_spec("cupy") is None:
        missing = "no CuPy"
    else:
        return
    if os.environ.get("VFI_REQUIRE_CUDA") == "1":
        pytest.fail(f"VFI_REQUIRE_CUDA=1, but there is {missing}")
    pytest.skip(missing)
