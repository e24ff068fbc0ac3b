"""Is a Matroska or GIF file whole? FFmpeg steps over damaged parts of these without a word."""

import mmap
from collections.abc import Callable
from pathlib import Path

# Matroska element numbers (RFC 9559).
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_TIMESTAMP = 0xE7
_TOP = {0x1A45DFA3, _SEGMENT}
_IN_SEGMENT = {
    _CLUSTER,
    0x114D9B74,  # SeekHead
    0x1549A966,  # Info
    0x1654AE6B,  # Tracks
    0x1C53BB6B,  # Cues
    0x1941A469,  # Attachments
    0x1043A770,  # Chapters
    0x1254C367,  # Tags
    0xEC,  # Void
    0xBF,  # CRC-32
}
_BLOCKS = {0xA3}
_IN_CLUSTER = {_TIMESTAMP, *_BLOCKS, 0xA0, 0xA7, 0xAB, 0xAF, 0x5854, 0xEC, 0xBF}


def structural_damage(path: Path, format_name: str) -> str | None:
    """Say where a file of FFmpeg's format `format_name` is damaged; None if it is not.

    Only Matroska, WebM and GIF are looked at; only the headers of their parts are read.
    """
    checks: dict[str, Callable[[mmap.mmap], str | None]] = {
        "matroska,webm": _matroska_damage,
        "gif": _gif_damage,
    }
    check = checks.get(format_name)
    if check is None:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return check(data)


def _matroska_damage(data: mmap.mmap) -> str | None:
    at, length = 0, len(data)
    allowed, cluster_end, segment_end = _TOP, 0, 0
    timestamp = block = 0  # of the cluster, and where the last block of it begins
    while at < length and not 0 < segment_end <= at:
        number, size, body = _element(data, at)
        if allowed is _IN_CLUSTER and number in _IN_SEGMENT - _IN_CLUSTER:
            allowed = _IN_SEGMENT  # a cluster of unknown size ends where the next part begins
        if number not in allowed:
            return f"is damaged near {_block_time(data, timestamp, block):.2f} s"
        at = body + (size or 0)
        if number == _SEGMENT:
            segment_end = 0 if size is None else at
            allowed, at = _IN_SEGMENT, body
        elif number == _CLUSTER:
            allowed, at, cluster_end = _IN_CLUSTER, body, at
        elif number == _TIMESTAMP and at <= length:
            timestamp = int.from_bytes(data[body:at], "big")
        elif number in _BLOCKS:
            block = body
        if at == cluster_end:
            allowed = _IN_SEGMENT
    if at > length or segment_end > length:
        return f"is cut off near {_block_time(data, timestamp, block):.2f} s"
    return None


def _block_time(data: mmap.mmap, timestamp: int, block: int) -> float:
    """Return the time in seconds of the block whose body begins at `block`, at the usual scale."""
    offset = int.from_bytes(data[block + 1 : block + 3], "big", signed=True) if block else 0
    return min(max(0, timestamp + offset), 10**12) / 1000


def _element(data: mmap.mmap, at: int) -> tuple[int, int | None, int]:
    """Read an element's header: its number, its size (None: unknown), where its body begins."""
    first = data[at]
    id_length = 9 - first.bit_length()
    if id_length > 4 or at + id_length >= len(data):
        return 0, 0, at + 1
    number = int.from_bytes(data[at : at + id_length], "big")
    at += id_length
    size_length = 9 - data[at].bit_length()
    if size_length > 8:
        return 0, 0, at + 1
    raw = int.from_bytes(data[at : at + size_length], "big")
    mask = (1 << 7 * size_length) - 1
    size = raw & mask
    return number, None if size == mask else size, at + size_length


def _gif_damage(data: mmap.mmap) -> str | None:
    """Walk over the blocks (GIF89a specification) to the trailer."""
    frames = 0
    try:
        at = 13 + _table_size(data[10])
        while data[at] != 0x3B:
            if data[at] == 0x2C:
                at += 10 + _table_size(data[at + 9]) + 1
                frames += 1
            elif data[at] == 0x21:
                at += 2
            else:
                return f"is damaged at frame {frames}"
            while data[at]:
                at += 1 + data[at]
            at += 1
    except IndexError:
        return f"is cut off at frame {frames}"
    return None


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
