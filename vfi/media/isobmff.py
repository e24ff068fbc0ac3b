"""Boxes of ISO base media files (ISO 14496-12): MP4, MOV, AVIF."""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path

_SAMPLE_ENTRY = 78  # bytes of a visual one before the boxes in it
_MOST = 1 << 24  # bytes of a header that is read


def boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, begin and end of the content of boxes (4.2)."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        after = end if size == 0 else at + size
        if after < body:
            return
        yield name, body, min(after, end)
        at = after


def picture_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield (width, height) of the pictures that the beginning of a HEIF or AVIF names."""
    with contextlib.suppress(struct.error):
        at, end = 0, len(data)
        for step, skipped in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0)):
            inside = next(((b, e) for name, b, e in boxes(data, at, end) if name == step), None)
            if inside is None:
                return
            at, end = inside[0] + skipped, inside[1]
        for name, body, _ in boxes(data, at, end):
            if name == b"ispe":
                yield struct.unpack_from(">II", data, body + 4)


def auxiliary_tracks(path: Path) -> dict[int, str]:
    """Return what tracks are that belong to others, by their number: alpha, depth (ISO 23008-12).

    Tracks that do not say it are left out, and a file that is no such file has none.
    """
    try:
        header = _movie_header(path)
        tracks = (track for track in boxes(header, 0, len(header)) if track[0] == b"trak")
        told = (_auxiliary(header, begin, end) for _, begin, end in tracks)
        return {number: kind for number, kind in told if kind}
    except (OSError, struct.error, IndexError):
        return {}


def _movie_header(path: Path) -> bytes:
    with path.open("rb") as file:
        while len(head := file.read(16)) >= 8:
            size, name = struct.unpack_from(">I4s", head)
            length = 8
            if size == 1:
                (size,), length = struct.unpack_from(">Q", head, 8), 16
            file.seek(length - len(head), 1)
            if name == b"moov":
                return file.read(min(max(0, size - length), _MOST))
            if size < length:
                break
            file.seek(size - length, 1)
    return b""


def _auxiliary(data: bytes, begin: int, end: int) -> tuple[int, str]:
    """Return the number of a track and the last word of its auxiliary type; "" without one."""
    number = 0
    for name, body, _ in boxes(data, begin, end):
        if name == b"tkhd":
            (number,) = struct.unpack_from(">I", data, body + (20 if data[body] == 1 else 12))
    at, limit = begin, end
    path = ((b"mdia", 0), (b"minf", 0), (b"stbl", 0), (b"stsd", 8), (b"", _SAMPLE_ENTRY))
    for step, skipped in (*path, (b"auxi", 4)):
        inside = next(
            ((b, e) for name, b, e in boxes(data, at, limit) if step in (name, b"")), None
        )
        if inside is None:
            return number, ""
        at, limit = inside[0] + skipped, inside[1]
    return number, data[at:limit].rstrip(b"\0").rpartition(b":")[2].decode("latin-1")
