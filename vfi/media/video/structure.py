"""Is a Matroska or GIF file whole? FFmpeg steps over damaged parts of these without a word."""

import mmap
import struct
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from .lzw import lzw_is_whole

# Matroska element numbers (RFC 9559).
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_TIMESTAMP = 0xE7
_CRC_32 = 0xBF
_TOP = frozenset({0x1A45DFA3, _SEGMENT, 0xEC, _CRC_32})
_IN_SEGMENT = {
    _CLUSTER: "cluster",
    0x114D9B74: "SeekHead",
    0x1549A966: "Info",
    0x1654AE6B: "Tracks",
    0x1C53BB6B: "Cues",
    0x1941A469: "Attachments",
    0x1043A770: "Chapters",
    0x1254C367: "Tags",
    0xEC: "Void",
    _CRC_32: "CRC-32",
}
_BLOCK = 0xA3
_IN_CLUSTER = frozenset({_TIMESTAMP, _BLOCK, 0xA0, 0xA7, 0xAB, 0xAF, 0x5854, 0xEC, _CRC_32})
_FOREIGN = "has an element of a kind that is not known here"
_CERTAIN = 3  # known elements in a row are no chance
_CHUNK = 1 << 20  # bytes of a file that are in memory at a time


@dataclass
class Structure:
    """What is wrong with the parts that a file is made of."""

    damage: str | None = None  # pictures are missing or changed
    remarks: list[str] = field(default_factory=list)  # the pictures do not suffer from these


def structure_of(path: Path, format_name: str) -> Structure:
    """Look at the structure of a file of FFmpeg's format `format_name`.

    Only Matroska, WebM and GIF are looked at. Of Matroska the headers and checksums of its parts
    are read, with little memory however large the file is; of GIF every picture is decompressed.
    """
    checks: dict[str, Callable[[mmap.mmap, Structure], None]] = {
        "matroska,webm": _look_at_matroska,
        "gif": _look_at_gif,
    }
    found = Structure()
    if format_name in checks:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            checks[format_name](data, found)
    return found


# ---- Matroska


@dataclass(frozen=True)
class _Element:
    """The header of an EBML element (RFC 8794)."""

    number: int
    body: int  # where its content begins
    size: int | None  # None: unknown

    @property
    def end(self) -> int:
        return self.body + (self.size or 0)


def _look_at_matroska(data: mmap.mmap, found: Structure) -> None:
    at, length = 0, len(data)
    allowed: Collection[int] = _TOP
    cluster_end: int | None = None  # None: of unknown size, up to the next part of the segment
    segment_end = timestamp = block = 0
    while at < length and not 0 < segment_end <= at:
        element = _element(data, at)
        number = element.number
        ended = cluster_end is None and number in _IN_SEGMENT and number not in _IN_CLUSTER
        if allowed is _IN_CLUSTER and ended:  # a cluster of unknown size
            allowed = _IN_SEGMENT
        if number not in allowed:
            inside = cluster_end if allowed is _IN_CLUSTER else segment_end
            if not _is_foreign(data, element, inside or length, allowed):
                found.damage = f"is damaged near {_block_time(data, timestamp, block):.2f} s"
                return
            if _FOREIGN not in found.remarks:
                found.remarks.append(_FOREIGN)
        at = element.end
        if number == _SEGMENT:
            segment_end = 0 if element.size is None else at
            allowed, at = _IN_SEGMENT, element.body
        elif number == _CLUSTER:
            allowed, at = _IN_CLUSTER, element.body
            cluster_end = None if element.size is None else element.end
        elif number == _TIMESTAMP and at <= length:
            timestamp = int.from_bytes(data[element.body : at], "big")
        elif number == _BLOCK:
            block = element.body
        if (
            number in _IN_SEGMENT
            and number not in _IN_CLUSTER
            and not _checksum_holds(data, element)
        ):
            if number == _CLUSTER:
                time = _first_time(data, element)
                found.damage = f"is damaged near {time:.2f} s: a checksum does not fit"
                return
            name = _IN_SEGMENT[number]
            found.remarks.append(f"is damaged in its {name}: a checksum does not fit")
        if allowed is _IN_CLUSTER and at == cluster_end:
            allowed = _IN_SEGMENT
    if at > length or segment_end > length:
        found.damage = f"is cut off near {_block_time(data, timestamp, block):.2f} s"


def _is_foreign(
    data: mmap.mmap, element: _Element, parent_end: int, allowed: Collection[int]
) -> bool:
    """Tell whether an element that is not known here is of a later or private kind, and not broken.

    Readers skip such elements (RFC 8794, 4.2). Its number is a valid one of more than one octet
    (a changed bit makes one of those of any block), it does not hold what a cluster does, and what
    comes after it is known.
    """
    octets = (element.number.bit_length() + 7) // 8
    if octets < 2 or element.size is None or element.end > parent_end:
        return False
    value = element.number & ((1 << 7 * octets) - 1)
    if not (1 << 7 * (octets - 1)) - 1 <= value < (1 << 7 * octets) - 1:
        return False
    if element.size and _element(data, element.body).number in (_TIMESTAMP, _CRC_32):
        return False
    at = element.end
    for _ in range(_CERTAIN):
        if at >= parent_end:
            break
        following = _element(data, at)
        if following.number not in allowed and following.number not in _IN_SEGMENT:
            return False
        if following.number == _CLUSTER:
            return True
        at = following.end
    return at <= parent_end


def _checksum_holds(data: mmap.mmap, element: _Element) -> bool:
    """Compare the CRC-32 that a part may begin with (RFC 8794, 11.3.1); whole parts only."""
    first = _element(data, element.body) if element.body < len(data) else None
    if first is None or (first.number, first.size) != (_CRC_32, 4):
        return True
    if element.size is None or element.end > len(data) or first.end > element.end:
        return True
    checksum = 0
    for start in range(first.end, element.end, _CHUNK):
        checksum = zlib.crc32(data[start : min(start + _CHUNK, element.end)], checksum)
    return checksum == int.from_bytes(data[first.body : first.end], "little")


def _first_time(data: mmap.mmap, cluster: _Element) -> float:
    """Return the time in seconds at which a cluster begins, at the usual scale."""
    at = cluster.body
    for _ in range(3):  # a checksum and a Void may lie before it
        child = _element(data, at)
        if child.number == _TIMESTAMP:
            return min(int.from_bytes(data[child.body : child.end], "big"), 10**12) / 1000
        at = child.end
    return 0.0


def _block_time(data: mmap.mmap, timestamp: int, block: int) -> float:
    """Return the time in seconds of the block whose body begins at `block`, at the usual scale."""
    offset = int.from_bytes(data[block + 1 : block + 3], "big", signed=True) if block else 0
    return min(max(0, timestamp + offset), 10**12) / 1000


def _element(data: mmap.mmap, at: int) -> _Element:
    """Read an element's header; 0 is the number of what is none."""
    nothing = _Element(0, at + 1, 0)
    id_length = 9 - data[at].bit_length()
    if id_length > 4 or at + id_length >= len(data):
        return nothing
    number = int.from_bytes(data[at : at + id_length], "big")
    at += id_length
    size_length = 9 - data[at].bit_length()
    if size_length > 8:
        return nothing
    size = int.from_bytes(data[at : at + size_length], "big") & ((1 << 7 * size_length) - 1)
    unknown = size == (1 << 7 * size_length) - 1
    return _Element(number, at + size_length, None if unknown else size)


# ---- GIF


def _look_at_gif(data: mmap.mmap, found: Structure) -> None:
    """Walk over the blocks (GIF89a specification) to the trailer, and decompress each picture."""
    frames = 0
    whole = 0  # where the last picture that is all there ends
    try:
        at = 13 + _table_size(data[10])
        while data[at] != 0x3B:
            picture = None
            if data[at] == 0x2C:
                frames += 1
                picture = data[at : at + 9]
                at += 10 + _table_size(data[at + 9]) + 1
            elif data[at] == 0x21:
                at += 2
            elif _zeros_follow(data, at):
                raise IndexError  # zeros instead of the trailer
            else:
                found.damage = f"is damaged at frame {frames}"
                return
            blocks, begin = bytearray(), at
            while data[at]:
                blocks += data[at + 1 : at + 1 + data[at]]
                at += 1 + data[at]
            at += 1
            whole = at
            if picture is not None and not _picture_is_whole(blocks, data[begin - 1], picture):
                found.damage = f"is damaged: frame {frames - 1} does not decompress to its size"
                return
    except IndexError:
        if frames and whole and _zeros_follow(data, whole):
            found.remarks.append("has no trailer")
        else:
            found.damage = f"is cut off at frame {frames}"


def _zeros_follow(data: mmap.mmap, at: int) -> bool:
    """Tell whether there is nothing but zeros from a place on, as far as a mebibyte tells."""
    return not any(data[at : at + _CHUNK])


def _picture_is_whole(blocks: bytearray, literal_bits: int, descriptor: bytes) -> bool:
    """FFmpeg leaves the rest of a picture out whose LZW code is broken, and says nothing."""
    _, _, width, height = struct.unpack_from("<4H", descriptor, 1)
    return not width * height or lzw_is_whole(blocks, literal_bits, width * height)


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
