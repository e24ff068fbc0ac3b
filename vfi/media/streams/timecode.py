"""SMPTE timecode (ST 12-1): the label of a frame, and of the first frame of a part of a video."""

import re
from fractions import Fraction

_LABEL = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d{2,3})")
_DAY = 24 * 60 * 60


def moved_timecode(
    label: str, rate: Fraction, start: Fraction, new_rate: Fraction | None = None
) -> str | None:
    """Return the timecode of a part that begins `start` seconds later; None if `label` is none.

    rate: frames a second of the video that `label` belongs to. new_rate: those of the part, whose
    frames are counted up to it; the clock of hours, minutes and seconds stays the same. The drop
    of labels (a semicolon) is kept where the new rate is a multiple of 29.97 too.
    """
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    new_rate = new_rate or rate
    base, new_base = round(rate), round(new_rate)
    drops = match[4] != ":" and _may_drop(rate)
    hours, minutes, seconds, frames = (int(match[n]) for n in (1, 2, 3, 5))
    count = _count((hours * 60 + minutes) * 60 + seconds, frames, base, drops) + start * rate
    if drops == (drops and _may_drop(new_rate)):
        return _label(round(count * new_base / base), new_base, drops)
    # The clock of dropped labels goes right; beside it, labels without a drop are as good.
    seconds, frames = _split(int(count), base, drops)
    return _label(round(seconds * new_base + Fraction(frames * new_base, base)), new_base, False)


def _may_drop(rate: Fraction) -> bool:
    """Tell whether a rate is one that labels are left out for: 29.97 or a multiple, about."""
    return round(rate) % 30 == 0 and rate.denominator > 1


def _count(seconds: int, frames: int, base: int, drops: bool) -> int:
    """Return how many frames come before one; a drop leaves out labels, never frames."""
    minutes = seconds // 60
    left_out = base // 15 * (minutes - minutes // 10) if drops else 0
    return seconds * base + frames - left_out


def _split(count: int, base: int, drops: bool) -> tuple[int, int]:
    """Return the seconds and the frames of the label of the frame that `count` come before."""
    if drops:
        # Two labels of 30 are left out each minute, but none every tenth.
        step = base // 15
        tens, rest = divmod(count, 600 * base - 9 * step)
        count += 9 * step * tens + step * max(0, (rest - step) // (60 * base - step))
    return divmod(count, base)


def _label(count: int, base: int, drops: bool) -> str:
    seconds, frames = _split(count, base, drops)
    seconds %= _DAY
    sign = ";" if drops else ":"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{sign}{frames:02d}"
