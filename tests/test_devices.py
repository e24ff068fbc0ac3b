"""Devices and precisions by name, on a machine with a GPU and on one without."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from vfi import DeviceError, UsageError, half_precision
from vfi.devices import choose_device, choose_precision
from vfi.half_precision import bf16_gain, multiplies_bf16


@pytest.fixture(params=[0, 2], ids=["no GPU", "two GPUs"])
def gpus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    return count


def test_auto_takes_the_gpu_if_there_is_one(gpus: int) -> None:
    assert choose_device("auto").type == ("cuda" if gpus else "cpu")
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:1", "cuda:2", "mps", "cpu:1"])
def test_what_is_not_there_is_a_device_error(gpus: int, name: str) -> None:
    if gpus and name in ("cuda", "cuda:0", "cuda:1"):
        assert choose_device(name) == torch.device(name)
    else:
        with pytest.raises(DeviceError, match=f"'{name}' is not on this machine"):
            choose_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "meta", "CPU", "cuda:-1"])
def test_what_is_no_name_is_a_usage_error(gpus: int, name: str) -> None:
    with pytest.raises(UsageError, match=f"no device '{name}'; there are: auto, cpu, cuda"):
        choose_device(name)


def test_precisions() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert choose_precision("auto", torch.device("mps")) is torch.float32
    assert choose_precision("auto", cuda) is torch.float16
    assert choose_precision("bf16", cpu) is torch.bfloat16
    with pytest.raises(UsageError, match="no precision 'half'; there are: auto, fp32, bf16, fp16"):
        choose_precision("half", cpu)


@pytest.mark.parametrize(
    ("flags", "has"),
    [("avx2 fma", False), ("avx512f avx512_bf16", True), ("avx512_bf16 amx_bf16", True)],
)
def test_a_processor_tells_whether_it_multiplies_bf16(
    tmp_path: Path, flags: str, has: bool
) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor : 0\nflags : fpu {flags} sse\n")
    assert multiplies_bf16(torch.device("cpu"), told) is has
    assert not multiplies_bf16(torch.device("cpu"), tmp_path / "no such file")


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """A processor with instructions for bf16, whose gain is the next of these each time."""
    gains: list[float] = []
    monkeypatch.setattr(half_precision, "multiplies_bf16", lambda device: True)
    monkeypatch.setattr(half_precision, "_measured_gain", lambda: gains.pop(0))
    monkeypatch.setattr(half_precision, "cache_file", lambda: tmp_path / "cache" / "bf16.json")
    bf16_gain.cache_clear()
    yield gains
    bf16_gain.cache_clear()


@pytest.mark.parametrize(
    ("gain", "dtype"), [(0.4, torch.float32), (1.05, torch.float32), (1.8, torch.bfloat16)]
)
def test_auto_is_what_was_found_to_be_faster(
    measured: list[float], gain: float, dtype: torch.dtype
) -> None:
    measured.append(gain)
    for _ in range(2):  # the second time it is known, in another process, too
        assert choose_precision("auto", torch.device("cpu")) is dtype
        bf16_gain.cache_clear()
    assert choose_precision("auto", torch.device("mps")) is torch.float32


@pytest.mark.parametrize("text", ["", "[]", "{", '{"this": 1}', '{"MACHINE": "fast"}'])
def test_a_cache_that_says_nothing_is_written_anew(measured: list[float], text: str) -> None:
    file = half_precision.cache_file()
    file.parent.mkdir()
    file.write_text(text.replace("MACHINE", half_precision.machine()))
    measured.append(1.5)
    assert bf16_gain() == 1.5
    assert json.loads(file.read_text())[half_precision.machine()] == 1.5


def test_without_a_cache_it_is_found_each_time(
    measured: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setattr(half_precision, "cache_file", lambda: tmp_path / "a file" / "bf16.json")
    measured.extend([1.5, 1.6])
    assert bf16_gain() == 1.5
    bf16_gain.cache_clear()
    assert bf16_gain() == 1.6


def test_the_gain_is_measured() -> None:
    assert 0 < half_precision._measured_gain() < 1000
