"""What a TIFF says of its alpha: whether colours are multiplied by it (TIFF 6.0, ExtraSamples).

OpenCV reads 8-bit TIFFs by libtiff's RGBA interface, which multiplies colours that are not yet; of
those that are, or of which nothing is said, it gives what is stored.
"""

import struct

_EXTRA_SAMPLES, _SAMPLES = 338, 277
ASSOCIATED, UNASSOCIATED = 1, 2  # premultiplied, and straight


def alpha_kind(data: bytes) -> int | None:
    """Return what a TIFF says of the alpha of its first picture; None: nothing, or it is none."""
    found = _entry(data)
    return found[1] if found else None


def as_stored(data: bytes) -> bytes:
    """Return a TIFF of which decoders give the colours that are stored, whatever they are."""
    found = _entry(data)
    if found is None or found[1] != UNASSOCIATED:
        return data
    at, _, order = found
    return data[:at] + struct.pack(f"{order}H", ASSOCIATED) + data[at + 2 :]


def _entry(data: bytes) -> tuple[int, int, str] | None:
    """Return where the kind of alpha stands, what it is, and the order of bytes."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, directory)
        for number in range(count):
            at = directory + 2 + 12 * number
            tag, _, length = struct.unpack_from(f"{order}HHI", data, at)
            if tag == _EXTRA_SAMPLES and length == 1:
                return at + 8, struct.unpack_from(f"{order}H", data, at + 8)[0], order
    except struct.error:  # what is damaged is found by others
        return None
    return None
