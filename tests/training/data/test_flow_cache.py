"""Flows that are measured once and kept."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from vfi.training.data.flow_cache import FlowCache

SIZE = (16, 24)


def flows(value: float) -> tuple[np.ndarray, np.ndarray]:
    forward = np.full((*SIZE, 2), value, np.float32)
    return forward, -forward


def never() -> tuple[np.ndarray, np.ndarray]:
    raise AssertionError("measured again")


def test_a_window_is_measured_once_and_read_afterwards(tmp_path: Path) -> None:
    cache = FlowCache(tmp_path, 3, SIZE, {"seed": 1})
    forward, backward = cache.get(1, lambda: flows(2.5))
    assert forward.shape == (8, 12, 2)
    assert np.all(forward == 2.5)  # in pixels of the full size, though at half of it
    assert np.all(backward == -2.5)
    assert np.array_equal(cache.get(1, never)[0], forward)
    assert cache.measured == 1


def test_other_runs_and_processes_find_what_was_measured(tmp_path: Path) -> None:
    cache = FlowCache(tmp_path, 3, SIZE, {"seed": 1})
    first = cache.get(2, lambda: flows(1 / 3))[0]
    for other in (FlowCache(tmp_path, 3, SIZE, {"seed": 1}), pickle.loads(pickle.dumps(cache))):
        assert np.array_equal(other.get(2, never)[0], first)


@pytest.mark.parametrize(("facts", "count"), [({"seed": 2}, 3), ({"seed": 1}, 4)])
def test_flows_of_other_windows_are_thrown_away(tmp_path: Path, facts, count) -> None:
    FlowCache(tmp_path, 3, SIZE, {"seed": 1}).get(0, lambda: flows(1.0))
    assert FlowCache(tmp_path, count, SIZE, facts).measured == 0


def test_a_mean_over_two_by_two_pixels_is_kept(tmp_path: Path) -> None:
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[::2, ::2] = 4
    kept, _ = FlowCache(tmp_path, 1, SIZE, {}).get(0, lambda: (flow, flow))
    assert np.allclose(kept, 1.0)
