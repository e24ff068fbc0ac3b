"""Is a picture file whole? Found out from its structure, before a decoder fills gaps with grey.

Decoders are lenient: depending on its version, OpenCV gives the upper half of a truncated JPEG
and grey below it, and libpng prints its complaints to the terminal.
"""

import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXR_SIGNATURE = b"\x76\x2f\x31\x01"
_EXR_NOT_PLAIN = 0x1A00  # version flags: tiled, deep or of several parts


def damage(data: bytes) -> str | None:
    """Say what is wrong with the bytes of a PNG, JPEG, WebP, BMP or EXR file; None if nothing is.

    Other formats are left to their decoders, which notice by themselves.
    """
    if data.startswith(PNG_SIGNATURE):
        return _png_damage(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg_damage(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _cut_off(len(data), 8 + struct.unpack("<I", data[4:8])[0])
    if data.startswith(EXR_SIGNATURE):
        return _exr_damage(data)
    if data.startswith(b"BM") and len(data) >= 6:
        return _cut_off(len(data), struct.unpack("<I", data[2:6])[0])
    return None


def _cut_off(length: int, declared: int) -> str | None:
    return "is cut off" if length < declared else None


def _png_damage(data: bytes) -> str | None:
    """Walk over the chunks (PNG specification, section 5) and check each checksum."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            return "is cut off"
        checksum = struct.unpack(">I", data[end - 4 : end])[0]
        # An ancillary chunk (lower-case first letter) is not needed for the picture.
        if name[:1].isupper() and zlib.crc32(data[at + 4 : end - 4]) != checksum:
            return f"is damaged: wrong checksum in its {name.decode('latin-1')} part"
        if name == b"IEND":
            return None
        at = end
    return "is cut off"


def _jpeg_damage(data: bytes) -> str | None:
    """Walk to the start of the scan (ITU-T T.81, annex B) and look for the end marker after it."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return "is damaged: no marker where one has to be"
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == 0xDA:  # start of scan
            return None if data.find(b"\xff\xd9", at) >= 0 else "is cut off"
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            at += 2
            continue
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return "is cut off"


def _exr_damage(data: bytes) -> str | None:
    """Check that every chunk of a plain scan-line file ends inside it (OpenEXR file layout)."""
    try:
        (version,) = struct.unpack_from("<I", data, 4)
        if version & _EXR_NOT_PLAIN:
            return None
        at = 8
        while data[at]:  # attributes: name, type, size, value; an empty name ends them
            at = data.index(b"\0", data.index(b"\0", at) + 1) + 1
            at += 4 + int(struct.unpack_from("<I", data, at)[0])
        table = at + 1
        (first,) = struct.unpack_from("<Q", data, table)
        offsets = struct.unpack_from(f"<{(first - table) // 8}Q", data, table)
        ends = (at + 8 + int(struct.unpack_from("<I", data, at + 4)[0]) for at in offsets)
        return _cut_off(len(data), max(ends, default=0)) if min(offsets) else "is cut off"
    except (struct.error, ValueError, IndexError, OverflowError):
        return "is cut off"
