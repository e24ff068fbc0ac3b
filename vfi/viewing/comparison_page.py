"""The page of a comparison: how alike two videos are over time, and a few moments to look at."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from ..evaluation.datasets.samples import evenly_spread
from ..evaluation.report.plot import Point, scatter
from ..figures.pages import data_uri, environment
from ..media.depth import converted
from ..media.frame import FrameSource
from ..media.output import replacing
from ..timeline.rates import time_text
from .comparison import GAIN, Comparison, Matched, Tally

MOST_POINTS = 1500  # in the plot


def write_page(
    out: Path,
    comparison: Comparison,
    chosen: Sequence[Matched],
    tally: Tally,
    overwrite: bool,
    sources: tuple[FrameSource, FrameSource],
) -> None:
    """Write the page. Raises `OutputError`."""
    text = _template().render(
        names=[source.info.path.name for source in sources],
        facts=[_facts(source) for source in sources],
        line=tally.line(),
        gain=GAIN,
        plot=_plot(tally),
        notes=comparison.notes,
        moments=[(seen, time_text(seen.time), _layers(seen)) for seen in chosen],
    )
    with replacing(out, overwrite) as temporary:
        temporary.write_text(text, "utf-8")


@cache
def _template() -> Template:
    return environment(__package__).get_template("comparison.html")


def _layers(seen: Matched) -> dict[str, str]:
    pictures = {"A": seen.one, "B": seen.two, "difference": seen.difference}
    return {name: data_uri(converted(made, "uint8")) for name, made in pictures.items()}


def _facts(source: FrameSource) -> dict[str, str]:
    info = source.info
    times, end = source.times()
    return {
        "size": f"{info.width}x{info.height}",
        "frames": f"{len(times)}",
        "a second": f"{float(info.frame_rate):.6g}",
        "seconds": f"{float(end):.3f}",
        "codec": f"{info.codec}, {info.pixel_format}",
    }


def _plot(tally: Tally) -> Markup:
    """PSNR over time; empty where there is not a moment at which both differ."""
    if all(map(math.isinf, tally.values)):
        return Markup()
    both = list(zip(tally.times, tally.values, strict=True))
    points = [
        Point(float(time), value, "PSNR", f"{time_text(time)}: {value:.2f} dB")
        for time, value in evenly_spread(both, MOST_POINTS)
    ]
    return Markup(scatter(points, "seconds", "PSNR of B to A, dB"))
