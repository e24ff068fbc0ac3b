"""The HTML report: one file with tables, the plot and the pictures of the worst samples.

What it looks like stands in `page.html`, a Jinja template that escapes whatever it is given.
"""

from functools import cache
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from ...figures.pages import environment
from ...media.output import replacing
from ..measures import PSNR
from ..runner import Evaluation, Record
from .gallery import DIFFERENCE_GAIN
from .plot import Point, colour_of, scatter
from .tables import all_notes


def write_report(path: Path, evaluation: Evaluation, overwrite: bool = False) -> None:
    """Write the report. Raises `OutputError`."""
    with replacing(path, overwrite) as temporary:
        temporary.write_text(report(evaluation), "utf-8")


def report(evaluation: Evaluation) -> str:
    """Return the whole page as text; it loads nothing from anywhere."""
    first = evaluation.methods[0]
    summaries = evaluation.summaries()
    best = {row.name: row.best(s.means[row.name] for s in summaries) for row in evaluation.measures}
    return _template().render(
        evaluation=evaluation,
        first=first,
        measures=evaluation.measures,
        others=[row for row in evaluation.measures if row.name != PSNR.name],
        summaries=summaries,
        best=best,
        colour_of=colour_of,
        plot=_plot(evaluation),
        exhibits=evaluation.gallery.exhibits() if evaluation.gallery else [],
        difference_gain=DIFFERENCE_GAIN,
        records_of=_by_sample(evaluation),
        worst_first=sorted(evaluation.of(first), key=lambda record: record.measures[PSNR.name]),
        notes=all_notes(evaluation),
    )


@cache
def _template() -> Template:
    return environment(__package__).get_template("page.html")


def _by_sample(evaluation: Evaluation) -> dict[str, dict[str, Record]]:
    """Sample → method → record."""
    found: dict[str, dict[str, Record]] = {}
    for record in evaluation.records:
        found.setdefault(record.sample, {})[record.method] = record
    return found


def _plot(evaluation: Evaluation) -> Markup:
    """Return the `<svg>` of PSNR against motion, whose texts are escaped; empty without motion."""
    points = [
        Point(
            record.motion.magnitude,
            record.measures[PSNR.name],
            record.method,
            f"{record.method}, {record.sample}: {PSNR.format(record.measures[PSNR.name])} dB, "
            f"{record.motion.magnitude:.1f} px",
        )
        for record in evaluation.records
        if record.motion is not None
    ]
    if not points:
        return Markup()
    return Markup(scatter(points, "mean motion between the two frames, pixels", PSNR.title))
