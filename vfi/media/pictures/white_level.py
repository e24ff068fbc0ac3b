"""Which number means white in a decoded picture: what its file says, not what its array could hold.

OpenCV gives samples of 10 or 12 bits in arrays of 16 as they are stored: white is 1023, not 65535.
"""

import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..depth import full_scale, peak_of, rescaled
from ..isobmff import boxes

_NETPBM = re.compile(
    rb"P[2356](?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d{1,5})\s"
)
_PAM = re.compile(rb"P7\n(?:[^\n]*\n)*?MAXVAL\s+(\d{1,5})\s")
_HEAD = 4096  # bytes in which a header of text ends
_UNPACKED = (10, 12, 14)  # bits of TIFF samples that OpenCV moves up to 16, zeros below


def to_full_range(pixels: NDArray[Any], data: bytes) -> NDArray[Any]:
    """Return decoded integers so that white is the highest number of their type.

    `data` is the file that they come from. Rounded to nearest.
    """
    if pixels.dtype.kind != "u":
        return pixels
    full = peak_of(pixels.dtype)
    white = white_level(data)
    if white is None or not 0 < white < full:
        return pixels
    return np.minimum(rescaled(pixels, white, full), full).astype(pixels.dtype)


def white_level(data: bytes) -> int | None:
    """Return the number that is white as OpenCV decodes the file; None where the type says it."""
    try:
        if data[4:8] == b"ftyp":
            return _white_of_avif(data)
        if data[:1] == b"P":
            found = _NETPBM.match(data[:_HEAD]) or _PAM.match(data[:_HEAD])
            return int(found[1]) if found else None
        if data[:4] in (b"II*\0", b"MM\0*"):
            return _white_of_tiff(data)
        return _white_of_jpeg_2000(data)
    except (struct.error, IndexError):
        return None


def _white_of_avif(data: bytes) -> int | None:
    """Read the bits of a sample in the AV1 configuration (AV1-ISOBMFF, 2.3.3)."""
    at, end = 0, len(data)
    for step, skipped in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0), (b"av1C", 0)):
        inside = next(((b, e) for name, b, e in boxes(data, at, end) if name == step), None)
        if inside is None:
            return None
        at, end = inside[0] + skipped, inside[1]
    high_bitdepth, twelve_bit = data[at + 2] & 0x40, data[at + 2] & 0x20
    return full_scale(12 if high_bitdepth and twelve_bit else 10 if high_bitdepth else 8)


def _white_of_jpeg_2000(data: bytes) -> int | None:
    """Read the precision of the first component in the SIZ marker (ITU-T T.800, A.5.1)."""
    if not (data.startswith(b"\xff\x4f\xff\x51") or data[4:8] == b"jP  "):
        return None
    at = data.find(b"\xff\x4f\xff\x51")
    return None if at < 0 else full_scale((data[at + 42] & 0x7F) + 1)


def _white_of_tiff(data: bytes) -> int | None:
    """Read BitsPerSample (TIFF 6.0, tag 258) of the first picture."""
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, at)
        if (tag, kind) != (258, 3):
            continue
        if number > 2:
            (at,) = struct.unpack_from(order + "I", data, at + 8)
            at -= 8
        (bits,) = struct.unpack_from(order + "H", data, at + 8)
        return full_scale(bits) << (16 - bits) if bits in _UNPACKED else None
    return None
