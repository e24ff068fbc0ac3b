"""Colour profiles (ICC) put into pictures that OpenCV has encoded."""

import struct
import zlib

from .integrity import PNG_SIGNATURE


def with_png_profile(data: bytes, profile: bytes) -> bytes:
    """Put an iCCP chunk behind the header (PNG specification, 11.3.2.3)."""
    body = b"iCCP" + b"ICC profile\0\0" + zlib.compress(profile)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    header_end = len(PNG_SIGNATURE) + 25
    return data[:header_end] + chunk + data[header_end:]


def with_jpeg_profile(data: bytes, profile: bytes) -> bytes:
    """Put APP2 segments behind the start marker (ICC.1:2022, annex B.4)."""
    size = 65519 - 14
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    if len(parts) > 255:
        return data
    segments = b"".join(
        b"\xff\xe2"
        + struct.pack(">H", 2 + 14 + len(part))
        + b"ICC_PROFILE\0"
        + bytes([number, len(parts)])
        + part
        for number, part in enumerate(parts, 1)
    )
    # JFIF wants its own segment first.
    at = 2
    if data[2:4] == b"\xff\xe0":
        at = 4 + struct.unpack(">H", data[4:6])[0]
    return data[:at] + segments + data[at:]
