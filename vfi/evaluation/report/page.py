"""The HTML report: one file with tables, the plot and the pictures of the worst samples."""

import math
from html import escape
from pathlib import Path

from ...media.output import replacing
from ..runner import Evaluation, Record
from .gallery import DIFFERENCE_GAIN, Exhibit
from .plot import Point, colour_of, scatter
from .style import SCRIPT, STYLE
from .tables import HEADINGS, MEASURED, all_notes, shown


def write_report(path: Path, evaluation: Evaluation, overwrite: bool = False) -> None:
    """Write the report. Raises `OutputError`."""
    with replacing(path, overwrite) as temporary:
        temporary.write_text(report(evaluation), "utf-8")


def report(evaluation: Evaluation) -> str:
    """The whole page as text; it loads nothing from anywhere."""
    title = escape(f"vfi benchmark: {evaluation.title}")
    body = [
        f"<h1>{escape(evaluation.title)}</h1>",
        f'<p class="protocol">{escape(evaluation.protocol)}.</p>',
        _summary(evaluation),
        _plot(evaluation),
        *_exhibits(evaluation),
        _samples(evaluation),
        _explanations(evaluation),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>\n"
        + "\n".join(body)
        + f"\n<script>{SCRIPT}</script></body></html>\n"
    )


def _summary(evaluation: Evaluation) -> str:
    summaries = evaluation.summaries()
    measures = list(summaries[0].means)
    best = {name: _best(name, [s.means[name] for s in summaries]) for name in measures}
    rows = []
    for number, summary in enumerate(summaries):
        cells = [
            f'<td class="number{" best" if summary.means[name] == best[name] else ""}">'
            f"{shown(name, summary.means[name])}</td>"
            for name in measures
        ]
        swatch = f'<i class="swatch" style="background:{colour_of(number)}"></i>'
        seconds = f'<td class="number">{summary.seconds:.3f}</td>'
        rows.append(f"<tr><th>{swatch}{escape(summary.method)}</th>{''.join(cells)}{seconds}</tr>")
    heads = "".join(f"<th>{HEADINGS[name]}</th>" for name in measures)
    count = len(evaluation.of(summaries[0].method))
    return (
        f"<h2>Means over {count} samples</h2><div class='wide'><table><thead><tr><th>method</th>"
        f"{heads}<th>s/frame</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _best(name: str, values: list[float]) -> float:
    return min(values) if name in ("ie", "lpips", "flicker") else max(values)


def _plot(evaluation: Evaluation) -> str:
    points = [
        Point(
            record.motion.magnitude,
            record.measures["psnr"],
            record.method,
            f"{record.method}, {record.sample}: {shown('psnr', record.measures['psnr'])} dB, "
            f"{record.motion.magnitude:.1f} px",
        )
        for record in evaluation.records
        if record.motion is not None
    ]
    if not points:
        return '<p class="protocol">Motion was not measured.</p>'
    return "<h2>PSNR against motion</h2>" + scatter(
        points, "mean motion between the two frames, pixels", "PSNR, dB"
    )


def _exhibits(evaluation: Evaluation) -> list[str]:
    exhibits = [] if evaluation.gallery is None else evaluation.gallery.exhibits()
    if not exhibits:
        return []
    first = evaluation.methods[0]
    intro = (
        f"<h2>The {len(exhibits)} worst samples of {escape(first)}</h2>"
        "<p class='protocol'>Move over a picture to shift the border between left and right. "
        f"Differences to the truth are shown {DIFFERENCE_GAIN} times larger than they are.</p>"
    )
    by_sample: dict[str, list[Record]] = {}
    for record in evaluation.records:
        by_sample.setdefault(record.sample, []).append(record)
    return [intro, *(_exhibit(exhibit, by_sample[exhibit.sample], first) for exhibit in exhibits)]


def _exhibit(exhibit: Exhibit, records: list[Record], first: str) -> str:
    layers = {"frame one": exhibit.one, "frame two": exhibit.two, "truth": exhibit.truth}
    layers |= exhibit.made
    layers |= {f"difference: {name}": uri for name, uri in exhibit.differences.items()}
    images = "".join(
        f'<img class="layer" data-layer="{escape(name)}" alt="{escape(name)}" src="{uri}">'
        for name, uri in layers.items()
    )
    figures = ", ".join(
        f"{escape(record.method)} {_decibel(record.measures['psnr'])}" for record in records
    )
    return (
        f'<section class="exhibit"><h3>{escape(exhibit.sample)} <small>t = {exhibit.t:g}; '
        f'{figures}</small></h3><div class="choices">'
        f"{_choice('left', layers, first)}{_choice('right', layers, 'truth')}</div>"
        f'<div class="stage" style="--cut:50%">{images}<div class="cut"></div></div></section>'
    )


def _choice(side: str, layers: dict[str, str], chosen: str) -> str:
    options = "".join(
        f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in layers
    )
    return f'<label>{side} <select data-side="{side}">{options}</select></label>'


def _samples(evaluation: Evaluation) -> str:
    first = evaluation.methods[0]
    by_method = {name: {r.sample: r for r in evaluation.of(name)} for name in evaluation.methods}
    order = sorted(evaluation.of(first), key=lambda record: record.measures["psnr"])
    heads = "".join(f"<th>{escape(name)}, dB</th>" for name in evaluation.methods)
    others = [name for name in order[0].measures if name != "psnr"]
    heads += "".join(f"<th>{HEADINGS[name]}</th>" for name in others)
    rows = []
    for record in order:
        motion = record.motion
        cells = [f"<th>{escape(record.sample)}</th>", _number(record.t, "g")]
        cells.append(_number(motion.magnitude, ".1f") if motion else "<td>-</td>")
        cells.append(_number(motion.sufficiency, ".1f") if motion else "<td>-</td>")
        cells += [
            _number(by_method[name][record.sample].measures["psnr"], ".2f")
            if record.sample in by_method[name]
            else "<td>failed</td>"
            for name in evaluation.methods
        ]
        cells += [_number(record.measures[name], ".4f") for name in others]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<h2>All samples, the worst of {escape(first)} first</h2><p class='protocol'>PSNR of "
        f"every method; the other measures are those of {escape(first)}. A click on a heading "
        "sorts.</p><div class='wide'><table class='sortable'><thead><tr><th>sample</th><th>t</th>"
        f"<th>motion, px</th><th>sufficiency, px</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _explanations(evaluation: Evaluation) -> str:
    lines = [MEASURED[name] for name in evaluation.records[0].measures]
    lines.append(
        "motion: mean length of the flow between the two given frames; sufficiency: the least of "
        "its longest 5 %"
    )
    lines += [f"note: {note}" for note in all_notes(evaluation)]
    return (
        "<h2>What is measured</h2><ul>" + "".join(f"<li>{escape(x)}.</li>" for x in lines) + "</ul>"
    )


def _number(value: float, form: str) -> str:
    text = "∞" if math.isinf(value) else format(value, form)
    return f'<td class="number" data-value="{value}">{text}</td>'


def _decibel(value: float) -> str:
    return "∞ dB" if math.isinf(value) else f"{value:.2f} dB"
