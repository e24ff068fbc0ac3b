"""Checks every CUDA path on this machine's card and measures it, in at most ten minutes.

    make gpu                                  # or: python -m benchmarks.gpu --out docs/gpu.md
    VFI_REQUIRE_CUDA=1 make gpu               # fails if anything was left out
    python -m benchmarks.gpu --checks         # the checks alone
    python -m benchmarks.gpu --device cpu --small     # tries this program itself; measures nothing

It needs PyTorch, CuPy, numba and OpenCV, and no network; with PyAV frames are also counted from
file to file. Where there is `compute-sanitizer`, the checks run under it once more.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from benchmarks import gpu_speed
from benchmarks.gpu_checks import checks
from vfi.models.ops.backends import cupy_is_installed

MOST = 570  # seconds in all; what has not begun by then is left out, and said to be
SANITIZER_MOST = 180  # seconds of them
TOOLS = ("memcheck", "racecheck")


@dataclass
class Findings:
    """What came of it; `left_out` and `failed` say why, one line each."""

    device: torch.device
    small: bool
    began: float = field(default_factory=time.monotonic)
    held: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    def attempt(self, name: str, call: Callable[[], Any]) -> Any:
        """Call it; what goes wrong is noted and ends nothing else."""
        if time.monotonic() - self.began > MOST:
            self.left_out.append(f"{name}: no time was left")
            return None
        try:
            return call()
        except ImportError as error:
            self.left_out.append(f"{name}: {error}")
        except Exception as error:
            said = str(error).strip().splitlines()
            self.failed.append(f"{name}: {type(error).__name__}: {said[0] if said else ''}")
        return None


def run_checks(found: Findings) -> None:
    """Run every check and say each as it ends."""
    for name, check in checks(found.device):
        before = len(found.failed), len(found.left_out)
        found.attempt(name, lambda check=check: check(found.device))  # type: ignore[misc]
        holds = before == (len(found.failed), len(found.left_out))
        if holds:
            found.held.append(name)
        print(("holds   " if holds else "FAILS   ") + name, flush=True)


def sanitize(found: Findings) -> None:
    """Run the checks again under NVIDIA's tools, if they are here."""
    program = shutil.which("compute-sanitizer")
    if program is None:
        found.left_out.append("compute-sanitizer: it is not on this machine")
        return
    for tool in TOOLS:
        words = [program, "--tool", tool, "--error-exitcode", "9", sys.executable]
        words += ["-m", "benchmarks.gpu", "--checks"]

        def run(words: list[str] = words) -> None:
            ended = subprocess.run(words, timeout=SANITIZER_MOST / len(TOOLS), capture_output=True)
            assert ended.returncode == 0, f"exit code {ended.returncode}"

        name = f"compute-sanitizer, {tool}"
        before = len(found.failed)
        found.attempt(name, run)
        if len(found.failed) == before:
            found.held.append(name)


def measure(found: Findings) -> None:
    """Measure the device, the operators, the networks, and files."""
    device, small = found.device, found.small
    rates = found.attempt("rates", lambda: gpu_speed.rates_of(device, small))
    if rates is None:
        return
    found.tables.append(_rates_table(rates))
    rows = found.attempt("operators", lambda: list(gpu_speed.operators(device, rates, small)))
    found.tables.append(_operator_table(rows or []))
    networks = []
    for size in gpu_speed.SIZES:
        for name in gpu_speed.NETWORKS:
            row = found.attempt(
                f"network {name} at {size}",
                lambda name=name, size=size: gpu_speed.network(name, size, device, rates, small),  # type: ignore[misc]
            )
            networks += [] if row is None else [row]
    found.tables.append(_network_table(networks))
    found.tables.append(_file_table(found))


def _rates_table(rates: gpu_speed.Rates) -> str:
    matrices = ", ".join(f"{rate / 1e12:.3g} in {name}" for name, rate in rates.matrix.items())
    return (
        f"Copy: {rates.copy / 1e9:.4g} GB/s, read and written ones counted. "
        f"Matrices: TFLOP/s {matrices}."
    )


def _operator_table(rows: list[gpu_speed.OperatorRow]) -> str:
    lines = ["| operator, float32, 1920x1080 | ms | its bytes at the copy rate, ms | times that |"]
    lines += ["|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.seconds * 1e3:.3g} | {row.floor * 1e3:.3g} | "
        f"{row.seconds / row.floor:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def _network_table(rows: list[gpu_speed.NetworkRow]) -> str:
    lines = ["| network, from tensors | size | ms | frames/s | of the matrix rate | MiB |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.size} | {row.seconds * 1e3:.3g} | {1 / row.seconds:.3g} | "
        f"{row.share:.1%} | {row.memory / 2**20:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def _file_table(found: Findings) -> str:
    lines = ["| file to file, `--fps 2` | size | frames/s of the result |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for size in gpu_speed.SIZES:
            rate = found.attempt(
                f"file to file at {size}",
                lambda size=size: gpu_speed.from_file(  # type: ignore[misc]
                    "fast", size, found.device, Path(folder), found.small
                ),
            )
            lines += [] if rate is None else [f"| fast | {size} | {rate:.3g} |"]
    return "\n".join(lines)


WHERE = """\
Arrays go up as bytes from pinned memory and become floats on the card; corners are tracked, the
network runs and the result is rounded there; bytes come back. The default there is `fast`, since
`hybrid`, `sgm` and `direct` measure DIS flow by OpenCV, on the CPU. All of it is on one stream:
reading and writing of files run beside it in threads of their own, but the copy up and down does
not run beside the network yet, and decoding and encoding are the CPU's.
"""


def document(found: Findings | None) -> str:
    """Return docs/gpu.md: what was found on which card, or that nothing was."""
    lines = [
        "# On a GPU",
        "",
        "    make gpu                      # checks, then speed, in ten minutes; writes this page",
        "    VFI_REQUIRE_CUDA=1 make gpu   # fails if anything was left out",
        "",
        WHERE,
    ]
    if found is None:
        lines += ["**It has not been run on any card yet.** Nothing is claimed of speed on GPUs."]
        return "\n".join(lines) + "\n"
    lines += [f"Run on {card(found.device)}.", "", f"{len(found.held)} checks hold:", ""]
    lines += [f"- {name}" for name in found.held]
    for title, said in (("Failed", found.failed), ("Left out", found.left_out)):
        lines += ["", f"**{title}**", "", *(f"- {line}" for line in said)] if said else []
    for table in found.tables:
        lines += ["", table]
    return "\n".join(lines) + "\n"


def card(device: torch.device) -> str:
    """Return which card it is, and what drives it."""
    if device.type != "cuda":
        return f"no card: the {device.type}, to try the program (PyTorch {torch.__version__})"
    facts = torch.cuda.get_device_properties(device)
    return (
        f"{facts.name} ({facts.total_memory / 2**30:.0f} GiB, compute capability "
        f"{facts.major}.{facts.minor}), CUDA {torch.version.cuda}, PyTorch {torch.__version__}"
    )


def missing(device: torch.device) -> str:
    """Return why CUDA cannot be tried here; empty if it can."""
    if device.type == "cuda" and not torch.cuda.is_available():
        return "there is no CUDA device"
    if device.type == "cuda" and not cupy_is_installed():
        return "there is no CuPy"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Run it; 1 if something failed, or was left out though CUDA is insisted on."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=Path, help="the page to write")
    parser.add_argument("--checks", action="store_true", help="measure no speed")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to try the program")
    asked = parser.parse_args(arguments)
    device = torch.device(asked.device)
    insisted = os.environ.get("VFI_REQUIRE_CUDA") == "1"
    if why := missing(device):
        print(f"nothing was run: {why}")
        return int(insisted)
    found = Findings(device, asked.small)
    run_checks(found)
    if not asked.checks:
        measure(found)
        if device.type == "cuda":
            sanitize(found)
    page = document(found)
    if asked.out is not None:
        asked.out.write_text(page, encoding="utf-8")
    print(page)
    return int(bool(found.failed) or (insisted and bool(found.left_out)))


if __name__ == "__main__":
    sys.exit(main())
