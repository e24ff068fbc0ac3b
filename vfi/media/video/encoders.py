"""What FFmpeg has to write each kind of video with, and how it is told: one row an encoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import av

from ...errors import UsageError, shown
from .hdr import HdrWords

_LAMBDA = 118  # FFmpeg's FF_QP2LAMBDA


@dataclass(frozen=True)
class Quality:
    """The scale of an encoder; some take values outside without a word, some fail with a number."""

    option: str  # what the encoder calls it
    best: int
    worst: int
    usual: int | None = None  # None: the encoder's own


@dataclass(frozen=True)
class Encoder:
    """One encoder of FFmpeg."""

    name: str  # FFmpeg's
    quality: Quality | None = None
    presets: tuple[str, ...] = ()
    preset: str | None = None  # the usual one
    options: Mapping[str, str] = field(default_factory=dict)
    by_format: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # more, by pix_fmt
    hdr: HdrWords | None = None
    even_chroma: bool = False  # subsampled formats need even sizes


_X26X_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)

X264 = Encoder(
    "libx264",
    Quality("crf", 0, 51, 16),
    _X26X_PRESETS,
    "medium",
    # Without it two runs differ: in a clip of 320x240, 10 files of 12 (x264's core 165).
    {"x264-params": "cpu-independent=1"},
    hdr=HdrWords("x264-params", "mastering-display", "cll"),
    even_chroma=True,
)
X265 = Encoder(
    "libx265",
    Quality("crf", 0, 51, 18),
    _X26X_PRESETS,
    "medium",
    {"x265-params": "log-level=error"},
    hdr=HdrWords("x265-params", "master-display", "max-cll"),
    even_chroma=True,
)
SVT_AV1 = Encoder(
    "libsvtav1",
    Quality("crf", 0, 63, 24),
    tuple(str(number) for number in range(14)),
    "6",
    hdr=HdrWords("svtav1-params", "mastering-display", "content-light", decimals=True),
)
VPX_VP9 = Encoder(
    "libvpx-vp9",
    Quality("crf", 0, 63, 20),
    options={"b": "0", "row-mt": "1", "cpu-used": "2"},
)
PRORES_KS = Encoder(
    "prores_ks",
    Quality("qscale", 1, 64),
    options={"vendor": "apl0"},
    by_format={
        "yuv422p10le": {"profile": "3"},
        "yuv444p10le": {"profile": "4"},
        "yuva444p10le": {"profile": "4"},
    },
)
FFV1 = Encoder("ffv1", options={"level": "3", "slicecrc": "1", "g": "1"})
PNG = Encoder("png")
QTRLE = Encoder("qtrle")
RAW = Encoder("rawvideo")
GIF = Encoder("gif")
APNG = Encoder("apng")
WEBP = Encoder("libwebp_anim", options={"lossless": "1"})


@lru_cache(maxsize=64)
def is_there(name: str) -> bool:
    """Tell whether this build of FFmpeg has an encoder of that name."""
    try:
        av.Codec(name, "w")
    except (ValueError, av.FFmpegError):
        return False
    return True


@lru_cache(maxsize=32)
def encoder_formats(name: str) -> tuple[str, ...]:
    """Return the pixel formats that an encoder takes in this build; none: it takes them all."""
    return tuple(f.name for f in av.Codec(name, "w").video_formats or [])


def check_scale(encoder: Encoder, quality: int | None, preset: str | None) -> None:
    """Raise UsageError unless the encoder takes this quality and this preset."""
    name, scale = encoder.name, encoder.quality
    if quality is not None and scale is None:
        raise UsageError(f"{name} has no quality setting", option="quality")
    if preset is not None and not encoder.presets:
        raise UsageError(f"{name} has no presets", option="preset")
    if quality is not None and scale and not scale.best <= quality <= scale.worst:
        whole = f"{scale.best} (the best) to {scale.worst} (the smallest)"
        raise UsageError(f"quality {shown(quality)}: {name} takes {whole}", option="quality")
    if preset is not None and preset not in encoder.presets:
        known = ", ".join(encoder.presets)
        raise UsageError(f"preset {preset}: {name} has {known}", option="preset")


def joined_options(*several: Mapping[str, str]) -> dict[str, str]:
    """Return options in which the later ones win, said as FFmpeg's encoders hear them."""
    joined: dict[str, str] = {}
    for options in several:
        for name, value in options.items():
            # Lists of an encoder's own parameters are joined, in which the later ones win, too.
            is_list = name.endswith("-params") and name in joined
            joined[name] = f"{joined[name]}:{value}" if is_list else value
    return _with_quantiser(joined)


def _with_quantiser(options: dict[str, str]) -> dict[str, str]:
    """Say "qscale" as encoders hear it: only FFmpeg's command line knows the word."""
    asked = options.pop("qscale", None)
    if asked is None:
        return options
    return options | {"flags": "+qscale", "global_quality": str(int(asked) * _LAMBDA)}
