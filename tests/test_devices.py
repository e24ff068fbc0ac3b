"""Devices and precisions by name, on a machine with a GPU and on one without."""

from pathlib import Path

import pytest
import torch

from vfi import DeviceError, UsageError
from vfi.devices import choose_device, choose_precision, multiplies_bf16


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
    assert choose_precision("auto", cpu) is torch.float32
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
