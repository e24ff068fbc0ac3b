"""How a video is encoded: decided once, before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ...errors import UsageError, shown
from ...timeline.times import Times
from ..containers import Container, container_of
from ..frame import Colour, VideoInfo
from ..options import EncodingOptions
from .clock import check_rate, check_times, tick_of
from .codecs import Codec, choose_codec, software_encoder
from .colour import BT709, format_facts, info_matrix, is_full_range, matrix_of
from .encoder_options import check_options, check_scale, encoder_options
from .encoders import Encoder, encoder_formats, is_there
from .encoding_plan import EncodingPlan
from .field_order import FieldOrder
from .opening import refusal
from .pixel_formats import Wanted, checked_pixel_format, choose_pixel_format

_WIDE = (9, 10, 11, 12)  # its primaries: BT.2020, XYZ, P3
_HDR_TRANSFERS = (16, 18)  # ITU-T H.273: PQ, HLG


def resolve_encoding(
    path: Path,
    info: VideoInfo,
    asked: EncodingOptions,
    rate: Fraction | None,
    size: tuple[int, int] | None = None,
    times: Times = (),
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
    container, codec, encoder = resolve_encoder(path, asked, info)
    subject = _Subject(path, info, *(size or (info.width, info.height)), rate)
    subject.check(container)
    is_timed = rate is None or container.is_coarse
    rounding = check_times(times, container) if is_timed else None
    plan = _opened(codec, encoder, container, subject, asked)
    return replace(plan, notes=(*plan.notes, rounding)) if rounding else plan


def _opened(
    codec: Codec,
    encoder: Encoder,
    container: Container,
    subject: "_Subject",
    asked: EncodingOptions,
) -> EncodingPlan:
    """Plan with an encoder that can be opened: in software where it cannot in hardware."""
    if encoder.chip and not is_there(encoder.name):
        return _in_software(codec, encoder, container, subject, asked, "FFmpeg here is without it")
    plan = _planned(codec, encoder, container, subject, asked)
    tried = encoder.chip or asked.encoder_options or asked.pixel_format
    why = refusal(plan) if tried else ""
    if why and encoder.chip:
        return _in_software(codec, encoder, container, subject, asked, why)
    if why:
        raise _unopened(encoder, asked, why)
    return plan


def _unopened(encoder: Encoder, asked: EncodingOptions, why: str) -> UsageError:
    """Return an error that blames what was asked for in the encoder's own words."""
    told = " ".join(f"{name}={value}" for name, value in asked.encoder_options.items())
    option, value = ("encoder_options", told) if told else ("pixel_format", asked.pixel_format)
    return UsageError(f"{option} {value}: {encoder.name} cannot be opened: {why}", option=option)


@dataclass(frozen=True)
class _Subject:
    """What is to be encoded."""

    path: Path
    info: VideoInfo
    width: int
    height: int
    rate: Fraction | None

    def check(self, container: Container) -> None:
        """Refuse a size or a rate that no video in the container has."""
        width, height = self.width, self.height
        if not (0 < width <= 65535 and 0 < height <= 65535):
            raise UsageError(f"a video of {shown(width)}x{shown(height)} pixels cannot be written")
        check_rate(self.rate, container, self.info.time_base)

    def wanted(self, container: Container) -> Wanted:
        """Return what its frames need of a pixel format."""
        info = self.info
        return Wanted(
            info.bit_depth,
            info.has_alpha,
            self.width,
            self.height,
            info.pixel_format or None,
            container.name,
            container.formats,
        )


def _in_software(
    codec: Codec,
    encoder: Encoder,
    container: Container,
    subject: _Subject,
    asked: EncodingOptions,
    why: str,
) -> EncodingPlan:
    """Plan without hardware that was asked for: its own words mean nothing to another encoder."""
    software = software_encoder(codec)
    taken = replace(asked, preset=None, encoder_options={}, pixel_format=None)
    if asked.pixel_format in (encoder_formats(software.name) or codec.formats):
        taken = replace(taken, pixel_format=asked.pixel_format)
    plan = _planned(codec, software, container, subject, taken)
    words = [asked.preset and f"preset {asked.preset}"]
    words += [f"{name}={value}" for name, value in asked.encoder_options.items()]
    words += [asked.pixel_format if taken.pixel_format is None else None]
    left = ", ".join(word for word in words if word)
    note = f"{encoder.name} cannot be used ({why}): {software.name} encodes instead"
    return replace(plan, notes=(f"{note}, without {left}" if left else note, *plan.notes))


def _planned(
    codec: Codec,
    encoder: Encoder,
    container: Container,
    subject: _Subject,
    asked: EncodingOptions,
) -> EncodingPlan:
    """Decide what depends on the encoder."""
    info, width, height, rate = subject.info, subject.width, subject.height, subject.rate
    if width < encoder.least[0] or height < encoder.least[1]:
        least = "x".join(map(str, encoder.least))
        raise UsageError(f"{codec.name} needs {least} pixels at least, not {width}x{height}")
    pixel_format, losses = _pixel_format(codec, encoder, asked, subject.wanted(container))
    if rate is None and container.guesses_last:
        losses.append(f"{container.name} files show the last frame about as long as the others")
    losses += _unsaid(info, container, codec, encoder)
    order = _field_order(encoder, subject, asked)
    if info.field_order is not None and order is None:
        losses.append("the frames are interlaced, and are not flagged so in the file")
    return EncodingPlan(
        subject.path,
        container,
        codec,
        encoder,
        width,
        height,
        rate,
        tick_of(rate, info.time_base, container),
        pixel_format,
        info.has_alpha,
        info.has_alpha and info.premultiplied,
        _colour(info, pixel_format, width, height, container, codec),
        info.sample_aspect_ratio,
        encoder_options(encoder, container, asked, pixel_format, info.hdr, order),
        info.hdr,
        order,
        tuple(losses),
    )


def _field_order(encoder: Encoder, subject: _Subject, asked: EncodingOptions) -> FieldOrder | None:
    """Return which field of frames that are left interlaced comes first, if the file can say it.

    Resized frames have no fields any more, and who gives the encoder an order knows better.
    """
    info = subject.info
    whole = (subject.width, subject.height) != (info.width, info.height)
    if whole or encoder.fields is None or "field_order" in asked.encoder_options:
        return None
    return info.field_order


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
    if is_there(encoder.name):
        check_options(encoder, asked.encoder_options)
    return container, codec, encoder


def _usual_codec(container: Container, info: VideoInfo | None) -> str:
    """Return the codec of a container where none is asked for.

    HDR (PQ, HLG) needs 10 bits, which most players show of H.265 and few of H.264.
    """
    is_hdr = info is not None and info.bit_depth > 8 and info.colour.transfer in _HDR_TRANSFERS
    return container.hdr_codec or container.codec if is_hdr else container.codec


def _pixel_format(
    codec: Codec, encoder: Encoder, asked: EncodingOptions, wanted: Wanted
) -> tuple[str, list[str]]:
    if asked.pixel_format is None:
        return choose_pixel_format(codec, encoder, wanted)
    return checked_pixel_format(asked.pixel_format, codec, encoder, wanted), []


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
