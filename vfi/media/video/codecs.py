"""Which video codecs there are, which containers hold them, and how they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import av

from ...errors import OutputError, UsageError
from ..containers import CONTAINERS

_LAMBDA = 118  # FFmpeg's FF_QP2LAMBDA


@dataclass(frozen=True)
class Codec:
    """A kind of video that can be written."""

    encoder: str  # FFmpeg's name
    containers: tuple[str, ...]
    formats: tuple[str, ...]  # pixel formats, the most widely playable first
    quality_option: str | None = None
    quality: int | None = None  # the default; lower is better
    preset: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    even_chroma: bool = False  # subsampled formats need even sizes
    lossless: bool = False
    any_chroma: bool = False  # whoever plays it at all plays all of its formats


_ALL = ("mp4", "mov", "matroska")

CODECS: dict[str, Codec] = {
    "h264": Codec(
        "libx264",
        (*_ALL, "avi"),
        ("yuv420p", "yuv420p10le", "yuv444p", "yuv444p10le", "yuv422p", "yuv422p10le"),
        "crf",
        16,
        "medium",
        even_chroma=True,
    ),
    "h265": Codec(
        "libx265",
        _ALL,
        (
            "yuv420p",
            "yuv420p10le",
            "yuv420p12le",
            "yuv444p",
            "yuv444p10le",
            "yuv444p12le",
            "yuv422p",
            "yuv422p10le",
            "yuv422p12le",
        ),
        "crf",
        18,
        "medium",
        {"x265-params": "log-level=error"},
        even_chroma=True,
    ),
    "av1": Codec(
        "libsvtav1",
        ("mp4", "matroska", "webm"),
        ("yuv420p", "yuv420p10le"),
        "crf",
        24,
        "6",
    ),
    "vp9": Codec(
        "libvpx-vp9",
        ("webm", "matroska", "mp4"),
        ("yuv420p", "yuv420p10le", "yuva420p", "yuv444p", "yuv444p10le", "yuv422p", "yuv422p10le"),
        "crf",
        20,
        None,
        {"b": "0", "row-mt": "1", "cpu-used": "2"},
    ),
    "prores": Codec(
        "prores_ks",
        ("mov", "matroska"),
        ("yuv422p10le", "yuva444p10le", "yuv444p10le"),
        "qscale",
        None,
        None,
        {"vendor": "apl0"},
        any_chroma=True,
    ),
    "ffv1": Codec(
        "ffv1",
        ("matroska", "avi"),
        (
            "yuv420p",
            "yuv422p",
            "yuv444p",
            "yuv420p10le",
            "yuv422p10le",
            "yuv444p10le",
            "yuv420p12le",
            "yuv444p12le",
            "yuva420p",
            "yuva444p",
            "yuva444p10le",
            "gray",
            "bgr0",
            "bgra",
            "gbrp10le",
            "gbrp12le",
            "gbrp16le",
            "gbrap10le",
            "gbrap12le",
            "gbrap16le",
        ),
        options={"level": "3", "slicecrc": "1", "g": "1"},
        lossless=True,
    ),
    "png": Codec("png", ("mov",), ("rgb24", "rgba", "rgb48be", "rgba64be"), lossless=True),
    "qtrle": Codec("qtrle", ("mov",), ("rgb24", "argb"), lossless=True),
    "gif": Codec("gif", ("gif",), ("pal8",)),
}


def known_codec(name: str) -> Codec:
    """Return the codec of a name, or raise UsageError listing them."""
    codec = CODECS.get(name)
    if codec is None:
        raise UsageError(f"no video codec '{name}'; there are: {', '.join(CODECS)}", option="codec")
    return codec


def choose_codec(name: str | None, container: str) -> tuple[str, Codec]:
    """Return the codec asked for, or the usual one of the container (H.264; VP9 in WebM).

    Raises UsageError for an unknown name or a codec that the container cannot hold, OutputError
    when this build of FFmpeg lacks the encoder.
    """
    name = name or CONTAINERS[container].codec
    codec = known_codec(name)
    if container not in codec.containers:
        fitting = [other for other, c in CODECS.items() if container in c.containers]
        raise UsageError(
            f"{container} files cannot hold {name}; they hold: {', '.join(fitting)}",
            option="codec",
        )
    if codec.encoder not in available_encoders():
        raise OutputError(f"this build of FFmpeg cannot encode {name} ({codec.encoder} is missing)")
    return name, codec


@lru_cache(maxsize=1)
def available_encoders() -> frozenset[str]:
    """Return the encoders of `CODECS` that this build of FFmpeg has."""
    found = set()
    for codec in CODECS.values():
        try:
            av.Codec(codec.encoder, "w")
        except (ValueError, av.FFmpegError):
            continue
        found.add(codec.encoder)
    return frozenset(found)


@lru_cache(maxsize=32)
def encoder_formats(encoder: str) -> tuple[str, ...]:
    """Return the pixel formats that an encoder takes in this build."""
    return tuple(f.name for f in av.Codec(encoder, "w").video_formats or [])


def with_quantiser(options: Mapping[str, str]) -> dict[str, str]:
    """Say "qscale" as FFmpeg's encoders hear it: only its command line knows the word."""
    told = dict(options)
    asked = told.pop("qscale", None)
    if asked is None:
        return told
    return told | {"flags": "+qscale", "global_quality": str(int(asked) * _LAMBDA)}
