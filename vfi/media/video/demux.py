"""Opening a video and reading its packets, with every failure turned into one clear line."""

import contextlib
import os
import struct
from collections.abc import Generator, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ...errors import InputError
from ...memory import blame_shortage, need
from ..frame import existing_file
from ..isobmff import auxiliary_tracks, picture_sizes
from ..limits import BYTES_A_PIXEL, check_pixels, max_pixels
from ..pipes import PipeIn
from ..streams.beside import Beside

# FFmpeg opens almost anything as a video; these are texts and lists of addresses, not videos.
_NO_VIDEOS = {"tty", "bin", "xbin", "adf", "idf", "txd", "concat", "hls", "dash", "imf", "sdp"}
_HEAD = 1 << 16  # bytes in which the header of a picture ends
_LARGEST_INT = (1 << 31) - 1
_CUT_SILENTLY = {"yuv4mpegpipe"}  # FFmpeg leaves out a frame that is not all there, and is silent
FAILURES = (av.FFmpegError, OSError, ValueError)


def open_input(path: str | os.PathLike[str]) -> InputContainer:
    """Open a file, and never anything else that its name or content could refer to."""
    path = existing_file(path, "a video")
    _check_header(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _formats(without="" if _is_gif(path) else "gif"),
        "max_pixels": str(
            min(max_pixels(), _LARGEST_INT)
        ),  # FFmpeg decodes a frame of some files to know them
    }
    return _opened(f"file:{path}", path, options)


def open_pipe(pipe: PipeIn) -> InputContainer:
    """Open what is read from a pipe."""
    options = {
        "protocol_whitelist": "pipe",
        "format_whitelist": _formats(),
        "max_pixels": str(min(max_pixels(), _LARGEST_INT)),
    }
    return _opened(pipe, pipe.path, options)


def _opened(file: Any, path: Path, options: dict[str, str]) -> InputContainer:
    container: InputContainer
    try:
        container = av.open(file, "r", options=options, metadata_errors="replace")
    except FAILURES as error:
        blame_shortage(error)
        raise InputError(f"{path} is no video that vfi can read, or is damaged") from error
    try:
        for stream in container.streams.video:
            if stream.codec_context is not None and not is_cover(stream):
                check_pixels(path, stream.codec_context.width, stream.codec_context.height)
    except BaseException:
        container.close()
        raise
    return container


def _check_header(path: Path) -> None:
    """Raise InputError for a GIF (GIF89a, 18), PNG (11.2.1) or AVIF of more pixels than allowed.

    Also for a file in which nothing is, such as one that was laid out for a download: FFmpeg looks
    for a beginning in all of it.
    """
    with contextlib.suppress(OSError), path.open("rb") as file:
        head = file.read(_HEAD)
        if len(head) == _HEAD and head.count(0) == _HEAD:
            raise InputError(f"{path} is no video: it begins with nothing but zeros")
        if head[4:11] == b"ftypavi":
            for size in picture_sizes(head):
                check_pixels(path, *size)
        if head[:4] == b"GIF8" and len(head) >= 10:
            check_pixels(path, *struct.unpack_from("<HH", head, 6))
        elif head[:4] == b"\x89PNG" and len(head) >= 24:
            check_pixels(path, *struct.unpack_from(">II", head, 16))


def _is_gif(path: Path) -> bool:
    """Tell by the first bytes: what is only called so FFmpeg searches to its end, 20 GB, too."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(4) == b"GIF8"
    return False


@lru_cache(maxsize=2)
def _formats(without: str = "") -> str:
    """List the formats that may be opened. (A play list of a live stream is reloaded for ever.)."""
    return ",".join(sorted(set(av.formats_available) - _NO_VIDEOS - {without}))


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream that a player would show.

    Of those that the file marks as default (if it marks any) the first that moves; in an AVIF
    sequence the planes of alpha are streams, too, and marked like the picture. A cover does not
    count. Where nothing is marked, FFmpeg's choice.
    """
    streams = [s for s in container.streams.video if not is_cover(s)]
    if not streams:
        has = "only audio" if container.streams.audio else "no pictures"
        raise InputError(f"{path} has {has}, no video")
    best = container.streams.best("video")
    marked = [s for s in streams if s.disposition & av.stream.Disposition.default]
    if marked:
        stream = min(marked, key=lambda s: (is_alpha_plane(s, container), s.frames == 1))
    else:
        stream = best if isinstance(best, VideoStream) and not is_cover(best) else streams[0]
    if stream.codec_context is None:
        raise InputError(f"{path} uses a video codec that this build of FFmpeg cannot decode")
    return stream


def is_alpha_plane(stream: VideoStream, container: InputContainer) -> bool:
    """Tell whether a stream is the alpha of another one, as AVIF stores it: grey beside colour.

    FFmpeg does not pass on the handler "auxv" that says so, nor whether it is depth instead.
    """
    if not _is_avif(container):
        return False
    kinds = auxiliary_tracks(Path(container.name.removeprefix("file:")))
    if kinds.get(stream.id, "alpha") != "alpha":
        return False
    others = [s for s in container.streams.video if s.frames == stream.frames and s is not stream]
    return _is_grey(stream) and any(not _is_grey(other) for other in others)


def is_one_picture(path: Path) -> bool:
    """Tell whether a file holds one picture, alpha apart, and no grid or pyramid of several.

    Raises:
        InputError: it cannot be opened.
    """
    with open_input(path) as container:
        streams = container.streams.video
        return sum(not is_alpha_plane(stream, container) for stream in streams) == 1


def alpha_of(stream: VideoStream, container: InputContainer) -> int | None:
    """Return which video stream of a container holds the alpha of another one; None: none."""
    for index, other in enumerate(container.streams.video):
        fits = other is not stream and other.frames == stream.frames
        if fits and is_alpha_plane(other, container):
            return index
    return None


def is_shown_with(stream: Any, video: VideoStream, container: InputContainer) -> bool:
    """Tell whether a stream is part of a video: its alpha, or the still picture of an AVIF."""
    if stream.type != "video" or not _is_avif(container) or stream is video:
        return False
    return stream.frames == 1 or is_alpha_plane(stream, container)


def _is_avif(container: InputContainer) -> bool:
    told = container.metadata
    brands = told.get("major_brand", "") + told.get("compatible_brands", "")
    return "avif" in brands or "avis" in brands


def _is_grey(stream: VideoStream) -> bool:
    return bool(stream.codec_context) and (stream.codec_context.pix_fmt or "").startswith("gray")


def is_cover(stream: Any) -> bool:
    """Tell whether a video stream is a picture attached to the file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def packets(
    container: InputContainer,
    stream: Any,
    path: Path,
    pipe: PipeIn | None = None,
    beside: Beside | None = None,
) -> Iterator[Any]:
    """Yield the packets of one stream in file order, and last a flush packet (no dts, size 0).

    Raises InputError at a packet that the container marks as damaged or cut off, but for a
    transport stream's: there it means that counters of the transport do not fit, which is often
    all that is wrong. Frames that suffer from it are found by the decoder.
    """
    last: int | None = None  # tick
    reached = 0
    read = [stream] if beside is None else beside.streams
    vital = not is_transport(container)
    try:
        for packet in container.demux(read):
            if beside is not None and packet.stream is not stream:
                beside.add(packet)
                continue
            if packet.is_corrupt and vital:
                raise InputError(f"{path} is damaged{place(_seconds(last, stream))}")
            if packet.dts is not None:
                last = packet.dts
            if packet.size:
                reached = (packet.pos or 0) + packet.size
            elif packet.dts is None and container.format.name in _CUT_SILENTLY:
                _check_whole(path, reached, pipe)
            yield packet
    except FAILURES as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path, _seconds(last, stream), stream, error) from error


def _seconds(tick: int | None, stream: Any) -> Fraction | None:
    return None if tick is None or not stream.time_base else tick * Fraction(stream.time_base)


def _check_whole(path: Path, reached: int, pipe: PipeIn | None) -> None:
    """Raise InputError where there is something behind the last frame: a part of another."""
    there = path.stat().st_size if pipe is None else pipe.count
    if 0 < reached < there:
        raise InputError(f"{path} is cut off: its last frame is not all there")


def is_transport(container: InputContainer) -> bool:
    """Tell whether a file is an MPEG transport stream, whose packets are never all there."""
    return container.format.name == "mpegts"


def _damaged(path: Path, last: Fraction | None, stream: Any, error: Exception) -> InputError:
    """Return what is said of a stream that cannot be read on after `last`.

    Raises Shortage where it may be for want of memory, which FFmpeg at times calls invalid data.
    """
    reason = explain(error)
    frame = BYTES_A_PIXEL * getattr(stream, "width", 0) * getattr(stream, "height", 0)
    need(frame * (1 + (os.cpu_count() or 1)))  # it decodes as many at once
    return InputError(f"{path} is damaged{place(last)}: {reason}")


def place(time: Fraction | None) -> str:
    """Say where in the file something happened."""
    return " at its beginning" if time is None else f" near {float(time):.2f} s"


def explain(error: Exception) -> str:
    """Return FFmpeg's reason without the numbers and the path around it.

    Raises Shortage where memory or threads ran out: that is no fault of a file.
    """
    blame_shortage(error)
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:] if text else type(error).__name__


def decode(
    container: InputContainer,
    stream: VideoStream,
    path: Path,
    pipe: PipeIn | None = None,
    beside: Beside | None = None,
) -> Generator[av.VideoFrame, None, None]:
    """Yield decoded frames in presentation order.

    Args:
        pipe: what the container is read from, if it is no file.
        beside: takes the packets of other streams that come between.
    """
    last: Fraction | None = None
    decoder = decoder_of(stream)
    for packet in packets(container, stream, path, pipe, beside):
        flush = packet.size == 0 and packet.dts is None and packet.pts is None
        if packet.size == 0 and not flush:
            continue  # "show the last frame again"; to a decoder it would mean the end
        try:
            frames = decoder.decode(None if flush else packet)
        except FAILURES as error:
            raise _damaged(path, last, stream, error) from error
        for frame in frames:
            if frame.pts is not None and stream.time_base:
                last = frame.pts * stream.time_base
            yield frame


def decoder_of(stream: VideoStream) -> Any:
    """Return what decodes a stream.

    For VP8 and VP9 with alpha, which FFmpeg's own decoders ignore, that is the reference decoder,
    if this build has it.
    """
    name = stream.codec_context.name
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    if name not in ("vp8", "vp9") or tags.get("alpha_mode") != "1":
        return stream.codec_context
    try:
        return av.CodecContext.create("libvpx" if name == "vp8" else "libvpx-vp9", "r")
    except (av.FFmpegError, ValueError):
        return stream.codec_context
