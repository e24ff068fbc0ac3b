"""How fast a model is on this machine, part by part."""

import statistics
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import torch

from ... import conversion
from ...interpolator import Interpolator
from ...models.running import TRANSFER, prepare_pair
from ..baselines import dis
from ..datasets.samples import Pixels, as_pixels
from .flops import count_flops
from .machine import Machine, measure_machine, median_time
from .profiler import OTHER, SPLAT, Profile, StageProfiler, watched

STAGES = ("flow", "pyramid", "Z", SPLAT, "synthesis", TRANSFER, OTHER)
WARM_UP = 2


@dataclass(frozen=True)
class StageSpeed:
    """One part: medians over the runs."""

    stage: str
    seconds: float
    flops: float
    memory: int  # bytes: the most that was in use during the stage, above what was before the run
    traffic: int  # bytes that the stage has to read and write at least; 0 where not counted


@dataclass(frozen=True)
class SpeedReport:
    """One model at one size."""

    model: str
    device: str
    precision: str
    width: int
    height: int
    runs: int
    seconds: float  # one frame, with no clock inside it
    stages: tuple[StageSpeed, ...]
    yardstick: float  # seconds of DIS flow both ways, warp and blend by OpenCV, on the CPU
    machine: Machine

    @property
    def staged(self) -> float:
        """The sum of the stages: more than `seconds` by what the clock itself costs."""
        return sum(stage.seconds for stage in self.stages)


def measure_speed(
    interpolator: Interpolator, width: int, height: int, runs: int = 5, name: str | None = None
) -> SpeedReport:
    """Time one frame at t = 1/2 from two 8-bit pictures in memory to one, stage by stage.

    Args:
        width, height: pixels.
        runs: of which the median counts, after two to warm up.
        name: in the report; None takes the interpolator's model.
    """
    one, two = moving_pair(width, height)
    profiler = StageProfiler(interpolator.device)
    every = [_profiled(interpolator, profiler, one, two) for _ in range(WARM_UP + runs)]
    profiles = every[WARM_UP:]
    plain = [_plain(interpolator, one, two) for _ in range(runs)]
    flops = count_flops(interpolator.network, height, width)
    return SpeedReport(
        model=name or interpolator.model,
        device=str(interpolator.device),
        precision=str(interpolator.dtype).removeprefix("torch."),
        width=width,
        height=height,
        runs=runs,
        seconds=statistics.median(plain),
        stages=tuple(_stages(profiles, flops, 2 * one.nbytes + one.nbytes)),
        yardstick=median_time(lambda: dis(one, two, 0.5), torch.device("cpu")),
        machine=measure_machine(interpolator.device, interpolator.dtype),
    )


def moving_pair(width: int, height: int) -> tuple[Pixels, Pixels]:
    """Two pictures of a rough texture that moves by (9, 4) pixels, the same on every machine."""
    noise = np.random.default_rng(0).uniform(0, 255, (height + 8, width + 16, 3))
    fine = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 1.5)
    broad = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 12.0)
    texture = np.clip((fine - 127.5) * 3 + (broad - 127.5) * 12 + 127.5, 0, 255)
    return (
        as_pixels(texture[4 : 4 + height, 9 : 9 + width]),
        as_pixels(texture[:height, :width]),
    )


def speed_table(report: SpeedReport) -> str:
    """Return the report as plain text."""
    machine = report.machine
    lines = [
        f"{report.model}, {report.width}x{report.height}, {report.device}, {report.precision}: "
        f"{report.seconds * 1e3:.1f} ms/frame ({1 / report.seconds:.2f} frames/s), "
        f"{report.seconds / report.yardstick:.2f} x DIS",
        f"{'stage':<10} {'ms':>9} {'share':>7} {'GFLOP':>9} {'GFLOP/s':>9} {'of matrix':>9} "
        f"{'GB/s':>7} {'of copy':>8} {'MiB':>7}",
    ]
    lines += [_line(stage, report) for stage in report.stages]
    total = sum(stage.flops for stage in report.stages)
    pixels = report.width * report.height
    lines += [
        f"{'sum':<10} {report.staged * 1e3:9.1f} {'':7} {total / 1e9:9.1f}",
        f"{total / pixels / 1e6:.3f} MFLOP a pixel (a multiplication and an addition are two).",
        f"This machine ({machine.name}, {machine.threads} threads): matrices "
        f"{machine.matrix_rate / 1e9:.0f} GFLOP/s in {report.precision}, copy "
        f"{machine.copy_rate / 1e9:.1f} GB/s (read and written), DIS both ways, warp, blend "
        f"{report.yardstick * 1e3:.0f} ms.",
        f"Medians of {report.runs} runs after {WARM_UP}; t = 1/2, nothing reused from another "
        "pair; the first line without a clock inside, the stages with one; MiB: the most in use "
        "during the stage.",
    ]
    return "\n".join(lines)


def as_document(report: SpeedReport) -> dict[str, Any]:
    """Return the report for JSON."""
    return asdict(report)


def _plain(interpolator: Interpolator, one: Pixels, two: Pixels) -> float:
    started = time.perf_counter()
    interpolator.pair(one, two).at(0.5)  # an array: the device has finished
    return time.perf_counter() - started


def _profiled(
    interpolator: Interpolator, profiler: StageProfiler, one: Pixels, two: Pixels
) -> Profile:
    """One frame by the steps of `Interpolator`, each recorded."""
    network, device, dtype = interpolator.network, interpolator.device, interpolator.dtype
    autocast: Any = torch.autocast(device.type, dtype) if dtype != torch.float32 else nullcontext()
    with (
        torch.inference_mode(),
        autocast,
        profiler.running() as profile,
        watched(network, profiler),
    ):
        with profiler.stage(TRANSFER):
            prepared = conversion.prepare(one, two)
            first, second = (picture.to(device) for picture in (prepared.one, prepared.two))
        frame = prepare_pair(network, first, second, stage=profiler.stage).at(0.5)
        with profiler.stage(TRANSFER):
            conversion.restore(frame.float().cpu(), None, prepared.form)
    return profile


def _stages(profiles: list[Profile], flops: dict[str, float], pictures: int) -> list[StageSpeed]:
    others = {name for profile in profiles for name in profile.seconds} - set(STAGES)
    names = [*STAGES, *sorted(others)]
    traffic = {SPLAT: profiles[0].traffic, TRANSFER: pictures}
    return [
        StageSpeed(
            stage=name,
            seconds=statistics.median(profile.seconds.get(name, 0.0) for profile in profiles),
            flops=flops.get(name, 0.0),
            memory=max(profile.peak.get(name, 0) for profile in profiles),
            traffic=traffic.get(name, 0),
        )
        for name in names
        if any(name in profile.seconds for profile in profiles)
    ]


def _line(stage: StageSpeed, report: SpeedReport) -> str:
    rate = stage.flops / stage.seconds if stage.flops and stage.seconds else 0.0
    moved = stage.traffic / stage.seconds if stage.traffic and stage.seconds else 0.0
    return (
        f"{stage.stage:<10} {stage.seconds * 1e3:9.1f} {stage.seconds / report.staged:7.1%} "
        f"{_or_dash(stage.flops / 1e9, '9.1f')} {_or_dash(rate / 1e9, '9.0f')} "
        f"{_or_dash(rate / report.machine.matrix_rate, '9.1%')} {_or_dash(moved / 1e9, '7.1f')} "
        f"{_or_dash(moved / report.machine.copy_rate, '8.1%')} {stage.memory / 2**20:7.0f}"
    )


def _or_dash(value: float, form: str) -> str:
    return format(value, form) if value else "-".rjust(int(form.partition(".")[0]))
