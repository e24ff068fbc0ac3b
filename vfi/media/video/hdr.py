"""The static metadata of HDR video: the display it was mastered on, and how bright it gets.

SMPTE ST 2086 and CTA-861.3; players need them to map HDR to a display.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from .side_data import side_data

_XY_UNIT = 50_000  # steps of chromaticity in HEVC's and AVC's messages (H.265, D.3.28)
_LUMINANCE_UNIT = 10_000  # steps of candela per square metre there


@dataclass(frozen=True)
class MasteringDisplay:
    """Chromaticities (x, y) in CIE 1931, luminances in candela per square metre."""

    red: tuple[Fraction, Fraction]
    green: tuple[Fraction, Fraction]
    blue: tuple[Fraction, Fraction]
    white: tuple[Fraction, Fraction]
    darkest: Fraction
    brightest: Fraction


@dataclass(frozen=True)
class HdrMetadata:
    """What a file says of its HDR."""

    display: MasteringDisplay | None = None
    light: tuple[int, int] | None = None  # brightest pixel, brightest frame average: cd/m²


def hdr_of(frame: av.VideoFrame) -> HdrMetadata | None:
    """Read the side data of a decoded frame (FFmpeg's mastering_display_metadata.h)."""
    mastering = side_data(frame, "MASTERING_DISPLAY_METADATA")
    display = None if mastering is None else _display(np.frombuffer(mastering, np.int32))
    level = side_data(frame, "CONTENT_LIGHT_LEVEL")
    light = None
    if level is not None:
        brightest, average, *_ = (int(n) for n in np.frombuffer(level, np.uint32))
        light = (brightest, average)
    return HdrMetadata(display, light) if display or light else None


def _display(numbers: np.ndarray[Any, Any]) -> MasteringDisplay | None:
    if len(numbers) < 22 or not (numbers[20] and numbers[21]):  # has_primaries, has_luminance
        return None
    pairs = [(int(n), int(d)) for n, d in numbers[:20].reshape(10, 2)]
    if any(d <= 0 for _, d in pairs):
        return None
    v = [Fraction(n, d) for n, d in pairs]
    return MasteringDisplay((v[0], v[1]), (v[2], v[3]), (v[4], v[5]), (v[6], v[7]), v[8], v[9])


@dataclass(frozen=True)
class HdrWords:
    """How an encoder is told the metadata."""

    option: str  # that holds the two
    display: str
    light: str
    decimals: bool = False  # it takes chromaticities and luminances themselves, not steps of them


def hdr_options(hdr: HdrMetadata | None, words: HdrWords | None) -> dict[str, str]:
    """Return the encoder's options that write the metadata; none where it has no way to."""
    if hdr is None or words is None:
        return {}
    parts = []
    if hdr.display is not None:
        parts.append(f"{words.display}={_display_text(hdr.display, words.decimals)}")
    if hdr.light is not None:
        parts.append(f"{words.light}={hdr.light[0]},{hdr.light[1]}")
    return {words.option: ":".join(parts)}


def _display_text(display: MasteringDisplay, decimals: bool) -> str:
    """Write G(x,y)B(x,y)R(x,y)WP(x,y)L(max,min): decimals, or steps."""
    corners = {"G": display.green, "B": display.blue, "R": display.red, "WP": display.white}
    text = "".join(
        f"{name}({_number(x, _XY_UNIT, decimals)},{_number(y, _XY_UNIT, decimals)})"
        for name, (x, y) in corners.items()
    )
    brightest = _number(display.brightest, _LUMINANCE_UNIT, decimals)
    return f"{text}L({brightest},{_number(display.darkest, _LUMINANCE_UNIT, decimals)})"


def _number(value: Fraction, unit: int, decimals: bool) -> str:
    return f"{float(value):.5f}" if decimals else str(round(value * unit))
