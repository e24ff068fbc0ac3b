"""Video frame interpolation by softmax splatting.

>>> import vfi
>>> interpolator = vfi.Interpolator()
>>> middle = interpolator(one, two)

Importing `vfi` imports nothing heavy and changes no setting; each name below loads what it needs
when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        DeviceError,
        InputError,
        OutputError,
        UsageError,
        VfiError,
        WeightsError,
    )
    from .interpolator import InterpolatedPair, Interpolator
    from .media.flow_files import read_flo, write_flo
    from .models.ops import backwarp, correlation, softsplat
    from .quick import flow, interpolate
    from .render import interpolate_video

_HOMES = {
    "DeviceError": "errors",
    "InputError": "errors",
    "InterpolatedPair": "interpolator",
    "Interpolator": "interpolator",
    "OutputError": "errors",
    "UsageError": "errors",
    "VfiError": "errors",
    "WeightsError": "errors",
    "backwarp": "models.ops",
    "correlation": "models.ops",
    "flow": "quick",
    "interpolate": "quick",
    "interpolate_video": "render",
    "read_flo": "media.flow_files",
    "softsplat": "models.ops",
    "write_flo": "media.flow_files",
}

__all__ = [
    "DeviceError",
    "InputError",
    "InterpolatedPair",
    "Interpolator",
    "OutputError",
    "UsageError",
    "VfiError",
    "WeightsError",
    "backwarp",
    "correlation",
    "flow",
    "interpolate",
    "interpolate_video",
    "read_flo",
    "softsplat",
    "write_flo",
]

__version__ = "0.1.0"  # here and nowhere else: pyproject.toml and `vfi --version` read it


def __getattr__(name: str) -> Any:
    if name == "moviepy":  # vfi.moviepy.Interpolate, without an import of its own
        return import_module(".moviepy", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'vfi' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
