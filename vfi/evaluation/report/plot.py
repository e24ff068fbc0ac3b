"""A scatter plot as SVG text: no library, no script, sharp at any size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#2f6fde", "#d9480f", "#2b8a3e", "#9c36b5", "#b08900", "#0b7285", "#c2255c", "#5c636a")
WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 14, 46  # margins
MOST_TICKS = 7


@dataclass(frozen=True)
class Point:
    """A place in the plot; `series` picks colour and legend, `label` shows on hovering."""

    x: float
    y: float
    series: str
    label: str


def colour_of(number: int) -> str:
    """Return the colour of the series of that number."""
    return COLOURS[number % len(COLOURS)]


def scatter(points: Sequence[Point], x_title: str, y_title: str) -> str:
    """Return an `<svg>` element. Points with an infinite y sit on the upper edge, marked ∞."""
    finite = [point.y for point in points if math.isfinite(point.y)] or [0.0]
    x_ticks = ticks(0.0, max((point.x for point in points), default=1.0))
    y_ticks = ticks(min(finite), max(finite))
    series = list(dict.fromkeys(point.series for point in points))
    parts = [
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(y_title)} against {escape(x_title)}">',
        *_axes(x_ticks, y_ticks, x_title, y_title),
    ]
    for point in points:
        x = _along(point.x, x_ticks, LEFT, WIDTH - RIGHT)
        y = _along(min(point.y, y_ticks[-1]), y_ticks, HEIGHT - BOTTOM, TOP)
        mark = " ∞" if math.isinf(point.y) else ""
        colour = colour_of(series.index(point.series))
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}" '
            f'fill-opacity="0.7"><title>{escape(point.label)}{mark}</title></circle>'
        )
    return "\n".join([*parts, "</svg>"])


def ticks(low: float, high: float) -> list[float]:
    """Round numbers, evenly spaced, that enclose low to high."""
    span = high - low
    if not math.isfinite(span) or span <= 1e-9 * max(1.0, abs(high)):
        return [math.floor(low), math.floor(low) + 1.0]
    rough = span / (MOST_TICKS - 2)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def _along(value: float, scale: list[float], start: float, end: float) -> float:
    return start + (value - scale[0]) / (scale[-1] - scale[0]) * (end - start)


def _axes(x_ticks: list[float], y_ticks: list[float], x_title: str, y_title: str) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for tick in x_ticks:
        x = _along(tick, x_ticks, LEFT, right)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    for tick in y_ticks:
        y = _along(tick, y_ticks, bottom, TOP)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_title)}</text>'
    )
    parts.append(
        f'<text transform="translate(16 {(TOP + bottom) / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_title)}</text>'
    )
    return parts
