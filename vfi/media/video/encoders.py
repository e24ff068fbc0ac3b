"""What FFmpeg has to write each kind of video with, and how it is told: one row an encoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import av

from .hdr import HdrWords


@dataclass(frozen=True)
class Quality:
    """The scale of a codec, lower is better, and how an encoder is told a value of it.

    Some encoders take values outside of theirs without a word, some fail with a number.
    """

    options: tuple[str, ...]  # what the encoder calls it
    best: int
    worst: int
    usual: int | None = None  # None: the encoder's own
    own: tuple[int, int] | None = None  # best and worst of the encoder's own scale, if another
    besides: Mapping[str, str] = field(default_factory=dict)  # what makes it listen to them

    def told(self, quality: int) -> dict[str, str]:
        """Return the encoder's options for a value of the codec's scale."""
        if self.own is not None:
            best, worst = self.own
            share = Fraction(quality - self.best, self.worst - self.best)
            quality = round(best + share * (worst - best))
        return {**self.besides, **dict.fromkeys(self.options, str(quality))}


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
    least: tuple[int, int] = (1, 1)  # pixels: the smallest width and height
    fields: Mapping[str, str] | None = None  # how it is told of interlaced frames; None: it is not
    chip: str = ""  # whose hardware encodes; none: software


_X26X_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)

X264 = Encoder(
    "libx264",
    Quality(("crf",), 0, 51, 16),
    _X26X_PRESETS,
    "medium",
    # Without it two runs differ: in a clip of 320x240, 10 files of 12 (x264's core 165).
    {"x264-params": "cpu-independent=1"},
    hdr=HdrWords("x264-params", "mastering-display", "cll"),
    even_chroma=True,
    fields={"flags": "+ildct+ilme"},
)
X265 = Encoder(
    "libx265",
    Quality(("crf",), 0, 51, 18),
    _X26X_PRESETS,
    "medium",
    {"x265-params": "log-level=error"},
    hdr=HdrWords("x265-params", "master-display", "max-cll"),
    even_chroma=True,
)
SVT_AV1 = Encoder(
    "libsvtav1",
    Quality(("crf",), 0, 63, 24),
    tuple(str(number) for number in range(14)),
    "6",
    hdr=HdrWords("svtav1-params", "mastering-display", "content-light", decimals=True),
)
VPX_VP9 = Encoder(
    "libvpx-vp9",
    Quality(("crf",), 0, 63, 20),
    options={"b": "0", "row-mt": "1", "cpu-used": "2"},
)
PRORES_KS = Encoder(
    "prores_ks",
    Quality(("qscale",), 1, 64),
    options={"vendor": "apl0"},
    fields={"flags": "+ildct"},
    by_format={
        "yuv422p10le": {"profile": "3"},
        "yuv444p10le": {"profile": "4"},
        "yuva444p10le": {"profile": "4"},
    },
)
DNXHD = Encoder(
    "dnxhd",
    by_format={
        "yuv422p": {"profile": "dnxhr_hq"},
        "yuv422p10le": {"profile": "dnxhr_hqx"},
        "yuv444p10le": {"profile": "dnxhr_444"},
        "gbrp10le": {"profile": "dnxhr_444"},
    },
    least=(256, 120),
)
FFV1 = Encoder("ffv1", options={"level": "3", "slicecrc": "1", "g": "1"}, fields={})
PNG = Encoder("png")
QTRLE = Encoder("qtrle")
RAW = Encoder("rawvideo", fields={})
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
    there = av.Codec(name, "w").video_formats or []
    return tuple(f.name for f in there if f.components)  # those without lie on a graphics card
