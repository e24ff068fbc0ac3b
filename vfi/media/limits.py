"""How large a picture may be; docs/limits.md.

A header of a few bytes can ask for gigabytes, so this is asked before anything is allocated.
"""

import os
import re
from pathlib import Path

from ..errors import InputError, UsageError

VARIABLE = "VFI_MAX_PIXELS"
DEFAULT = 1 << 27  # 16384x8192: 16K video, cameras of 100 megapixels
BYTES_A_PIXEL = 32  # that decoders take at the most: four floats, twice
_COUNT = re.compile(r"[1-9]\d{0,17}", re.ASCII)


def max_pixels() -> int:
    """Return the pixels that a picture or frame may have.

    Raises:
        UsageError: the environment variable VFI_MAX_PIXELS is no whole number above 0.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return DEFAULT
    if not _COUNT.fullmatch(text):
        raise UsageError(f"{VARIABLE}={text[:40]!r} is not a number of pixels: give {DEFAULT}")
    return int(text)


def check_pixels(path: str | os.PathLike[str], width: int, height: int) -> None:
    """Raise InputError where a picture or frame of this size has more pixels than are allowed."""
    limit = max_pixels()
    if width * height > limit:
        raise InputError(
            f"{Path(path)} is {width}x{height}: more than {limit} pixels;"
            f" set {VARIABLE}={width * height} to read it"
        )
