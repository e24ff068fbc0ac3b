"""In which pixel format a video is written, and what that costs."""

import re
from dataclasses import dataclass

import av

from ...errors import UsageError
from .codecs import Codec
from .colour import format_facts
from .decoded_frame import modern
from .encoders import Encoder, encoder_formats

_FLOATS = re.compile(r"f(16|32)(le|be)$")
_CHROMA_NAMES = {
    (0, 0): "4:4:4",
    (1, 0): "4:2:2",
    (1, 1): "4:2:0",
    (2, 0): "4:1:1",
    (0, 1): "4:4:0",
    (2, 2): "4:1:0",
}


@dataclass(frozen=True)
class Wanted:
    """What the frames to be written look like."""

    bits: int
    alpha: bool
    width: int
    height: int
    source_format: str | None = None  # the pixel format of the video they come from
    container: str = "matroska"
    formats: tuple[str, ...] | None = None  # that the container has words for; None: all

    @property
    def chroma(self) -> tuple[int, int] | None:
        """How often the source's chroma is halved in width and in height; None: it has none."""
        return _chroma(self.source_format) if self.source_format else None

    @property
    def is_rgb(self) -> bool:
        """Whether the source has full colours for each pixel, as RGB on disk."""
        return bool(self.source_format) and format_facts(str(self.source_format))[1]


def choose_pixel_format(codec: Codec, encoder: Encoder, wanted: Wanted) -> tuple[str, list[str]]:
    """Return the pixel format to encode in, and notes on what is lost.

    Depth and alpha are kept where the codec can; chroma is subsampled 4:2:0, which every player
    shows, except for sizes that these encoders refuse then (odd ones, with H.264 and HEVC), for
    ProRes, and for lossless codecs, which keep the source's own format, or one with the same
    chroma, or use plain RGB.
    """
    there = encoder_formats(encoder.name) or codec.formats
    if wanted.formats is not None:
        there = tuple(name for name in there if name in wanted.formats)
    source = modern(wanted.source_format) if wanted.source_format else None
    if codec.lossless and source and source in there and not _is_poor(source):
        source_bits, _, _, source_alpha = format_facts(source)
        if source_alpha == wanted.alpha and source_bits >= wanted.bits:
            return source, []
    odd = bool(wanted.width % 2 or wanted.height % 2) and encoder.even_chroma
    candidates = [f for f in codec.formats if f in there and not (odd and _is_subsampled(f))]
    if codec.alpha_containers is not None and wanted.container not in codec.alpha_containers:
        candidates = [f for f in candidates if not format_facts(f)[3]]
    if not candidates:
        raise UsageError(
            f"{encoder.name} needs an even width and height, not {wanted.width}x{wanted.height}"
        )
    if codec.lossless:
        candidates = _lossless(candidates, wanted)
    weighs_chroma = codec.any_chroma
    chosen = min(
        candidates, key=lambda name: (_loss(name, wanted, weighs_chroma), candidates.index(name))
    )
    notes = _losses(chosen, encoder.name, wanted, odd)
    bits = format_facts(chosen)[0]
    if bits > codec.played_bits:
        notes.append(f"few players show {bits} bits of {codec.name}; more show those of h265")
    return chosen, notes


def _is_poor(name: str) -> bool:
    """Tell whether a format has too few colours for the frames between those of the source."""
    video_format = av.VideoFormat(name)
    return video_format.has_palette or min(c.bits for c in video_format.components) < 8


def _lossless(candidates: list[str], wanted: Wanted) -> list[str]:
    """Return the formats that lose nothing: with the source's chroma, or else RGB."""
    same = [
        name
        for name in candidates
        if wanted.chroma is not None
        and _chroma(name) == wanted.chroma
        and format_facts(name)[0] >= wanted.bits
        and format_facts(name)[3] == wanted.alpha
    ]
    return same or [f for f in candidates if format_facts(f)[1]] or candidates


def _losses(chosen: str, encoder: str, wanted: Wanted, odd: bool) -> list[str]:
    """Say what a format costs."""
    notes: list[str] = []
    bits, _, _, alpha = format_facts(chosen)
    if wanted.alpha and not alpha:
        notes.append(f"the transparency is lost: {encoder} has none here")
    if bits < wanted.bits:
        notes.append(f"{wanted.bits} bits become {bits}: {encoder} has no more")
    if odd:
        notes.append(f"the size is odd, so the chroma is not subsampled ({chosen})")
    chroma = _chroma(chosen)
    if wanted.chroma and chroma and (chroma[0] > wanted.chroma[0] or chroma[1] > wanted.chroma[1]):
        before, after = (_CHROMA_NAMES.get(c, "finer") for c in (wanted.chroma, chroma))
        notes.append(
            f"chroma {before} becomes {after}, which every player shows; prores and ffv1 keep it"
        )
    if chroma and any(chroma) and wanted.is_rgb:
        after = _CHROMA_NAMES.get(chroma, "coarser")
        notes.append(f"RGB becomes {after}: its colours at a lower resolution; ffv1 keeps them")
    return notes


def _chroma(name: str) -> tuple[int, int] | None:
    """Return how often chroma is halved in width and in height; None for RGB and grey."""
    _, is_rgb, grey, _ = format_facts(name)
    if is_rgb or grey:
        return None
    video_format = av.VideoFormat(name, 64, 64)
    return (
        6 - (video_format.chroma_width() or 64).bit_length() + 1,
        6 - (video_format.chroma_height() or 64).bit_length() + 1,
    )


def _loss(name: str, wanted: Wanted, weighs_chroma: bool) -> tuple[int, int]:
    """Return how badly a format fits: missing things first, then needless ones.

    Lossy codecs gain nothing visible from more than 10 bits for 16-bit pictures.
    """
    bits, _, _, alpha = format_facts(name)
    missing = 2 * (wanted.alpha and not alpha) + max(0, wanted.bits - bits)
    needless = 2 * (alpha and not wanted.alpha) + max(0, bits - wanted.bits)
    chroma = _chroma(name)
    if weighs_chroma and chroma and wanted.chroma:
        more = [has - asked for has, asked in zip(wanted.chroma, chroma, strict=True)]
        missing += sum(max(0, -m) for m in more)
        needless += sum(max(0, m) for m in more)
    return missing, needless


def _is_subsampled(name: str) -> bool:
    video_format = av.VideoFormat(name, 64, 64)
    return video_format.chroma_width() != 64 or video_format.chroma_height() != 64


def checked_pixel_format(name: str, codec: Codec, encoder: Encoder, wanted: Wanted) -> str:
    """Return FFmpeg's full name of a pixel format.

    Raises:
        UsageError: the encoder or the container does not take it, or not at this size.
    """
    accepted = encoder_formats(encoder.name) or codec.formats
    accepted = tuple(f for f in accepted if wanted.formats is None or f in wanted.formats)
    accepted = tuple(f for f in accepted if _is_made(f))
    full = _full_name(name)
    if full not in accepted:
        raise UsageError(
            f"{encoder.name} has no pixel format '{name}'; it has: {', '.join(accepted)}",
            option="pixel_format",
        )
    odd = wanted.width % 2 or wanted.height % 2
    if encoder.even_chroma and odd and _is_subsampled(full):
        size = f"{wanted.width}x{wanted.height}"
        raise UsageError(f"{name} needs an even width and height, not {size}")
    return full


def _is_made(name: str) -> bool:
    """Tell whether frames of a format can be made of RGB here: no floats, no grey with alpha."""
    _, _, grey, alpha = format_facts(name)
    return not (grey and alpha) and not _FLOATS.search(name)


def _full_name(name: str) -> str:
    """Return the name with the order of bytes: yuv420p10 is yuv420p10le on this machine."""
    try:
        return str(av.VideoFormat(name).name)
    except ValueError:
        return name
