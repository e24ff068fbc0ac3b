"""Which video codecs there are: what each can store, where, and what writes it; one row each."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from ...errors import OutputError, UsageError, shown
from ..containers import Y4M_FORMATS, Container
from . import hardware
from .encoders import (
    APNG,
    DNXHD,
    FFV1,
    GIF,
    PNG,
    PRORES_KS,
    QTRLE,
    RAW,
    SVT_AV1,
    VPX_VP9,
    WEBP,
    X264,
    X265,
    Encoder,
    is_there,
)


@dataclass(frozen=True)
class Codec:
    """A kind of video that can be written."""

    name: str
    encoders: tuple[Encoder, ...]  # the first that is there is taken; no hardware
    containers: tuple[str, ...]
    formats: tuple[str, ...]  # pixel formats, the most widely playable first
    alpha_containers: tuple[str, ...] | None = None  # where it has alpha; None: everywhere
    tags: Mapping[str, str] = field(default_factory=dict)  # its four letters, by container
    lossless: bool = False
    played_bits: int = 16  # a sample of so many most players show
    any_chroma: bool = False  # whoever plays it at all plays all of its formats
    full_range: bool = True  # it can store samples of the full range
    says_colour: bool = True  # what its samples mean stands in the coded video itself
    says_shape: bool = False  # and the shape of its pixels
    hardware: tuple[Encoder, ...] = ()  # taken where they are asked for
    ffmpeg: str = ""  # FFmpeg's name of it, where it is another


_MP4 = ("mp4", "mov")
_SEMI_PLANAR = ("nv12", "p010le")  # 4:2:0, the only formats of some hardware


def _yuv(*depths: str) -> tuple[str, ...]:
    return tuple(f"yuv{chroma}p{depth}" for chroma in ("420", "444", "422") for depth in depths)


CODECS = {
    row.name: row
    for row in (
        Codec(
            "h264",
            (X264,),
            (*_MP4, "matroska", "avi"),
            (*_yuv("", "10le"), *_SEMI_PLANAR),
            says_shape=True,
            played_bits=8,
            hardware=hardware.H264,
        ),
        Codec(
            "h265",
            (X265,),
            (*_MP4, "matroska"),
            (*_yuv("", "10le", "12le"), *_SEMI_PLANAR),
            says_shape=True,
            hardware=hardware.H265,
            ffmpeg="hevc",
            tags=dict.fromkeys(_MP4, "hvc1"),  # the only one that Apple's players take
        ),
        Codec(
            "av1",
            (SVT_AV1,),
            ("mp4", "matroska", "webm", "avif"),
            ("yuv420p", "yuv420p10le", *_SEMI_PLANAR),
            hardware=hardware.AV1,
        ),
        Codec(
            "vp9",
            (VPX_VP9,),
            ("webm", "matroska", "mp4"),
            (*_yuv("", "10le"), "yuva420p", *_SEMI_PLANAR),
            hardware=hardware.VP9,
            alpha_containers=("webm", "matroska"),
        ),
        Codec(
            "prores",
            (PRORES_KS,),
            ("mov", "matroska"),
            ("yuv422p10le", "yuva444p10le", "yuv444p10le"),
            any_chroma=True,
            full_range=False,
        ),
        Codec(
            "dnxhr",
            (DNXHD,),
            ("mov",),
            ("yuv422p", "yuv422p10le", "yuv444p10le"),
            any_chroma=True,
            says_colour=False,
            full_range=False,
            ffmpeg="dnxhd",
        ),
        Codec(
            "ffv1",
            (FFV1,),
            ("matroska", "avi"),
            (
                *("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
                *("yuv420p12le", "yuv444p12le", "yuva420p", "yuva444p", "yuva444p10le", "gray"),
                *("bgr0", "bgra", "gbrp10le", "gbrp12le", "gbrp16le"),
                *("gbrap10le", "gbrap12le", "gbrap16le"),
            ),
            lossless=True,
            says_colour=False,
        ),
        Codec(
            "png",
            (PNG,),
            ("mov",),
            ("rgb24", "rgba", "rgb48be", "rgba64be"),
            lossless=True,
            says_colour=False,
        ),
        Codec("qtrle", (QTRLE,), ("mov",), ("rgb24", "argb"), lossless=True, says_colour=False),
        Codec("gif", (GIF,), ("gif",), ("pal8",), says_colour=False),
        Codec(
            "apng",
            (APNG,),
            ("apng",),
            ("rgb24", "rgba", "rgb48be", "rgba64be"),
            lossless=True,
            says_colour=False,
        ),
        Codec(
            "raw",
            (RAW,),
            ("yuv4mpegpipe", "nut"),
            # RGB first becomes 4:4:4 where a container has no RGB.
            (*Y4M_FORMATS, "yuva420p", "yuva444p10le", "rgb24", "rgba", "rgb48le", "rgba64le"),
            lossless=True,
            says_colour=False,
            ffmpeg="rawvideo",
        ),
        Codec("webp", (WEBP,), ("webp",), ("bgra",), lossless=True, says_colour=False),
    )
}


def codec_names() -> dict[str, tuple[Codec, Encoder | None]]:
    """Return all names by which a codec can be asked for: ours, FFmpeg's, and its encoders'."""
    names: dict[str, tuple[Codec, Encoder | None]] = {}
    for codec in CODECS.values():
        encoders = {e.name: (codec, e) for e in (*codec.encoders, *codec.hardware)}
        names = encoders | ({codec.ffmpeg: (codec, None)} if codec.ffmpeg else {}) | names
    return names | {name: (codec, None) for name, codec in CODECS.items()}


def known_codec(name: str) -> tuple[Codec, Encoder | None]:
    """Return the codec of a name, and the encoder if the name is that of one.

    Raises:
        UsageError: there is none of this name; those there are, are listed.
    """
    names = codec_names()
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, 3, 0.7)
    hint = f"near it: {', '.join(near)}; " if near else ""
    raise UsageError(
        f"no video codec {shown(name)}; {hint}there are: {', '.join(CODECS)}, and FFmpeg's "
        "encoders of these, such as libx265",
        option="codec",
    )


def choose_codec(name: str, container: Container) -> tuple[Codec, Encoder]:
    """Return the codec asked for, and what writes it.

    An encoder in hardware that is asked for by its name is returned whether it is there or not.

    Raises:
        UsageError: there is no such codec, or the container cannot hold it.
        OutputError: this build of FFmpeg lacks the encoder.
    """
    codec, asked = known_codec(name)
    if container.name not in codec.containers:
        fitting = [other.name for other in CODECS.values() if container.name in other.containers]
        raise UsageError(
            f"{container.name} files cannot hold {name}; they hold: {', '.join(fitting)}",
            option="codec",
        )
    if asked is None:
        return codec, software_encoder(codec)
    if not (asked.chip or is_there(asked.name)):
        _lacking(codec, asked)
    return codec, asked


def software_encoder(codec: Codec) -> Encoder:
    """Return what writes a codec here, if no encoder is asked for.

    Raises:
        OutputError: this build of FFmpeg lacks it.
    """
    return encoder_of(codec) or _lacking(codec, *codec.encoders)


def _lacking(codec: Codec, *encoders: Encoder) -> NoReturn:
    missing = " and ".join(encoder.name for encoder in encoders)
    raise OutputError(f"this build of FFmpeg cannot encode {codec.name} ({missing} is missing)")


def encoder_of(codec: Codec) -> Encoder | None:
    """Return what writes a codec in this build of FFmpeg, without hardware; None: nothing."""
    return next((encoder for encoder in codec.encoders if is_there(encoder.name)), None)
