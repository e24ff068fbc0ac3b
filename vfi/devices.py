"""Devices and precisions by name."""

from pathlib import Path

import torch

from .errors import DeviceError, UsageError, shown

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_DEVICES = "auto, cpu, cuda, cuda:N, mps"


def choose_device(name: str) -> torch.device:
    """Return the device called `name`: auto, cpu, cuda, cuda:1, mps.

    Raises:
        UsageError: it is no device's name.
        DeviceError: it is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError, ValueError):
        raise UsageError(
            f"no device {shown(name)}; there are: {_DEVICES}", option="device"
        ) from None
    present = {"cpu": True, "cuda": torch.cuda.is_available(),
               "mps": torch.backends.mps.is_available()}  # fmt: skip
    if device.type not in present:
        raise UsageError(f"no device {shown(name)}; there are: {_DEVICES}", option="device")
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not present[device.type] or (device.index or 0) >= count:
        raise DeviceError(
            f"device {shown(name)} is not on this machine; use auto or cpu", option="device"
        )
    return device


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """Return the type to compute in: auto is float16 on CUDA and float32 elsewhere.

    Raises:
        UsageError: an unknown name.
    """
    if name == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    if not isinstance(name, str) or name not in PRECISIONS:
        known = ", ".join(("auto", *PRECISIONS))
        raise UsageError(f"no precision {shown(name)}; there are: {known}", option="precision")
    return PRECISIONS[name]


def multiplies_bf16(device: torch.device, cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Tell whether a device has instructions for bfloat16: training is faster with them then.

    Of a CPU Linux tells; where it does not (AVX2 alone, other systems), fp32 is as fast or faster.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    try:
        flags = cpuinfo.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return False
    return device.type == "cpu" and not {"amx_bf16", "avx512_bf16"}.isdisjoint(flags)
