"""Results for people and for programs: a table, JSON, CSV and list files."""

import csv
import io
import json
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...media.output import replacing
from ..measures import PSNR, Measure
from ..runner import Evaluation, Record, Summary

FAILURES_SHOWN = 10


def text_table(evaluation: Evaluation) -> str:
    """Return the means, the protocol and what each column is, as plain text."""
    summaries = evaluation.summaries()
    rows = [["method", *(row.title for row in evaluation.measures), "s/frame"]]
    rows += [_row(summary, evaluation.measures) for summary in summaries]
    samples = max(len(evaluation.of(method)) for method in evaluation.methods)
    lines = [f"{evaluation.title}: {samples} samples", *_aligned(rows), ""]
    lines += [*_failed(evaluation), f"Protocol: {evaluation.protocol}."]
    lines += [f"{row.meaning}." for row in evaluation.measures]
    lines += [f"Note: {note}." for note in all_notes(evaluation)]
    return "\n".join(lines)


def _failed(evaluation: Evaluation) -> list[str]:
    """Return a line for each prediction that is missing, up to a screenful."""
    failures = evaluation.failures
    lines = [
        f"FAILED: {failure.method}, {failure.sample}, t = {failure.t:g}: {failure.error}"
        for failure in failures[:FAILURES_SHOWN]
    ]
    if len(failures) > len(lines):
        lines.append(f"FAILED: {len(failures) - len(lines)} more; --json lists them all")
    return [*lines, ""] if lines else []


def all_notes(evaluation: Evaluation) -> list[str]:
    """Return what was noted, and the perfect samples that the means hide."""
    perfect = [
        f"{s.method}: {s.perfect} samples are perfect (infinite PSNR)"
        for s in evaluation.summaries()
        if s.perfect
    ]
    failed = Counter(failure.method for failure in evaluation.failures)
    missing = [
        f"{method}: {count} of {count + len(evaluation.of(method))} samples failed and are not in "
        "its means, which cannot be compared with those of others"
        for method, count in failed.items()
    ]
    return [*evaluation.notes, *perfect, *missing]


def write_json(path: Path, evaluation: Evaluation, overwrite: bool = False) -> None:
    """Everything as one JSON object; infinite values are null, with "perfect": true beside them.

    Raises `OutputError`.
    """
    document = {
        "dataset": evaluation.title,
        "protocol": evaluation.protocol,
        "notes": all_notes(evaluation),
        "measures": {row.name: row.meaning for row in evaluation.measures},
        "summary": [_without_nan(summary) for summary in evaluation.summaries()],
        "records": [_plain(record) for record in evaluation.records],
        "failures": [asdict(failure) for failure in evaluation.failures],
    }
    with replacing(path, overwrite) as temporary:
        temporary.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", "utf-8")


def write_csv(path: Path, evaluation: Evaluation, overwrite: bool = False) -> None:
    """One line a record; an infinite PSNR is "inf". Of a failure the figures are empty.

    Raises `OutputError`.
    """
    rows = [_flat(record) for record in evaluation.records]
    rows += [
        {"method": failure.method, "sample": failure.sample, "t": failure.t}
        for failure in evaluation.failures
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path, overwrite) as temporary:
        temporary.write_text(text.getvalue(), "utf-8")


def write_list(path: Path, names: list[str], heading: str, overwrite: bool = False) -> None:
    """Write a list file, as `vfi benchmark --list` reads it. Raises `OutputError`."""
    with replacing(path, overwrite) as temporary:
        temporary.write_text("\n".join([f"# {heading}", *names]) + "\n", "utf-8")


def _without_nan(summary: Summary) -> dict[str, Any]:
    means = {name: None if math.isnan(mean) else mean for name, mean in summary.means.items()}
    return {**asdict(summary), "means": means}


def _row(summary: Summary, measures: list[Measure]) -> list[str]:
    values = [row.format(summary.means[row.name]) for row in measures]
    return [summary.method, *values, f"{summary.seconds:.3f}"]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _flat(record: Record) -> dict[str, Any]:
    motion = {} if record.motion is None else asdict(record.motion)
    return {
        "method": record.method,
        "sample": record.sample,
        "t": record.t,
        **record.measures,
        "seconds": record.seconds,
        **{f"motion_{name}": value for name, value in motion.items()},
    }


def _plain(record: Record) -> dict[str, Any]:
    flat = _flat(record)
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in flat.items()
    }
    return {**finite, "perfect": math.isinf(record.measures[PSNR.name])}
