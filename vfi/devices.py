"""Devices and precisions by name."""

import torch

from .errors import DeviceError, UsageError, shown
from .half_precision import faster_in_bf16

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
    """Return the type to compute in: auto is float16 on CUDA, and what is faster on a CPU.

    That is bfloat16 or float32 (see `half_precision.py`); other devices have float32.

    Raises:
        UsageError: an unknown name.
    """
    if name == "auto":
        if device.type == "cuda":
            return torch.float16
        return torch.bfloat16 if device.type == "cpu" and faster_in_bf16() else torch.float32
    if not isinstance(name, str) or name not in PRECISIONS:
        known = ", ".join(("auto", *PRECISIONS))
        raise UsageError(f"no precision {shown(name)}; there are: {known}", option="precision")
    return PRECISIONS[name]
