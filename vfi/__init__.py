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
        ExistsError,
        InputError,
        OutputError,
        UsageError,
        VfiError,
        WeightsError,
    )
    from .functions import flow, interpolate
    from .interpolator import InterpolatedPair, Interpolator
    from .job import Job
    from .media.frame import VideoFrame, VideoInfo
    from .media.options import EncodingOptions
    from .media.pictures.flow_files import read_flo, write_flo
    from .media.source import open_video
    from .media.video.writer import VideoWriter
    from .models.ops import backwarp, correlation, sepconv, softsplat
    from .planning import TimelineOptions
    from .progress import Progress
    from .rendering.render import InterpolatedFrame, Rendered, RenderOptions
    from .timeline.schedule import Schedule
    from .video import interpolate_video, interpolated_frames

_HOMES = {
    "DeviceError": "errors",
    "EncodingOptions": "media.options",
    "ExistsError": "errors",
    "InputError": "errors",
    "InterpolatedFrame": "rendering.render",
    "InterpolatedPair": "interpolator",
    "Interpolator": "interpolator",
    "Job": "job",
    "OutputError": "errors",
    "Progress": "progress",
    "RenderOptions": "rendering.render",
    "Rendered": "rendering.render",
    "Schedule": "timeline.schedule",
    "TimelineOptions": "planning",
    "UsageError": "errors",
    "VfiError": "errors",
    "VideoFrame": "media.frame",
    "VideoInfo": "media.frame",
    "VideoWriter": "media.video.writer",
    "WeightsError": "errors",
    "backwarp": "models.ops",
    "correlation": "models.ops",
    "flow": "functions",
    "interpolate": "functions",
    "interpolate_video": "video",
    "interpolated_frames": "video",
    "open_video": "media.source",
    "read_flo": "media.pictures.flow_files",
    "sepconv": "models.ops",
    "softsplat": "models.ops",
    "write_flo": "media.pictures.flow_files",
}

__all__ = [
    "DeviceError",
    "EncodingOptions",
    "ExistsError",
    "InputError",
    "InterpolatedFrame",
    "InterpolatedPair",
    "Interpolator",
    "Job",
    "OutputError",
    "Progress",
    "RenderOptions",
    "Rendered",
    "Schedule",
    "TimelineOptions",
    "UsageError",
    "VfiError",
    "VideoFrame",
    "VideoInfo",
    "VideoWriter",
    "WeightsError",
    "backwarp",
    "correlation",
    "flow",
    "interpolate",
    "interpolate_video",
    "interpolated_frames",
    "open_video",
    "read_flo",
    "sepconv",
    "softsplat",
    "write_flo",
]

__version__ = "0.1.0"  # here and nowhere else: pyproject.toml and `vfi --version` read it


def __getattr__(name: str) -> Any:
    if name in ("moviepy", "vapoursynth"):  # vfi.moviepy.Interpolate, without an import of its own
        return import_module(f".{name}", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module 'vfi' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
