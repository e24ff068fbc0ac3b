"""`vfi info`: what is installed, for bug reports and for scripts."""

import json
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from .. import __version__
from . import encoder_list

PACKAGES = ("torch", "numpy", "numba", "opencv-python", "av", "moviepy", "cupy-cuda12x",
            "cupy-cuda13x")  # fmt: skip


@click.command("info")
@click.option("--encoders", is_flag=True, help="All encoders: quality, presets, what is missing.")
@click.option("--encoder", metavar="NAME", help="One encoder: pixel formats, and its own options.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(encoders: bool, encoder: str | None, as_json: bool) -> None:
    """Versions, devices, encoders, and the weights with their digests."""
    if encoder is not None:
        _say(encoder_list.options_of(encoder))
        return
    if encoders:
        _say([json.dumps(encoder_list.encoders(), indent=2)] if as_json else encoder_list.table())
        return
    found = _found()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"vfi {found['vfi']}, Python {found['python']}, {found['platform']}")
    click.echo("packages  " + ", ".join(f"{k} {v}" for k, v in found["packages"].items()))
    click.echo("devices   " + ", ".join(found["devices"]))
    click.echo(f"precision auto is {found['precision']['auto']}{_compared(found['precision'])}")
    click.echo("codecs    " + ", ".join(found["encoders"]))
    for model in found["models"]:
        click.echo(f"model     {model['name']:<12} {model['state']}")


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _found() -> dict[str, Any]:
    from .. import model_files as weights

    return {
        "vfi": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "devices": _devices(),
        "precision": _precision(),
        "encoders": _encoders(),
        "models": [
            {"name": entry.name, "sha256": entry.sha256, "state": _state(entry)}
            for entry in weights.models()
        ],
    }


def _state(entry: Any) -> str:
    if not entry.needs_weights:
        return "needs no weights"
    if entry.weights is None:
        return "no weights here"
    return "digest holds" if entry.digest_holds() else "DIGEST WRONG"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _devices() -> list[str]:
    import torch

    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    for index in range(torch.cuda.device_count()):
        devices.append(f"cuda:{index} ({torch.cuda.get_device_name(index)})")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return devices


def _precision() -> dict[str, Any]:
    """Return what `--precision auto` is here, and how much faster than fp32 a CPU is with bf16."""
    from ..devices import choose_device, choose_precision
    from ..half_precision import bf16_gain

    device = choose_device("auto")
    chosen = str(choose_precision("auto", device)).removeprefix("torch.")
    return {"auto": chosen, "bf16_gain": bf16_gain() if device.type == "cpu" else None}


def _compared(precision: dict[str, Any]) -> str:
    gain = precision["bf16_gain"]
    return f" (convolutions in bf16: {gain:g} times as fast as in fp32)" if gain else ""


def _encoders() -> list[str]:
    """Return the codecs that can be asked for, as far as their encoders are there."""
    from ..media.video.codecs import CODECS, encoder_of

    return [name for name, codec in CODECS.items() if encoder_of(codec) is not None]
