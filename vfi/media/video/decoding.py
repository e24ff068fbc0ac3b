"""A video being decoded: frames upright, in RGB, in the order in which they are shown."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from inspect import GEN_RUNNING, getgeneratorstate
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...errors import InputError
from ..frame import Colour, VideoFrame, VideoInfo
from ..pictures.images import only_first_note, picture_count
from ..pipes import PipeIn
from ..streams.beside import Beside
from .alpha_plane import AlphaPlane, joined, with_alpha
from .colour import BT601, Converter, format_facts, is_full_range, matrix_of, sample_aspect
from .decoded_frame import DecodedFrame
from .deinterlace import Deinterlace, Deinterlacer
from .demux import alpha_of, decode, video_stream
from .field_order import NAMES, field_order_of
from .hdr import hdr_of
from .side_data import side_data

_RANGES = {1: False, 2: True}


class Decoding:
    """A container whose picture is decoded, front to back: what readers have in common.

    `info` is there at once. What is damaged raises InputError.
    """

    def __init__(
        self,
        container: InputContainer,
        path: Path,
        deinterlace: Deinterlace,
        pipe: PipeIn | None = None,
    ) -> None:
        """`pipe`: what the container is read from, once, if it is no file."""
        once = pipe is not None
        self.path = path
        self._deinterlace = deinterlace
        self._container = container
        try:
            self._stream = video_stream(self._container, self.path)
            self.beside = Beside(container, self._stream, path) if once else None
            self._decoded = self._decode(pipe)
            first = next(self._decoded, None)
            if first is None:
                raise InputError(f"{self.path} has no frames")
            self._first: av.VideoFrame | None = first
            self._first_tick = first.pts
            by_field = deinterlace == "bob" and bool(first.interlaced_frame)
            self._deinterlacer = Deinterlacer(by_field) if deinterlace != "off" else None
            self._fields = 2 if by_field else 1  # pictures that come of a frame
            self._size = (first.width, first.height)
            self._rotation = _rotation_of(first)
            info = _info(self._container, self._stream, self.path, first, self._rotation, once)
            if self._deinterlacer is None:
                info = replace(info, field_order=field_order_of(first))
            self.info = info if self._fields == 1 else _of_fields(info)
            self._notes = [] if once else _notes(self._container, self.path)
            plane = None if once else alpha_of(self._stream, self._container)
            self._alpha = AlphaPlane(self.path, plane) if plane is not None else None
        except BaseException:
            self._container.close()
            raise
        colour = self.info.colour
        self._converter = Converter(
            matrix_of(colour, self.info.width, self.info.height),
            is_full_range(colour, self.info.pixel_format),
        )

    def _decode(self, pipe: PipeIn | None) -> Generator[av.VideoFrame, None, None]:
        self._stream.thread_type = "AUTO"
        return decode(self._container, self._stream, self.path, pipe, self.beside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second time does nothing.

        Where a thread that nobody waits for any more is still reading it, it stays open.
        """
        if self._is_being_read():
            return
        self._decoded.close()
        self._first = None
        self._container.close()
        if self._alpha is not None:
            self._alpha.close()

    def _is_being_read(self) -> bool:
        return getgeneratorstate(self._decoded) == GEN_RUNNING

    @property
    def notes(self) -> list[str]:
        """What is to be said of what was read so far."""
        notes = list(self._notes)
        if self._deinterlacer is not None and (self.info.interlaced or self._deinterlacer.active):
            result = "its frames are deinterlaced"
            if self._fields > 1:
                result = f"a frame is made of each field, {float(self.info.frame_rate):g} a second"
            notes.append(f"{self.path} is interlaced: {result}")
        elif self.info.interlaced:
            order = NAMES[self.info.field_order] if self.info.field_order else "in some order"
            notes.append(
                f"{self.path} is interlaced, and its frames are left so, {order}: they show combs"
            )
        return notes

    def _progressive(self) -> Iterator[av.VideoFrame]:
        """Yield the decoded frames, those that are interlaced as whole pictures."""
        first, self._first = self._first, None
        frame = first
        del first
        while frame is not None:
            if self._deinterlacer is None:
                yield frame
            else:
                yield from self._deinterlacer.push(frame)
            del frame
            frame = next(self._decoded, None)
        if self._deinterlacer is not None:
            yield from self._deinterlacer.push(None)

    def _shown(self, frame: av.VideoFrame, time: Fraction) -> VideoFrame:
        """Return a decoded frame as it is shown, at a time.

        Raises:
            InputError: it is damaged, or of another size than the first.
        """
        self._check(frame, time)
        alpha = self._alpha.next((frame.height, frame.width)) if self._alpha else None
        pixels = partial(self._pixels, frame, alpha)
        return VideoFrame(pixels, time, self._native(frame, alpha))

    def _pixels(self, frame: av.VideoFrame, alpha: av.VideoFrame | None) -> NDArray[Any]:
        pixels = self._converter.to_rgb(frame)
        if alpha is not None:
            pixels = with_alpha(pixels, alpha)
        if pixels.shape[2] == 4 and not self.info.has_alpha:
            pixels = np.ascontiguousarray(pixels[:, :, :3])
        return upright(pixels, self._rotation)

    def _native(self, frame: av.VideoFrame, alpha: av.VideoFrame | None) -> DecodedFrame | None:
        if any(self._rotation) or (self._deinterlacer is not None and self._deinterlacer.active):
            return None
        whole = frame if alpha is None else joined(frame, alpha)
        if whole is None or format_facts(whole.format.name)[3] != self.info.has_alpha:
            return None
        return DecodedFrame(whole, self._converter.matrix, self._converter.full_range)

    def _check(self, frame: av.VideoFrame, time: Fraction) -> None:
        """Raise InputError for a frame that is damaged or of another size than the first."""
        if frame.is_corrupt:
            raise InputError(f"{self.path} is damaged: the frame at {float(time):.3f} s is broken")
        if (frame.width, frame.height) != self._size:
            sizes = f"{self._size[0]}x{self._size[1]} to {frame.width}x{frame.height}"
            raise InputError(f"{self.path} changes its size at {float(time):.3f} s, from {sizes}")


def _info(
    container: Any,
    stream: VideoStream,
    path: Path,
    first: av.VideoFrame,
    rotation: tuple[bool, ...],
    once: bool,
) -> VideoInfo:
    sideways = rotation[0]
    width, height = (first.height, first.width) if sideways else (first.width, first.height)
    bits = format_facts(first.format.name)[0]
    base = stream.time_base or Fraction(1, 1000)
    rates = [stream.average_rate, stream.guessed_rate, Fraction(25)]
    if first.pts is None:
        rates.reverse()  # a raw stream: the demuxer's default, not what the stream itself says
        rates = rates[1:] + rates[:1]
    rate = next(rate for rate in rates if rate)
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        frame_rate=Fraction(rate),
        time_base=base,
        duration=_declared_duration(container, stream),
        frame_count=stream.frames or None,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=first.format.name,
        bit_depth=bits,
        has_alpha=_has_alpha(first, stream)
        or (not once and alpha_of(stream, container) is not None),
        has_audio=bool(container.streams.audio),
        colour=_colour(first, stream),
        rotation=_degrees(rotation),
        sample_aspect_ratio=sample_aspect(stream.sample_aspect_ratio, sideways),
        interlaced=first.interlaced_frame,
        start=_start(container, stream, first) * base,
        hdr=hdr_of(first),
        has_streams=not once,
        once=once,
    )


def _of_fields(info: VideoInfo) -> VideoInfo:
    """Return the facts of a video of whose frames each becomes two."""
    count = info.frame_count and 2 * info.frame_count
    rate, base = 2 * info.frame_rate, info.time_base / 2
    return replace(info, frame_rate=rate, time_base=base, frame_count=count)


def _notes(container: Any, path: Path) -> list[str]:
    """Say where FFmpeg takes the first of several pictures for the whole file."""
    if container.format.name.endswith("_pipe"):  # a single picture
        note = only_first_note(path, picture_count(path))
        return [note] if note else []
    return []


def _start(container: Any, stream: VideoStream, first: av.VideoFrame) -> int:
    """Return the tick of the first frame; AVI's ticks are those of decoding, which is earlier."""
    if first.pts is None or container.format.name == "avi":
        return stream.start_time or 0
    return first.pts


def _has_alpha(first: av.VideoFrame, stream: VideoStream) -> bool:
    """Tell whether frames have alpha. GIF always could: what counts is the first picture of it."""
    if not format_facts(first.format.name)[3]:
        return False
    if stream.codec_context.name != "gif" and not first.format.has_palette:
        return True
    alpha = Converter(BT601, False).to_rgb(first)[:, :, 3]
    return bool(alpha.min() < 255)


def _declared_duration(container: Any, stream: VideoStream) -> Fraction:
    if stream.duration and stream.time_base:
        return stream.duration * stream.time_base
    return Fraction(container.duration or 0, av.time_base)


def _colour(frame: av.VideoFrame, stream: VideoStream) -> Colour:
    """Return what the frame says of its colours, and what the stream says where it is silent."""
    context = stream.codec_context
    return Colour(
        primaries=_told(frame.color_primaries, context.color_primaries),
        transfer=_told(frame.color_trc, context.color_trc),
        matrix=_told(frame.colorspace, context.colorspace),
        full_range=_RANGES.get(int(frame.color_range), _RANGES.get(int(context.color_range))),
    )


def _told(*values: int) -> int:
    return next((int(value) for value in values if int(value) != 2), 2)


# ---- rotation: (transpose, flip rows, flip columns), applied in this order


def upright(pixels: NDArray[Any], rotation: tuple[bool, ...]) -> NDArray[Any]:
    """Turn and mirror a picture."""
    transpose, flip_rows, flip_columns = rotation
    if not any(rotation):
        return pixels
    turned = pixels.swapaxes(0, 1) if transpose else pixels
    turned = turned[::-1] if flip_rows else turned
    return np.ascontiguousarray(turned[:, ::-1] if flip_columns else turned)


def _rotation_of(frame: av.VideoFrame) -> tuple[bool, ...]:
    """Read the display matrix (ISO 14496-12, 8.3.2.3); angles between are taken to the nearest."""
    data = side_data(frame, "DISPLAYMATRIX")
    if data is None:
        return (False, False, False)
    a, b, _, c, d, *_ = (int(value) for value in np.frombuffer(data, np.int32))
    # x' = a·x + c·y and y' = b·x + d·y
    if abs(b) + abs(c) > abs(a) + abs(d):
        return (True, b < 0, c < 0)
    return (False, d < 0, a < 0)


def _degrees(rotation: tuple[bool, ...]) -> int:
    """Return the clockwise angle; of a mirrored picture, the angle without the mirroring."""
    transpose, flip_rows, flip_columns = rotation
    if transpose:
        return 90 if flip_columns else 270
    return 180 if flip_rows and flip_columns else 0
