"""Which video codecs there are: what each can store, where, and what writes it; one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import OutputError, UsageError, shown
from ..containers import Y4M_FORMATS, Container
from .encoders import (
    APNG,
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
    encoders: tuple[Encoder, ...]  # the first that is there is taken
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


_MP4 = ("mp4", "mov")


def _yuv(*depths: str) -> tuple[str, ...]:
    return tuple(f"yuv{chroma}p{depth}" for chroma in ("420", "444", "422") for depth in depths)


CODECS = {
    row.name: row
    for row in (
        Codec(
            "h264",
            (X264,),
            (*_MP4, "matroska", "avi"),
            _yuv("", "10le"),
            says_shape=True,
            played_bits=8,
        ),
        Codec(
            "h265",
            (X265,),
            (*_MP4, "matroska"),
            _yuv("", "10le", "12le"),
            says_shape=True,
            tags=dict.fromkeys(_MP4, "hvc1"),  # the only one that Apple's players take
        ),
        Codec("av1", (SVT_AV1,), ("mp4", "matroska", "webm", "avif"), ("yuv420p", "yuv420p10le")),
        Codec(
            "vp9",
            (VPX_VP9,),
            ("webm", "matroska", "mp4"),
            (*_yuv("", "10le"), "yuva420p"),
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
        ),
        Codec("webp", (WEBP,), ("webp",), ("bgra",), lossless=True, says_colour=False),
    )
}


def known_codec(name: str) -> Codec:
    """Return the codec of a name, or raise UsageError listing them."""
    codec = CODECS.get(name)
    if codec is None:
        raise UsageError(
            f"no video codec {shown(name)}; there are: {', '.join(CODECS)}", option="codec"
        )
    return codec


def choose_codec(name: str, container: Container) -> tuple[Codec, Encoder]:
    """Return the codec asked for, and what writes it here.

    Raises UsageError for an unknown name or a codec that the container cannot hold, OutputError
    when this build of FFmpeg lacks the encoder.
    """
    codec = known_codec(name)
    if container.name not in codec.containers:
        fitting = [other.name for other in CODECS.values() if container.name in other.containers]
        raise UsageError(
            f"{container.name} files cannot hold {name}; they hold: {', '.join(fitting)}",
            option="codec",
        )
    encoder = encoder_of(codec)
    if encoder is None:
        missing = " and ".join(encoder.name for encoder in codec.encoders)
        raise OutputError(f"this build of FFmpeg cannot encode {name} ({missing} is missing)")
    return codec, encoder


def encoder_of(codec: Codec) -> Encoder | None:
    """Return what writes a codec in this build of FFmpeg; None: nothing."""
    return next((encoder for encoder in codec.encoders if is_there(encoder.name)), None)
