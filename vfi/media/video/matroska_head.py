"""What FFmpeg's muxer leaves out of a Matroska file: the shape of its pixels, and HDR metadata.

Both are facts of a stream that PyAV cannot set. FFmpeg leaves room before the tracks, a Void behind
the SeekHead: so the finished file gets them without a byte of its pictures being moved (RFC 9559).
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from .hdr import HdrMetadata

_SEGMENT, _SEEK_HEAD, _VOID, _TRACKS = 0x18538067, 0x114D9B74, 0xEC, 0x1654AE6B
_TRACK, _TRACK_TYPE, _VIDEO, _COLOUR, _CRC = 0xAE, 0x83, 0xE0, 0x55B0, 0xBF
_SEEK, _SEEK_POSITION = 0x4DBB, 0x53AC
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_MAX_CLL, _MAX_FALL, _MASTERING = 0x55BC, 0x55BD, 0x55D0
_CHROMATICITIES = range(0x55D1, 0x55D9)  # red x and y, green, blue, white
_BRIGHTEST, _DARKEST = 0x55D9, 0x55DA
_MOST = 1 << 20  # bytes before the first cluster that are looked at


@dataclass
class _Element:
    """An element of EBML: its number, and how many bytes its size takes at least."""

    number: int
    body: bytes
    width: int = 1

    def __bytes__(self) -> bytes:
        """Return the element as it is written."""
        width = self.width
        while len(self.body) >= (1 << 7 * width) - 1:
            width += 1
        size = (len(self.body) | 1 << 7 * width).to_bytes(width, "big")
        return self.number.to_bytes((self.number.bit_length() + 7) // 8, "big") + size + self.body


def describe_picture(
    path: Path, width: int, height: int, aspect: Fraction, hdr: HdrMetadata | None
) -> bool:
    """Write the shape of pixels and HDR metadata into a finished file, where it says nothing yet.

    Returns:
        Whether all of it had room; else nothing is changed.
    """
    display = [] if aspect == 1 else _display(width, height, aspect)
    light = [] if hdr is None else _light(hdr)
    with path.open("r+b") as file:
        return _extend_video(file, lambda video: _with_facts(video, display, light))


def _display(width: int, height: int, aspect: Fraction) -> list[_Element]:
    """Return the size that is shown, in whole numbers: one side is as it is stored."""
    wide, high = width * aspect, height / aspect
    if wide.denominator == 1 or high.denominator != 1:
        shown = round(wide), height
    else:
        shown = width, int(high)
    numbers = zip((_DISPLAY_WIDTH, _DISPLAY_HEIGHT), shown, strict=True)
    return [_Element(number, _whole(value)) for number, value in numbers]


def _light(hdr: HdrMetadata) -> list[_Element]:
    found = []
    if hdr.light is not None:
        numbers = zip((_MAX_CLL, _MAX_FALL), hdr.light, strict=True)
        found += [_Element(number, _whole(value)) for number, value in numbers]
    if hdr.display is not None:
        display = hdr.display
        places = (*display.red, *display.green, *display.blue, *display.white)
        rows = [*zip(_CHROMATICITIES, places, strict=True)]
        rows += [(_BRIGHTEST, display.brightest), (_DARKEST, display.darkest)]
        body = b"".join(bytes(_Element(n, struct.pack(">f", float(v)))) for n, v in rows)
        found.append(_Element(_MASTERING, body))
    return found


def _whole(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def _with_facts(body: bytes, display: list[_Element], light: list[_Element]) -> bytes:
    """Return what a Video element holds, with what it does not say yet."""
    parts = _elements(body)
    if display:  # FFmpeg's muxer says that the unit of what it does not write is unknown
        parts = [part for part in parts if part.number != _DISPLAY_UNIT]
    parts = _added(parts, display)
    if light:
        colour = next((part for part in parts if part.number == _COLOUR), None)
        if colour is None:
            colour = _Element(_COLOUR, b"")
            parts.append(colour)
        colour.body = _joined(_added(_elements(colour.body), light))
    return _joined(parts)


def _added(parts: list[_Element], more: list[_Element]) -> list[_Element]:
    there = {part.number for part in parts}
    return [*parts, *(part for part in more if part.number not in there)]


# ---- the file


def _extend_video(file: BinaryIO, change: Callable[[bytes], bytes]) -> bool:
    """Change what the Video element of the first video track holds, at the cost of the Void."""
    head = file.read(_MOST)
    places = _places(head)
    if not {_SEEK_HEAD, _VOID, _TRACKS} <= places.keys():
        return False
    void, after_void = places[_VOID]
    tracks, after_tracks = places[_TRACKS]
    old = head[tracks:after_tracks]
    new = _changed_tracks(old, change)
    left = after_void - void - (len(new) - len(old))
    if left < 2 and left != 0:
        return False
    moved = _void(left) + head[after_void:tracks] + new
    seek, after_seek = places[_SEEK_HEAD]
    segment = places[_SEGMENT][0]
    seek_head = _moved_seek_head(
        head[seek:after_seek], range(after_void - segment, after_tracks - segment), new, old
    )
    file.seek(seek)
    file.write(seek_head)
    file.seek(void)
    file.write(moved)
    return True


def _places(head: bytes) -> dict[int, tuple[int, int]]:
    """Return where the segment's content, and its parts up to the tracks, begin and end."""
    found: dict[int, tuple[int, int]] = {}
    at = 0
    while at < len(head) and _TRACKS not in found:
        number, body, size, _ = _header(head, at)
        if number == _SEGMENT:
            found[number] = (body, body + size)
            at = body
            continue
        if body + size > len(head):
            break
        found.setdefault(number, (at, body + size))
        at = body + size
    return found


def _changed_tracks(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    (tracks,) = _elements(data)
    parts = _elements(tracks.body)
    for track in parts:
        inside = _elements(track.body) if track.number == _TRACK else []
        video = next((part for part in inside if part.number == _VIDEO), None)
        if video is not None and any(p.number == _TRACK_TYPE and p.body == b"\1" for p in inside):
            video.body = change(video.body)
            track.body = _joined(inside)
            break
    tracks.body = _checked(parts)
    return bytes(tracks)


def _moved_seek_head(data: bytes, moved: range, new: bytes, old: bytes) -> bytes:
    """Return the SeekHead after what lay in `moved` (counted in the segment) has come forward."""
    forward = len(new) - len(old)
    (seek_head,) = _elements(data)
    parts = _elements(seek_head.body)
    for seek in parts:
        inside = _elements(seek.body) if seek.number == _SEEK else []
        for part in inside:
            place = int.from_bytes(part.body, "big")
            if part.number == _SEEK_POSITION and place in moved:
                part.body = (place - forward).to_bytes(len(part.body), "big")
        seek.body = _joined(inside) if inside else seek.body
    seek_head.body = _checked(parts)
    return bytes(seek_head)


def _checked(parts: list[_Element]) -> bytes:
    """Return parts as they are written, with a checksum where there was one (it comes first)."""
    if parts and parts[0].number == _CRC:
        parts[0].body = zlib.crc32(_joined(parts[1:])).to_bytes(4, "little")
    return _joined(parts)


def _void(length: int) -> bytes:
    """Return a Void element of so many bytes in all, 0 or at least 2."""
    if not length:
        return b""
    width = 1 if length < 100 else 8
    return bytes(_Element(_VOID, bytes(length - 1 - width), width))


def _elements(data: bytes) -> list[_Element]:
    """Return the elements that lie one after the other."""
    found, at = [], 0
    while at < len(data):
        number, body, size, width = _header(data, at)
        found.append(_Element(number, data[body : body + size], width))
        at = body + size
    return found


def _header(data: bytes, at: int) -> tuple[int, int, int, int]:
    """Return an element's number, where its content begins, its size, and how long that is."""
    length = 9 - data[at].bit_length()
    number = int.from_bytes(data[at : at + length], "big")
    at += length
    width = 9 - data[at].bit_length()
    size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return number, at + width, size, width


def _joined(parts: list[_Element]) -> bytes:
    return b"".join(bytes(part) for part in parts)
