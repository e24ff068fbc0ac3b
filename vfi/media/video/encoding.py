"""How a video is encoded: decided once, before anything is written."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import UsageError, shown
from ..containers import Container, container_of
from ..frame import Colour, VideoInfo
from ..options import EncodingOptions
from .clock import check_rate, check_times, tick_of
from .codecs import Codec, choose_codec
from .colour import BT709, Converter, format_facts, info_matrix, is_full_range, matrix_of
from .encoders import Encoder, check_scale, joined_options
from .hdr import HdrMetadata, hdr_options
from .pixel_formats import Wanted, check_pixel_format, choose_pixel_format

_WIDE = (9, 10, 11, 12)  # its primaries: BT.2020, XYZ, P3
_HDR_TRANSFERS = (16, 18)  # ITU-T H.273: PQ, HLG


@dataclass(frozen=True)
class EncodingPlan:
    """All that has to be known to write a video, but its frames."""

    path: Path
    container: Container
    codec: Codec
    encoder: Encoder
    width: int
    height: int
    rate: Fraction | None  # frames a second; None: it varies
    tick: Fraction  # seconds
    pixel_format: str
    alpha: bool  # whether the frames have it, not the file
    colour: Colour
    sample_aspect_ratio: Fraction
    options: Mapping[str, str]  # for the encoder
    hdr: HdrMetadata | None = None
    notes: tuple[str, ...] = ()  # what the file cannot show as it was wanted

    @property
    def shortest(self) -> int:
        """Ticks that a frame lasts at least."""
        return self.container.shortest if self.tick == self.container.tick else 1

    def converter(self) -> Converter:
        """Return what makes the encoder's frames of RGB."""
        matrix = matrix_of(self.colour, self.width, self.height)
        return Converter(matrix, is_full_range(self.colour, self.pixel_format))


def resolve_encoding(
    path: Path,
    info: VideoInfo,
    asked: EncodingOptions,
    rate: Fraction | None,
    size: tuple[int, int] | None = None,
    times: Iterable[Fraction] = (),
) -> EncodingPlan:
    """Decide how frames are written to a file; nothing is written.

    Args:
        path: its suffix chooses the container; "-" is standard output.
        info: of the frames; their colour, depth, alpha and pixel shape are kept where they can be.
        rate: frames a second; None: it varies.
        size: (width, height) that they are written in; None: their own.
        times: of the frames, in seconds, as far as they are known.

    Raises:
        UsageError: the file or the encoder cannot do what is asked for.
        OutputError: this build of FFmpeg lacks the encoder.
    """
    width, height = size or (info.width, info.height)
    container, codec, encoder = resolve_encoder(path, asked, info)
    _check_size(width, height)
    check_rate(rate, container, info.time_base)
    tick = tick_of(rate, info.time_base, container)
    wanted = Wanted(
        info.bit_depth,
        info.has_alpha,
        width,
        height,
        info.pixel_format or None,
        container.name,
        container.formats,
    )
    pixel_format, losses = _pixel_format(codec, encoder, asked.pixel_format, wanted)
    rounding = check_times(times, container) if rate is None or container.is_coarse else None
    if rate is None and container.guesses_last:
        losses.append(f"{container.name} files show the last frame about as long as the others")
    losses += _unsaid(info, container, codec, encoder)
    return EncodingPlan(
        path,
        container,
        codec,
        encoder,
        width,
        height,
        rate,
        tick,
        pixel_format,
        info.has_alpha,
        _colour(info, pixel_format, width, height, container, codec),
        info.sample_aspect_ratio,
        encoder_options(encoder, container, asked, pixel_format, info.hdr),
        info.hdr,
        (*losses, *([rounding] if rounding else [])),
    )


def resolve_encoder(
    path: Path, asked: EncodingOptions, info: VideoInfo | None = None
) -> tuple[Container, Codec, Encoder]:
    """Decide what of an encoding does not depend on the frames, but for the usual codec of HDR.

    Raises:
        UsageError, OutputError: as for `resolve_encoding`.
    """
    container = container_of(path, asked.container)
    codec, encoder = choose_codec(asked.codec or _usual_codec(container, info), container)
    check_scale(encoder, asked.quality, asked.preset)
    return container, codec, encoder


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= 65535 and 0 < height <= 65535):
        raise UsageError(f"a video of {shown(width)}x{shown(height)} pixels cannot be written")


def _usual_codec(container: Container, info: VideoInfo | None) -> str:
    """Return the codec of a container where none is asked for.

    HDR (PQ, HLG) needs 10 bits, which most players show of H.265 and few of H.264.
    """
    is_hdr = info is not None and info.bit_depth > 8 and info.colour.transfer in _HDR_TRANSFERS
    return container.hdr_codec or container.codec if is_hdr else container.codec


def _pixel_format(
    codec: Codec, encoder: Encoder, asked: str | None, wanted: Wanted
) -> tuple[str, list[str]]:
    if asked is None:
        return choose_pixel_format(codec, encoder, wanted)
    check_pixel_format(asked, encoder, wanted.width, wanted.height)
    return asked, []


def _colour(
    info: VideoInfo,
    pixel_format: str,
    width: int,
    height: int,
    container: Container,
    codec: Codec,
) -> Colour:
    """Return the tags to write: the source's own, made explicit where a reader would guess wrong.

    Frames that were RGB on disk (pictures, GIF) become BT.709, limited range. What the file cannot
    say is what a reader takes for granted.
    """
    colour = _wished_colour(info, pixel_format, width, height)
    if format_facts(pixel_format)[1]:
        return colour
    if not codec.says_colour and not container.says_colour:
        return Colour(matrix=matrix_of(Colour(), width, height), full_range=False)
    if not codec.full_range:
        return Colour(colour.primaries, colour.transfer, colour.matrix, False)
    return colour


def _unsaid(info: VideoInfo, container: Container, codec: Codec, encoder: Encoder) -> Iterator[str]:
    """Yield what is lost because neither the file nor the coded video has a place for it."""
    aspect = info.sample_aspect_ratio
    place = f"{container.name} files of {codec.name} have no place for it"
    if aspect != 1 and not (container.says_shape or codec.says_shape):
        shape = f"{aspect.numerator}:{aspect.denominator}"
        yield f"the shape of the pixels, {shape}, is lost: {place}; width with height squares them"
    wide = info.colour.primaries in _WIDE or info.colour.transfer in _HDR_TRANSFERS
    if wide and not (codec.says_colour or container.says_colour):
        yield f"what the colours mean (wide, or high dynamic range) is lost: {place}"
    if info.has_alpha and codec.name == "gif" and info.codec != "gif":
        yield "half-transparent pixels become opaque or invisible: a GIF has nothing between"
    if info.hdr is not None and encoder.hdr is None and not container.says_hdr:
        yield f"the HDR metadata (mastering display, light levels) is lost: {place}"


def _wished_colour(like: VideoInfo, pixel_format: str, width: int, height: int) -> Colour:
    is_rgb, grey = format_facts(pixel_format)[1:3]
    if like.is_sequence or format_facts(like.pixel_format)[1]:
        source = like.colour
        primaries, transfer = (
            1 if source.primaries == 2 else source.primaries,
            1 if source.transfer == 2 else source.transfer,
        )
        if is_rgb:
            return Colour(primaries, transfer, 0, True)
        return Colour(primaries, transfer, BT709, False)
    colour = like.colour
    if is_rgb:
        return Colour(colour.primaries, colour.transfer, 0, True)
    matrix = colour.matrix
    # H.264 says that the range is limited only beside another fact on the colours.
    alone = colour.full_range is False and {colour.primaries, colour.transfer, matrix} == {2}
    if matrix_of(colour, width, height) != info_matrix(like) or matrix in (0, 3) or alone:
        matrix = info_matrix(like)
    full = is_full_range(colour, like.pixel_format)
    said = full if full or grey or colour.full_range is not None else None
    return Colour(colour.primaries, colour.transfer, matrix, said)


def encoder_options(
    encoder: Encoder,
    container: Container,
    asked: EncodingOptions,
    pixel_format: str,
    hdr: HdrMetadata | None = None,
) -> dict[str, str]:
    """Return what the encoder is told; what is asked for by its own names comes last and wins."""
    told: dict[str, str] = {}
    scale = encoder.quality
    level = scale.usual if scale and asked.quality is None else asked.quality
    if scale and level is not None:
        told[scale.option] = str(level)
    if encoder.preset:
        told["preset"] = asked.preset or encoder.preset
    if not container.reorders:
        told["bf"] = "0"
    by_format = encoder.by_format.get(pixel_format, {})
    hdr_told = hdr_options(hdr, encoder.hdr)
    return joined_options(encoder.options, by_format, told, hdr_told, asked.encoder_options)


@contextlib.contextmanager
def quiet_encoder() -> Iterator[None]:
    """Keep SVT-AV1 from printing its settings; it listens to nothing but this variable."""
    before = os.environ.get("SVT_LOG")
    os.environ["SVT_LOG"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SVT_LOG"]
        else:
            os.environ["SVT_LOG"] = before
