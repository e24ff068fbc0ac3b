"""What a picture file says beside its pixels: colour profile (ICC), Exif and resolution.

Read with Pillow; put into pictures that OpenCV has encoded, each format by its specification.
"""

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from .headers import opened, stored_size
from .integrity import PNG_SIGNATURE

_ORIENTATION = 0x0112
_EXIF, _GPS = 0x8769, 0x8825
# Of the first directory, what describes the picture and not how a file stores it (Exif 2.3, 4.6.4).
_DESCRIPTIVE = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298)
_NOT_KEPT = (0xA002, 0xA003, 0xA005)  # width and height, which may change; interoperability
_OPENCV_HAS_METADATA = hasattr(cv2, "IMAGE_METADATA_ICCP")
_INCH = 0.0254  # metres


@dataclass(frozen=True)
class Metadata:
    """What a picture file says beside its pixels."""

    icc_profile: bytes | None = None
    exif: bytes | None = None  # as a TIFF structure; of a picture that is upright, no thumbnail
    dpi: tuple[float, float] | None = None  # pixels an inch, across and down

    @property
    def names(self) -> dict[str, str]:
        """What there is, in words for people."""
        words = {"icc_profile": "colour profile", "exif": "Exif", "dpi": "resolution"}
        return {name: word for name, word in words.items() if getattr(self, name) is not None}


def read_metadata(data: bytes) -> tuple[int, Metadata]:
    """Return the Exif orientation (1 = upright as decoded) and the metadata of a file."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        return 1, _metadata_of_tiff(data)
    with contextlib.suppress(Exception), opened(io.BytesIO(data)) as image:  # nothing vital
        exif = image.getexif()
        profile, dpi = image.info.get("icc_profile"), image.info.get("dpi")
        found = Metadata(_kept_profile(profile), _kept_exif(exif), _kept_dpi(dpi))
        return int(exif.get(_ORIENTATION, 1)), found
    return 1, Metadata()


def _metadata_of_tiff(data: bytes) -> Metadata:
    """Read a TIFF's own directory: Pillow does not open all of them (floats in colour).

    OpenCV's decoder turns the picture by itself.
    """
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exif = Image.Exif()
        exif.load(data)
        unit = {2: 1.0, 3: 100 * _INCH}.get(exif.get(296, 2))  # inches, centimetres
        dpi = None
        if unit and 282 in exif and 283 in exif:
            dpi = exif[282] * unit, exif[283] * unit
        return Metadata(_kept_profile(exif.get(34675)), _kept_exif(exif), _kept_dpi(dpi))
    return Metadata()


def samples_of_tiff(path: Path) -> int:
    """Return the samples of a pixel of a TIFF (TIFF 6.0, tag 277), even if Pillow cannot open it.

    ValueError and others where it is none.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        directory = ImageFileDirectory_v2(file.read(8))
        file.seek(directory.next)
        directory.load(file)
        return int(directory.get(277, 1))


def _kept_profile(profile: Any) -> bytes | None:
    return profile if isinstance(profile, bytes) and profile else None


def _kept_exif(exif: Image.Exif) -> bytes | None:
    with contextlib.suppress(Exception):  # what is damaged is as good as not there
        kept = Image.Exif()
        for tag in _DESCRIPTIVE:
            if tag in exif:
                kept[tag] = _as_stored(exif[tag])
        for tag in (_EXIF, _GPS):
            values = {
                number: _as_stored(value)
                for number, value in exif.get_ifd(tag).items()
                if number not in _NOT_KEPT
            }
            if values:
                kept[tag] = values
        return kept.tobytes().removeprefix(b"Exif\0\0") if len(kept) else None
    return None


def _as_stored(value: Any) -> Any:
    """Return text as the bytes that it was, which Pillow takes for Latin-1 and writes as ASCII."""
    return value.encode("latin-1") if isinstance(value, str) else value


def _kept_dpi(dpi: Any) -> tuple[float, float] | None:
    with contextlib.suppress(Exception):
        across, down = (float(value) for value in dpi)
        return (across, down) if 1 < across < 1e6 and 1 < down < 1e6 else None  # 1: unknown
    return None


def encode(
    suffix: str, pixels: NDArray[Any], metadata: Metadata, options: list[int]
) -> tuple[bool, NDArray[np.uint8]]:
    """Encode as OpenCV does, with the metadata that it puts into files of this kind itself."""
    if suffix != ".avif" or not _OPENCV_HAS_METADATA:
        return cv2.imencode(suffix, pixels, options)
    kinds = {cv2.IMAGE_METADATA_EXIF: metadata.exif, cv2.IMAGE_METADATA_ICCP: metadata.icc_profile}
    given = {kind: np.frombuffer(data, np.uint8) for kind, data in kinds.items() if data}
    done, encoded = cv2.imencodeWithMetadata(
        suffix, pixels, list(given), list(given.values()), options
    )
    return done, encoded


def with_metadata(data: bytes, suffix: str, metadata: Metadata) -> bytes:
    """Put metadata into an encoded picture, as far as `HOLDS` says that such a file has it."""
    put = _INTO.get(suffix)
    return data if put is None or not metadata.names else put(data, metadata)


def with_alpha_kind(data: bytes, kind: int) -> bytes:
    """Say of the fourth sample of a TIFF that it is alpha, and whether colours have it in them."""
    if data[:4] != b"II*\0":
        return data
    directory = _Directory(data)
    directory.add(338, 3, 1, struct.pack("<H", kind))
    return directory.finished()


# ---- PNG


def _into_png(data: bytes, metadata: Metadata) -> bytes:
    """Put iCCP, pHYs and eXIf chunks behind the header (PNG specification, 11.3)."""
    chunks = b""
    if metadata.icc_profile:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc_profile))
    if metadata.dpi:
        chunks += _chunk(b"pHYs", struct.pack(">IIB", *_per_metre(metadata.dpi), 1))
    if metadata.exif:
        chunks += _chunk(b"eXIf", metadata.exif)
    header_end = len(PNG_SIGNATURE) + 25
    return data[:header_end] + chunks + data[header_end:]


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def _per_metre(dpi: tuple[float, float]) -> tuple[int, int]:
    across, down = (round(value / _INCH) for value in dpi)
    return across, down


# ---- JPEG


def _into_jpeg(data: bytes, metadata: Metadata) -> bytes:
    """Put APP1 and APP2 segments behind JFIF's own, which wants to be first and has the resolution.

    JFIF 1.02; Exif 2.3, 4.5.4; ICC.1:2022, annex B.4.
    """
    at = 2
    if data[2:4] == b"\xff\xe0":
        at = 4 + struct.unpack(">H", data[4:6])[0]
        if metadata.dpi:
            across, down = (min(round(value), 0xFFFF) for value in metadata.dpi)
            data = data[:13] + struct.pack(">BHH", 1, across, down) + data[18:]
    segments = b""
    if metadata.exif and len(metadata.exif) < 65527:
        segments += _segment(0xE1, b"Exif\0\0" + metadata.exif)
    segments += b"".join(_profile_segments(metadata.icc_profile or b""))
    return data[:at] + segments + data[at:]


def _profile_segments(profile: bytes) -> Iterator[bytes]:
    size = 65519 - 14
    parts = [profile[at : at + size] for at in range(0, len(profile), size)]
    for number, part in enumerate(parts if len(parts) < 256 else [], 1):
        yield _segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + part)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


# ---- TIFF


class _Directory:
    """The first directory of a little-endian TIFF file (TIFF 6.0, section 2), to be added to."""

    def __init__(self, data: bytes) -> None:
        self.data = bytearray(data)
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        entries = (data[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count))
        self.entries = {struct.unpack_from("<H", entry)[0]: entry for entry in entries}

    def add(self, tag: int, kind: int, count: int, value: bytes) -> None:
        if len(value) > 4:
            value = struct.pack("<I", self._append(value))
        self.entries[tag] = struct.pack("<HHI4s", tag, kind, count, value)

    def add_directory(self, tag: int, values: dict[int, Any]) -> None:
        directory = ImageFileDirectory_v2(b"II*\0\x08\0\0\0", group=tag)
        for number, value in values.items():
            directory[number] = _as_stored(value)
        at = self._append(b"")
        self._append(directory.tobytes(at))
        self.add(tag, 4, 1, struct.pack("<I", at))

    def finished(self) -> bytes:
        """Return the file, with its directory at the end."""
        listed = b"".join(entry for _, entry in sorted(self.entries.items()))
        at = self._append(struct.pack("<H", len(self.entries)) + listed + bytes(4))
        struct.pack_into("<I", self.data, 4, at)
        return bytes(self.data)

    def _append(self, content: bytes) -> int:
        self.data += b"\0" * (len(self.data) % 2)
        at = len(self.data)
        self.data += content
        return at


def _into_tiff(data: bytes, metadata: Metadata) -> bytes:
    """Add entries to the directory (TIFF 6.0; Exif 2.3, 4.6.3; ICC.1:2022, annex B.2)."""
    if data[:4] != b"II*\0":
        return data
    directory = _Directory(data)
    if metadata.icc_profile:
        directory.add(34675, 7, len(metadata.icc_profile), metadata.icc_profile)
    if metadata.dpi:
        for tag, value in zip((282, 283), metadata.dpi, strict=True):
            directory.add(tag, 5, 1, struct.pack("<II", round(value * 1000), 1000))
        directory.add(296, 3, 1, struct.pack("<H", 2))  # the unit: inches
    if metadata.exif:
        exif = Image.Exif()
        exif.load(b"Exif\0\0" + metadata.exif)
        for tag in (_EXIF, _GPS):
            if values := exif.get_ifd(tag):
                directory.add_directory(tag, values)
        for tag in _DESCRIPTIVE:
            if tag in exif:
                text = _as_stored(str(exif[tag])) + b"\0"
                directory.add(tag, 2, len(text), text)
    return directory.finished()


# ---- WebP


def _into_webp(data: bytes, metadata: Metadata) -> bytes:
    """Put ICCP and EXIF chunks around the picture, and a header that says so (RFC 9649, 2.7)."""
    size = stored_size(data)
    picture = data[12:]
    if size is None or picture[:4] not in (b"VP8L", b"VP8 "):
        return data
    alpha = picture[:4] == b"VP8L" and picture[12] & 0x10
    flags = 0x20 * bool(metadata.icc_profile) | 0x10 * bool(alpha) | 0x08 * bool(metadata.exif)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    parts = [_riff(b"VP8X", bytes([flags, 0, 0, 0]) + sides)]
    parts += [_riff(b"ICCP", metadata.icc_profile)] if metadata.icc_profile else []
    parts += [picture]
    parts += [_riff(b"EXIF", metadata.exif)] if metadata.exif else []
    return _riff(b"RIFF", b"WEBP" + b"".join(parts))


def _riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


# ---- BMP


def _into_bmp(data: bytes, metadata: Metadata) -> bytes:
    """Set the resolution in the header (BITMAPINFOHEADER)."""
    if not metadata.dpi:
        return data
    return data[:38] + struct.pack("<II", *_per_metre(metadata.dpi)) + data[46:]


_INTO: dict[str, Callable[[bytes, Metadata], bytes]] = {
    ".png": _into_png,
    ".jpg": _into_jpeg,
    ".jpeg": _into_jpeg,
    ".tif": _into_tiff,
    ".tiff": _into_tiff,
    ".webp": _into_webp,
    ".bmp": _into_bmp,
}
# What files with these suffixes have a place for.
HOLDS = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff"), ("icc_profile", "exif", "dpi")),
    ".webp": ("icc_profile", "exif"),
    ".bmp": ("dpi",),
    ".avif": ("icc_profile", "exif") if _OPENCV_HAS_METADATA else (),
}
