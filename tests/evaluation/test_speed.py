"""The profiler books the right part, and operations are counted right."""

import time

import numpy as np
import pytest
import torch
from torch import nn

from vfi.evaluation.speed import measuring as speed
from vfi.evaluation.speed.flops import count_flops
from vfi.evaluation.speed.machine import Machine, measure_machine
from vfi.evaluation.speed.profiler import OTHER, SPLAT, StageProfiler, watched
from vfi.interpolator import Interpolator
from vfi.models.network import InterpolationNetwork
from vfi.models.ops import correlation, softsplat
from vfi.models.registry import build

CPU = torch.device("cpu")


class Sleeper(nn.Module):
    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def forward(self, x):
        time.sleep(self.seconds)
        return x


class Toy(InterpolationNetwork):
    """A network of the shape that is profiled, whose cost is known."""

    def __init__(self):
        super().__init__(size_multiple=1)
        self.flow = nn.Conv2d(3, 2, 3, padding=1, bias=False)
        self.importance = Sleeper(0.03)
        self.warp = nn.ModuleList([Sleeper(0.01), Sleeper(0.01)])
        self.synthesis = nn.Conv2d(3, 3, 1, bias=False)

    def _prepare(self, one, two, initial_flow):
        flow = self.flow(one) * 0
        return one, flow, correlation(one, two, 1)

    def synthesise(self, pair, t):
        one, flow, _ = pair
        for warp in self.warp:
            one = warp(one)
        time.sleep(0.02)
        return self.synthesis(softsplat(self.importance(one), flow, mode="avg"))


def test_stages_are_exclusive() -> None:
    network, profiler = Toy(), StageProfiler(CPU)
    picture = torch.rand(1, 3, 8, 8)
    flow_seconds = []
    for _ in range(6):  # the first compiles; any may be interrupted by other work
        with torch.inference_mode(), profiler.running() as profile, watched(network, profiler):
            network.synthesise(network.prepare(picture, picture), 0.5)
        flow_seconds.append(profile.seconds["flow"])
    assert set(profile.seconds) == {"flow", "Z", "synthesis", SPLAT, OTHER}
    assert 0.03 <= profile.seconds["Z"] < 0.3
    assert 0.02 <= profile.seconds["synthesis"] < 0.3
    assert 0.02 <= profile.seconds[OTHER] < 0.3
    assert min(flow_seconds) < 0.02  # else the sleep of another stage is recorded on it
    picture_bytes, flow_bytes, statistics_bytes = 3 * 64 * 4, 2 * 64 * 4, 3 * 64 * 4
    assert profile.traffic == 2 * picture_bytes + flow_bytes + statistics_bytes


def test_a_watched_network_is_left_as_it_was() -> None:
    network = Toy()
    with watched(network, StageProfiler(CPU)):
        assert network.flow._forward_hooks
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_operations_by_hand() -> None:
    height, width = 10, 12
    flops = count_flops(Toy(), height, width)
    pixels = height * width
    assert flops["flow"] == 2 * pixels * 3 * 2 * 9
    assert flops["synthesis"] == 2 * pixels * 3 * 3
    assert flops[SPLAT] == 2 * 4 * pixels * 3
    assert flops[OTHER] == 2 * pixels * 3 * 9  # the cost volume, here outside of any part


@pytest.fixture
def small_machine(monkeypatch):
    monkeypatch.setattr("vfi.evaluation.speed.machine.MATRIX_SIDE", {"cpu": 64})
    monkeypatch.setattr("vfi.evaluation.speed.machine.COPIED_BYTES", {"cpu": 2**16})


@pytest.mark.usefixtures("small_machine")
def test_a_model_is_measured_whole() -> None:
    report = speed.measure_speed(Interpolator("direct", device="cpu"), 64, 48, runs=2)
    stages = {stage.stage: stage for stage in report.stages}
    assert stages.keys() == {"flow", SPLAT, "transfer", OTHER}
    assert all(stage.seconds > 0 for stage in stages.values())
    assert stages[SPLAT].flops == 2 * 4 * 3 * 32 * 24 * 2  # flow and metric, at half size
    assert stages["transfer"].traffic == 3 * 64 * 48 * 3
    assert report.staged == pytest.approx(sum(s.seconds for s in stages.values()))
    text = speed.speed_table(report)
    assert "direct, 64x48, cpu, float32" in text
    assert "x DIS" in text
    assert f"{report.machine.matrix_rate / 1e9:.0f} GFLOP/s" in text
    assert speed.as_document(report)["machine"]["copy_rate"] == report.machine.copy_rate


@pytest.mark.usefixtures("small_machine")
def test_machine_rates_are_positive() -> None:
    machine = measure_machine(CPU)
    assert isinstance(machine, Machine)
    assert machine.matrix_rate > 1e6
    assert machine.copy_rate > 1e6
    assert machine.threads == torch.get_num_threads()


def test_the_pictures_move_as_said() -> None:
    one, two = speed.moving_pair(96, 64)
    assert one.shape == (64, 96, 3)
    assert np.array_equal(one[:-4, :-9], two[4:, 9:])
    assert one.std() > 15


def test_adaptive_convolution_counts() -> None:
    """Along the rows 2 · 5 for each of 5 rows, then 2 for each by the column, and both pictures."""
    network = build({"architecture": "sepconv", "channels": [4, 4], "taps": 5})
    flops = count_flops(network, 30, 40)  # padded to 128 x 128
    assert flops[OTHER] == 2 * 3 * 128 * 128 * (2 * 5 * 5 + 2 * 5)
