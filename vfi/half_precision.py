"""Whether a processor computes in bfloat16, and is faster then: measured once, kept in a cache.

What was found has to stay: frames of both precisions differ in their last digits, and a run that
goes on is to make those of the run that was stopped.
"""

import contextlib
import functools
import json
import os
import platform
import sys
import time
from pathlib import Path

import torch

WORTH = 1.1  # times as fast as fp32, from which bf16 is taken
ROUNDS = 5  # the best of them counts
CHANNELS, HEIGHT, WIDTH = 32, 96, 160  # of the pictures that are convolved to find out
CPUINFO = Path("/proc/cpuinfo")


def multiplies_bf16(device: torch.device, cpuinfo: Path = CPUINFO) -> bool:
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


def faster_in_bf16() -> bool:
    """Tell whether `auto` is bf16 on this machine's CPU."""
    return bf16_gain() >= WORTH


@functools.cache
def bf16_gain() -> float:
    """Return how many times as fast as in fp32 convolutions are in bf16; 0 without instructions."""
    if not multiplies_bf16(torch.device("cpu")):
        return 0.0
    file, here = cache_file(), machine()
    known = _read(file)
    gain = known.get(here)
    if not isinstance(gain, int | float):
        gain = round(_measured_gain(), 2)
        _write(file, {**known, here: gain})
    return float(gain)


def _measured_gain() -> float:
    seconds = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    layer = torch.nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1).requires_grad_(False)
    picture = torch.zeros(1, CHANNELS, HEIGHT, WIDTH).contiguous(memory_format=torch.channels_last)
    for _ in range(1 + ROUNDS):  # the first one sets up
        for dtype in seconds:
            with torch.autocast("cpu", dtype, enabled=dtype is not torch.float32):
                started = time.perf_counter()
                layer(layer(picture))
                seconds[dtype] = min(seconds[dtype], time.perf_counter() - started)
    return seconds[torch.float32] / seconds[torch.bfloat16]


def machine() -> str:
    """Return what the gain depends on."""
    try:
        lines = CPUINFO.read_text("ascii", "replace").splitlines()
    except OSError:
        lines = []
    name = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    return f"{name or platform.processor()}, PyTorch {torch.__version__}"


def cache_file() -> Path:
    """Return where what was found is kept."""
    home = Path.home()
    folder = {"win32": os.environ.get("LOCALAPPDATA"), "darwin": str(home / "Library/Caches")}.get(
        sys.platform, os.environ.get("XDG_CACHE_HOME")
    )
    return Path(folder or home / ".cache") / "vfi" / "bf16.json"


def _read(file: Path) -> dict[str, object]:
    try:
        known = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(file: Path, known: dict[str, object]) -> None:
    """Keep it if that is possible; another process may be writing the same."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
        temporary.replace(file)
