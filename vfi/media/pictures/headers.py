"""Headers of picture files, read without their pixels."""

import contextlib
import io
import re
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ...memory import need
from ..limits import BYTES_A_PIXEL, check_pixels

_lock = threading.RLock()
_HEAD = 4096  # bytes in which a header of text ends
_RADIANCE = re.compile(rb"#\?.*?\n\n-Y (?P<height>\d{1,18}) \+X (?P<width>\d{1,18})\n", re.DOTALL)
_PAM_SIDE = re.compile(rb"^(WIDTH|HEIGHT)\s+(\d{1,18})\s*$", re.MULTILINE)


@contextlib.contextmanager
def opened(
    file: Path | io.BytesIO, formats: tuple[str, ...] | None = None
) -> Iterator[Image.Image]:
    """Open a picture for its header; how many pixels it may have is asked of `limits` alone."""
    with unlimited(), Image.open(file, formats=formats) as image:
        yield image


@contextlib.contextmanager
def unlimited() -> Iterator[None]:
    """Keep Pillow's own limit from pictures that are allowed here, and its warnings from people."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = kept


def is_animated_webp(path: Path) -> bool:
    """Tell whether a file is a WebP with several pictures (RFC 9649, section 2.7)."""
    head = _first_bytes(path)
    return head[:4] + head[8:16] == b"RIFFWEBPVP8X" and len(head) > 20 and bool(head[20] & 2)


def is_animated(path: Path) -> bool:
    """Tell whether a file is a WebP or an AVIF (AV1-ISOBMFF, brand avis) with several pictures."""
    return is_animated_webp(path) or _first_bytes(path)[4:12] == b"ftypavis"


def _first_bytes(path: Path) -> bytes:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(21)
    return b""


def check_stored_size(data: bytes, path: Path) -> None:
    """Raise InputError for a picture of too many pixels, before a decoder takes memory for it."""
    size = stored_size(data)
    if size is not None:  # else the decoder says what is wrong; it has limits of its own
        check_pixels(path, *size)


def need_to_decode(data: bytes) -> None:
    """Raise Shortage unless a decoder that gave no reason could have had the memory it needs."""
    width, height = stored_size(data) or (1, 1)
    need(BYTES_A_PIXEL * width * height)


def stored_size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) as stored, from the header alone; None where only decoding tells."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _size_of_webp(data)  # Pillow takes memory for its pixels
    with contextlib.suppress(Exception), opened(io.BytesIO(data)) as image:
        return image.size
    return _size_in_text(data[:_HEAD])


def _size_of_webp(data: bytes) -> tuple[int, int] | None:
    """Return the canvas (RFC 9649, section 2.7), or the size of the only picture in VP8L or VP8."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
        return 1 + width, 1 + height
    sides = {b"VP8L": body[1:5], b"VP8 ": body[6:10]}.get(kind)
    if sides is None:
        return None
    packed = int.from_bytes(sides, "little")
    if kind == b"VP8L":  # 14 bits each, less one
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    return packed & 0x3FFF, packed >> 16 & 0x3FFF  # above them two bits of scaling


def _size_in_text(head: bytes) -> tuple[int, int] | None:
    """Return the size in the headers of Radiance HDR and PAM, which Pillow does not read."""
    radiance = _RADIANCE.match(head)
    if radiance:
        return int(radiance["width"]), int(radiance["height"])
    sides = dict(_PAM_SIDE.findall(head.partition(b"ENDHDR")[0])) if head[:3] == b"P7\n" else {}
    return (int(sides[b"WIDTH"]), int(sides[b"HEIGHT"])) if len(sides) == 2 else None
