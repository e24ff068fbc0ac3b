"""Opening a video and reading its packets, with every failure turned into one clear line."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from ..errors import InputError
from .frame import existing_file
from .structure import structural_damage

# FFmpeg opens almost anything as a video; these are texts and lists of addresses, not videos.
_NO_VIDEOS = {"tty", "bin", "xbin", "adf", "idf", "txd", "concat", "hls", "dash", "imf", "sdp"}
_FAILURES = (av.FFmpegError, OSError, ValueError)


def open_input(path: str | os.PathLike[str]) -> InputContainer:
    """Open a file, and never anything else that its name or content could refer to."""
    path = existing_file(path, "a video")
    if _is_animated_webp(path):
        raise InputError(
            f"{path} is an animated WebP, which vfi cannot read;"
            " turn it into an animated PNG, a GIF or a folder of pictures"
        )
    options = {"protocol_whitelist": "file", "format_whitelist": _formats()}
    try:
        return av.open(f"file:{path}", "r", options=options, metadata_errors="replace")
    except _FAILURES as error:
        raise InputError(f"{path} is no video that vfi can read, or is damaged") from error


def _is_animated_webp(path: Path) -> bool:
    """Look into the header (RFC 9649, section 2.7): FFmpeg knows still WebP only."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        head = file.read(21)
        kind = head[:4] + head[8:16]
        return kind == b"RIFFWEBPVP8X" and len(head) > 20 and bool(head[20] & 2)
    return False


@lru_cache(maxsize=1)
def _formats() -> str:
    """List the formats that may be opened. (A play list of a live stream is reloaded for ever.)"""
    return ",".join(sorted(set(av.formats_available) - _NO_VIDEOS))


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream that a player would show; a cover picture does not count."""
    streams = [s for s in container.streams.video if not is_cover(s)]
    if not streams:
        has = "only sound" if container.streams.audio else "no pictures"
        raise InputError(f"{path} has {has}, no video")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and not is_cover(best) else streams[0]
    if stream.codec_context is None:
        raise InputError(f"{path} uses a video codec that this build of FFmpeg cannot decode")
    return stream


def is_cover(stream: Any) -> bool:
    """Tell whether a video stream is a picture attached to the file."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def packets(container: InputContainer, stream: Any, path: Path) -> Iterator[Any]:
    """Yield the packets of one stream in file order, and last a flush packet (no dts, size 0).

    Raises InputError at a packet that the container marks as damaged or cut off.
    """
    last: Fraction | None = None
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                raise InputError(f"{path} is damaged{place(last)}")
            if packet.dts is not None and stream.time_base:
                last = packet.dts * stream.time_base
            yield packet
    except _FAILURES as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is damaged{place(last)}: {explain(error)}") from error


def place(time: Fraction | None) -> str:
    """Say where in the file something happened."""
    return " at its beginning" if time is None else f" near {float(time):.2f} s"


def explain(error: Exception) -> str:
    """Return FFmpeg's reason without the numbers and the path around it."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:] if text else type(error).__name__


@dataclass(frozen=True)
class Scan:
    """The presentation times of the frames of a stream, in ticks of its time base."""

    ticks: list[int]  # strictly increasing
    end: int  # when the last frame is over
    by_pts: bool  # whether the ticks are the file's own presentation times


def scan_packets(path: Path, first_tick: int | None) -> Scan | None:
    """Find the presentation times by demuxing only.

    `first_tick` is the time of the first frame that can be decoded: what lies before (the leading
    pictures of an open GOP) is never shown. Returns None where packets do not tell the times
    (missing or repeated time stamps, packets that are not one frame each): then decode.
    Raises InputError where the file is cut off or damaged.
    """
    with contextlib.closing(open_input(path)) as container:
        stream = video_stream(container, path)
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all  # where the container allows, it is not even read
        broken = structural_damage(path, container.format.name)
        if broken:
            raise InputError(f"{path} {broken}")
        found: list[tuple[int | None, int]] = []  # presentation time, duration
        decode_times: list[int | None] = []
        count = 0
        for packet in packets(container, stream, path):
            if packet.size == 0 and packet.dts is None and packet.pts is None:
                continue  # the flush packet
            count += 1
            if packet.size == 0 or packet.is_discard or _is_hidden(packet, stream):
                continue
            found.append((packet.pts, packet.duration or 0))
            decode_times.append(packet.dts)
        scan = _scan_of(found, decode_times, first_tick, container, stream)
        _check_complete(container, stream, path, count, scan)
    return scan


def _scan_of(
    found: list[tuple[int | None, int]],
    decode_times: list[int | None],
    first_tick: int | None,
    container: InputContainer,
    stream: VideoStream,
) -> Scan | None:
    if container.format.name == "avi":
        return _scan_of_avi(found, decode_times, stream)
    if any(pts is None for pts, _ in found):
        return None
    shown = sorted((pts, length) for pts, length in found if pts is not None)
    shown = [s for s in shown if first_tick is None or s[0] >= first_tick]
    ticks = [pts for pts, _ in shown]
    if not ticks or any(one == two for one, two in pairwise(ticks)):
        return None
    return Scan(ticks, ticks[-1] + (shown[-1][1] or last_step(ticks, stream)), True)


def _scan_of_avi(
    found: list[tuple[int | None, int]], decode_times: list[int | None], stream: VideoStream
) -> Scan | None:
    """AVI numbers the frames in decoding order and says nothing else.

    So the k-th frame that is shown is shown at the k-th of these times.
    """
    ticks = sorted(dts for dts in decode_times if dts is not None)
    if len(ticks) < len(decode_times) or not ticks or any(a == b for a, b in pairwise(ticks)):
        return None
    return Scan(ticks, ticks[-1] + (found[-1][1] or last_step(ticks, stream)), False)


def last_step(ticks: list[int], stream: VideoStream) -> int:
    """Return how long the last frame is shown where the file does not say: like the one before."""
    if len(ticks) > 1:
        return ticks[-1] - ticks[-2]
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    return max(1, round(1 / (rate * (stream.time_base or Fraction(1, 1000)))))


def _is_hidden(packet: Any, stream: VideoStream) -> bool:
    """Tell whether a packet holds a VP8 frame that is never shown (RFC 6386, section 9.1)."""
    return stream.codec_context.name in ("vp8", "libvpx") and not memoryview(packet)[0] & 0x10


def _check_complete(
    container: InputContainer, stream: VideoStream, path: Path, count: int, scan: Scan | None
) -> None:
    """Compare what was read with what the file says it has."""
    kinds = set(container.format.name.split(","))
    expected = 0
    if "mp4" in kinds:
        expected = len(stream.index_entries)
    elif "avi" in kinds:
        expected = len(stream.index_entries)
        # Without its index, at the end of the file, only the header tells. It counts frames that
        # are repeated and so not stored.
        if scan is not None and scan.end < stream.frames:
            expected = max(expected, count + stream.frames - scan.end)
    if count < expected:
        raise InputError(
            f"{path} is cut off or damaged: {count} of its {expected} frames are there"
        )
    if "matroska" in kinds and scan is not None and stream.time_base:
        declared = _declared_end(stream.metadata.get("DURATION", ""))
        step = max(1, scan.end - scan.ticks[-1])
        if declared and (scan.end + Fraction(step, 2)) * stream.time_base < declared:
            end = float(scan.end * stream.time_base)
            raise InputError(
                f"{path} is cut off: it ends at {end:.2f} s, not {float(declared):.2f} s"
            )


def _declared_end(text: str) -> Fraction:
    """Read "00:01:02.500000000", Matroska's tag for the end of a track; 0 if it is not that."""
    try:
        hours, minutes, seconds = text.strip("\0 ").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return Fraction(0)
