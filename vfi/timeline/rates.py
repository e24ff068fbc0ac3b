"""Frame rates, factors and times as people write them, turned into exact fractions.

parse_rate("23.976")      24000/1001      parse_factor("2.5")   5/2
parse_rate("60000/1001")  60000/1001      parse_time("1:30.5")  181/2 s
"""

import re
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import lcm

from ..errors import UsageError, shown
from .times import LONGEST, ConstantTimes, TickTimes, Times, ticked, usual_interval, whole

Number = int | float | str | Fraction

# Rates of film and television; those over 1001 are what "23.976", "29.97" and so on mean.
NTSC_RATES = tuple(Fraction(rate * 1000, 1001) for rate in (12, 15, 24, 30, 48, 60, 120, 240))
WHOLE_RATES = tuple(Fraction(r) for r in (8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72,
                                          75, 90, 100, 120, 144, 165, 200, 240))  # fmt: skip
MILLISECOND = Fraction(1, 1000)
_FIELDS = (Fraction(1001, 60000), Fraction(1, 60))  # seconds, of television at 29.97 and 30
_FILM_FRAME = Fraction(5, 2)  # fields
# Far beyond what any screen shows; above it a slip of the finger would fill the disk.
LARGEST_RATE = 100_000
SMALLEST_RATE = 1 / LONGEST
LARGEST_FACTOR = 10_000

# No number that people write is longer. Python refuses to read 4301 digits, with a ValueError, and
# what has thousands of them makes every computation slow.
_WHOLE = r"\d{1,40}"
_DECIMAL = rf"{_WHOLE}(?:\.\d{{0,40}})?"
_NUMBER = re.compile(rf"{_DECIMAL}|\.{_WHOLE}", re.ASCII)
_RATIO = re.compile(rf"({_WHOLE})\s*[/:]\s*({_WHOLE})", re.ASCII)
_CLOCK = re.compile(rf"(?:({_WHOLE}):)?({_WHOLE}):({_DECIMAL})", re.ASCII)
_COUNT = re.compile(_WHOLE, re.ASCII)


def parse_factor(text: str, option: str = "fps") -> Fraction:
    """Return a multiple, 1 or more: "3", "2.5", "5/2", "3x".

    Raises:
        UsageError: not such a number, or below 1.
    """
    factor = parse_number(text.strip().removesuffix("x").removeprefix("x"))
    if factor is None:
        raise UsageError(
            f"{option} {shown(text)} is not a factor: give 3, 2.5 or 5/2", option=option
        )
    if factor < 1:
        raise UsageError(
            f"{option} {shown(text)} is below 1: it multiplies the frame rate (2, 2.5, 5/2)",
            option=option,
        )
    if factor > LARGEST_FACTOR:
        raise UsageError(
            f"{option} {shown(text)} is too much: give {LARGEST_FACTOR} or less", option=option
        )
    return factor


def parse_rate(text: str, option: str = "target_fps") -> Fraction:
    """Return frames a second: "60", "60000/1001", "23.976" and "23.98" (both 24000/1001).

    Raises:
        UsageError: not such a number, not above 0, or absurdly high or low.
    """
    rate = parse_number(text.strip())
    if rate is None or rate == 0:
        raise UsageError(
            f"{option} {shown(text)} is not a frame rate above 0: give 60, 23.976 or 60000/1001",
            option=option,
        )
    if rate > LARGEST_RATE:
        raise UsageError(
            f"{option} {shown(text)} is too much: give {LARGEST_RATE} or less", option=option
        )
    if rate < SMALLEST_RATE:
        raise UsageError(
            f"{option} {shown(text)} is too little: a frame would last longer than a day",
            option=option,
        )
    return _written_ntsc_rate(text.strip()) or rate


def parse_time(text: str, option: str = "start") -> Fraction:
    """Return seconds: "90", "90.5", "1:30.5", "00:01:30.500", "181/2".

    Raises:
        UsageError: not such a time; minutes or seconds of 60 and more behind a colon.
    """
    plain = text.strip()
    number = None if ":" in plain else parse_number(plain)
    if number is not None:
        return number
    match = _CLOCK.fullmatch(plain)
    if match:
        hours, minutes, seconds = int(match[1] or 0), int(match[2]), Fraction(match[3])
        if seconds < 60 and (match[1] is None or minutes < 60):
            return (hours * 60 + minutes) * 60 + seconds
    raise UsageError(
        f"{option} {shown(text)} is not a time: give 90, 90.5, 1:30.5 or 00:01:30.500",
        option=option,
    )


def time_text(time: Fraction) -> str:
    """Return a time as people write it: 00:01:30.500."""
    thousandths = round(time * 1000)
    seconds, thousandths = divmod(abs(thousandths), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if time < 0 else ""
    return f"{sign}{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


def recognise_rate(measured: Fraction) -> Fraction:
    """Return the rate of film and television within 1/4000 of a measured average, or `measured`.

    1/1001 separates 24 from 23.976, so half of the distance to either is never crossed.
    """
    nearest = min(NTSC_RATES + WHOLE_RATES, key=lambda rate: abs(rate - measured))
    return nearest if abs(nearest - measured) * 4000 <= nearest else measured


def constant_rate(
    times: Times, end: Fraction, stated: Fraction | None = None
) -> tuple[ConstantTimes, Fraction] | None:
    """Return exact constant-rate times and the end if the times are such, rounded to milliseconds.

    Matroska and WebM round every time stamp to a millisecond, so 24000/1001 reads 0, 42, 83, 125.
    Every frame has to lie within one millisecond (and a quarter of an interval) of the exact
    grid; over any length, so no drift can hide. `stated`, the container's rate, is tried first.
    Film under 2:3 pulldown has its own even rate, too.
    One frame has that rate if it is shown for as long.
    """
    if isinstance(times, ConstantTimes):
        return times, end
    if len(times) == 1:
        return _one_frame(times[0], end, stated)
    times = ticked(times)
    for rate in _candidates(times, end, stated):
        grid = ConstantTimes(times[0], rate, len(times))
        if _near(times, grid, slack(rate)):
            return grid, ideal_end(grid, end)
    return _film_under_pulldown(times, end)


def _near(times: TickTimes, grid: ConstantTimes, most: Fraction) -> bool:
    """Tell whether every time lies at most so many seconds from its place in a grid."""
    exact = grid.in_ticks()
    parts = lcm(times.unit.denominator, exact.unit.denominator, most.denominator)
    allowed = whole(most, parts)
    both = zip(times.in_parts(parts), exact.in_parts(parts), strict=True)
    return all(-allowed <= time - place <= allowed for time, place in both)


def _film_under_pulldown(times: TickTimes, end: Fraction) -> tuple[ConstantTimes, Fraction] | None:
    """Return the even times of film that is shown for two and three fields in turn.

    24 frames a second are stored once each, and flagged to be shown so in 60 fields (2:3 pulldown).
    Every frame has to lie within half a field, by which that moves it, of the film's own grid.
    """
    gaps = Counter(times.gaps())
    steps = {gap: round(gap * times.unit / _FIELDS[0]) for gap in gaps}
    if {*steps.values()} != {2, 3}:
        return None
    fields = sum(steps[gap] * count for gap, count in gaps.items())
    field = min(_FIELDS, key=lambda length: abs(fields * length - (times[-1] - times[0])))
    grid = ConstantTimes(times[0], 1 / (_FILM_FRAME * field), len(times))
    if not _near(times, grid, field / 2 + MILLISECOND):
        return None
    ideal = grid[-1] + 1 / grid.rate
    return grid, ideal if abs(end - ideal) <= 1 / grid.rate / 2 else end


def slack(rate: Fraction, roundings: int = 1) -> Fraction:
    """Return by how much a time may lie off the grid of a constant rate, and still be meant."""
    return min(roundings * MILLISECOND, 1 / (4 * rate))


def ideal_end(grid: ConstantTimes, end: Fraction) -> Fraction:
    """Return the end of the last frame: by the rate, if that can be meant.

    It is the sum of two rounded numbers, the last frame's time and how long it is shown.
    """
    ideal = grid[-1] + 1 / grid.rate
    return ideal if abs(end - ideal) <= slack(grid.rate, 2) else end


def _one_frame(
    start: Fraction, end: Fraction, stated: Fraction | None
) -> tuple[ConstantTimes, Fraction] | None:
    rate = recognise_rate(stated) if stated else 1 / (end - start)
    if abs(start + 1 / rate - end) > min(MILLISECOND, 1 / (4 * rate)):
        return None
    return ConstantTimes(start, rate, 1), start + 1 / rate


def _candidates(times: Times, end: Fraction, stated: Fraction | None) -> list[Fraction]:
    """Return rates worth trying, the likeliest first."""
    measured = (len(times) - 1) / (times[-1] - times[0])
    known = sorted(NTSC_RATES + WHOLE_RATES, key=lambda rate: abs(rate - measured))
    near = [rate for rate in known if abs(rate - measured) < measured / 50]
    told = [recognise_rate(stated)] if stated else []
    if measured * usual_interval(times, end) != 1:
        return [*told, *near, measured]
    rounded = all(time % MILLISECOND == 0 for time in (times[0], times[-1]))
    return [*told, measured] if rounded else [measured]


def parse_count(text: str) -> int | None:
    """Return the whole number, 0 or more, that a text is; None for anything else."""
    return int(text) if _COUNT.fullmatch(text) else None


def number_text(value: Number) -> str:
    """Return a number as people write it, without an exponent, for what reads text."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return format(Decimal(repr(float(value))), "f")
    try:
        return str(value)
    except ValueError:  # more digits than Python writes
        return shown(value)


def parse_number(text: str) -> Fraction | None:
    """Return what "2", "2.5", ".5" or "5/2" says; None for anything else.

    Exponents are no numbers here: `Fraction("1e999999999")` would compute for hours.
    """
    if _NUMBER.fullmatch(text):
        return Fraction(text)
    match = _RATIO.fullmatch(text)
    return Fraction(int(match[1]), int(match[2])) if match and int(match[2]) else None


def _written_ntsc_rate(text: str) -> Fraction | None:
    """Return the rate over 1001 that `text` gives, cut or rounded, to two or more decimals."""
    if "." not in text:
        return None
    decimals = len(text.partition(".")[2])
    unit = Fraction(1, 10**decimals)
    written = Fraction(text)
    for rate in NTSC_RATES:
        if decimals >= 2 and rate.denominator > 1 and abs(rate - written) < unit:
            return rate
    return None
