"""What a result is made with: all that decides how it looks, by name, in words for people.

Two runs with the same recipe make the same, frame for frame; so one may go on where the other was
stopped.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .interpolator import Interpolator, PairMaker
from .media.options import EncodingOptions
from .media.source import files_of
from .model_files import SUFFIX, weights_digest
from .planning import TimelineOptions
from .rendering.render import RenderOptions

# What computes, decodes or encodes; another version may do it a little differently.
_LIBRARIES = ("torch", "numpy", "numba", "opencv-python-headless", "scenedetect", "av")
_LENGTH = 12  # digits of a digest


def recipe_of(
    source: Path,
    timeline: TimelineOptions,
    encoding: EncodingOptions,
    rendering: RenderOptions,
    interpolator: PairMaker,
    encoder: str,
) -> dict[str, str]:
    """Return the recipe of a job.

    Args:
        encoder: what encodes the result, and how; nothing for pictures.

    Raises:
        VfiError: a file that is needed cannot be read.
    """
    options = {
        field.name: _said(getattr(each, field.name))
        for each in (timeline, encoding, rendering)
        for field in fields(each)
    }
    if timeline.fps is timeline.target_fps is timeline.slow is None:
        options["fps"] = "2"
    return {
        "source": _facts_of(files_of(source)),
        **options,
        **_computing(interpolator),
        "encoder": encoder or "none",
        **made_by(),
    }


def made_by() -> dict[str, str]:
    """Return what works here: versions and the kind of processor."""
    return {
        "version": __version__,
        "libraries": ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
        "machine": platform.machine(),
    }


def made_with(interpolator: PairMaker) -> str:
    """Return what makes the frames between two, as a file may say of itself.

    vfi 0.1.0, model hybrid (weights 0123456789ab): the digits are the first of the SHA-256 of the
    weights' file, as `vfi info --json` and sha256sum give it.
    """
    model = str(getattr(interpolator, "model", type(interpolator).__name__))
    own = isinstance(interpolator, Interpolator)
    digest = weights_digest(model) if own else None
    weights = f" (weights {digest[:_LENGTH]})" if digest else ""
    name = Path(model).stem if model.endswith(SUFFIX) else model
    return f"vfi {__version__}, model {name}{weights}"


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, Fraction):
        return str(value) if value.denominator < 1000 else f"{float(value):.9g}"
    if isinstance(value, Path):
        return f"of {hashlib.sha256(value.read_bytes()).hexdigest()[:_LENGTH]}"
    if isinstance(value, np.ndarray):
        return f"of {hashlib.sha256(value.tobytes()).hexdigest()[:_LENGTH]}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={value[name]}" for name in sorted(value)) or "none"
    return str(value)


def _facts_of(files: list[Path]) -> str:
    """Say the size of the input and when it was changed; make and rsync know it by them, too."""
    facts = [(path.name, path.stat()) for path in files if path.is_file()]
    size = sum(fact.st_size for _, fact in facts)
    listed = repr([(name, fact.st_size, fact.st_mtime_ns) for name, fact in facts])
    return f"of {size} bytes ({hashlib.sha256(listed.encode()).hexdigest()[:_LENGTH]})"


def _computing(interpolator: PairMaker) -> dict[str, str]:
    network = getattr(interpolator, "network", None)
    digest = hashlib.sha256()
    for name, values in network.state_dict().items() if network is not None else ():
        digest.update(name.encode())
        digest.update(values.detach().float().cpu().numpy().tobytes())
    return {
        "model": str(getattr(interpolator, "model", type(interpolator).__name__)),
        "bands": _said(getattr(interpolator, "rows", None)),
        "weights": f"of {digest.hexdigest()[:_LENGTH]}",
        "device": str(getattr(interpolator, "device", "unknown")),
        "precision": str(getattr(interpolator, "dtype", "unknown")).removeprefix("torch."),
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"
