"""`vfi benchmark DATASET`: the options of every data set, and what they make happen."""

import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, UsageError
from ..evaluation.baselines import baseline, dis_flow
from ..evaluation.datasets.row import DataSetRow
from ..evaluation.datasets.samples import DataSet, evenly_spread
from ..evaluation.measures import MEASURES, Measure, measures_named
from ..evaluation.methods import (
    CommandMethod,
    FunctionMethod,
    Method,
    ModelMethod,
    unique_names,
)
from ..evaluation.motion import FlowEstimator, hardest
from ..evaluation.report.gallery import Gallery
from ..evaluation.report.page import write_report
from ..evaluation.report.tables import text_table, write_csv, write_json, write_list
from ..evaluation.runner import Evaluation, evaluate, motions_of
from ..media.output import check_distinct, check_writable
from ..timeline.rates import parse_number
from . import log, options, paths

if TYPE_CHECKING:
    from ..interpolator import Interpolator


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line."""

    data: Path
    models: tuple[str, ...]
    no_model: bool
    against: str
    commands: tuple[str, ...]
    times: str | None
    listed: Path | None
    limit: int | None
    measures: str
    motion: str
    select_hardest: float | None
    list_out: Path | None
    json_out: Path | None
    csv_out: Path | None
    report_out: Path | None
    report_pictures: int
    no_progress: bool
    device: str
    precision: str
    overwrite: bool

    def interpolator(self, model: str | None) -> "Interpolator":
        made: Interpolator = options.make_interpolator(model, self.device, self.precision)
        return made

    @property
    def rows(self) -> list[Measure]:
        return measures_named(_names(self.measures))


def command_for(row: DataSetRow) -> click.Command:
    """Return the command of a data set."""
    command = copy.copy(_data_set)
    command.name = row.name
    command.callback = partial(_measure, row)
    command.short_help = row.title
    command.help = f"Measure on {row.title}.\n\n--data: {row.layout}.\n\nProtocol: {row.protocol}."
    return command


@click.command()
@click.option(
    "--data", type=options.PATH, required=True, help="Where the data set lies, as it comes."
)
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="NAME|FILE",
    help="A model; may be given several times. [default: the default model]",
)
@click.option("--no-model", is_flag=True, help="Measure the other methods alone.")
@click.option(
    "--against",
    default="",
    metavar="NAMES",
    help="Methods without weights, with commas: average, dis, dis-cross, minterpolate.",
)
@click.option(
    "--against-command",
    "commands",
    multiple=True,
    metavar="'TOOL {one} {two} {out}'",
    help="Another program, run on PNG files of every pair; {t} where it takes a time.",
)
@click.option("--t", "times", metavar="TIMES", help="With commas, as 1/4,1/2,3/4. [the set's own]")
@click.option("--list", "listed", type=options.PATH, help="Only the samples that a file lists.")
@click.option("--limit", type=click.IntRange(1), help="At most N samples, evenly spread.")
@click.option(
    "--measures",
    default=",".join(MEASURES),
    show_default=True,
    metavar="NAMES",
    help="What is measured; each costs time.",
)
@click.option(
    "--motion",
    type=click.Choice(["model", "dis", "none"]),
    default="model",
    show_default=True,
    help="Whose flow tells the motion of a sample: the first model's or DIS.",
)
@click.option(
    "--select-hardest",
    type=options.NumberRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Measure motion alone, and write the list of the SHARE of samples that move most.",
)
@click.option("--list-out", type=options.OUT_FILE, help="That list. [default: DATASET-hardest.txt]")
@click.option("--json", "json_out", type=options.OUT_FILE, help="Write everything as JSON.")
@click.option("--csv", "csv_out", type=options.OUT_FILE, help="Write one line a sample and method.")
@click.option("--report", "report_out", type=options.OUT_FILE, help="Write an HTML page, one file.")
@click.option(
    "--report-pictures",
    type=click.IntRange(0),
    default=12,
    show_default=True,
    help="How many of the worst samples the page shows.",
)
@click.option("--no-progress", is_flag=True, help="No progress bar.")
@options.device
@options.overwrite
@log.logging
def _data_set(**_: Any) -> None:
    """Declare the options of every data set; `command_for` binds the callback."""


def _measure(row: DataSetRow, **settings: Any) -> None:
    wishes = Wishes(**settings)
    if wishes.select_hardest is not None and wishes.list_out is None:
        wishes = replace(wishes, list_out=Path(f"{row.name}-hardest.txt"))
    _check(wishes)
    data = row.open(wishes.data, _times(wishes.times), wishes.listed)
    if wishes.limit is not None:
        data = data.only(evenly_spread(data.names, wishes.limit))
    if wishes.select_hardest is not None:
        _select_hardest(row.name, data, wishes, wishes.select_hardest)
        return
    evaluation = _evaluate(data, wishes)
    _write(evaluation, wishes)
    if evaluation.failures:
        asked = len(evaluation.failures) + len(evaluation.records)
        raise InputError(f"{len(evaluation.failures)} of {asked} answers failed; see the table")


def _check(wishes: Wishes) -> None:
    """Everything that can be refused before any work is done."""
    _ = wishes.rows
    results = [("--json", wishes.json_out), ("--csv", wishes.csv_out)]
    results += [("--report", wishes.report_out)]
    if wishes.select_hardest is not None:
        results = [("--list-out", wishes.list_out), *results]
    check_distinct(results, [wishes.listed, *map(paths.model_file, wishes.models)])
    for _, path in results:
        if path is not None:
            check_writable(path, wishes.overwrite)


def _methods(wishes: Wishes) -> tuple[list[Method], list["Interpolator"]]:
    """Return who is measured, models first; and the models alone."""
    others: list[Method] = [FunctionMethod(name, baseline(name)) for name in _names(wishes.against)]
    others += [CommandMethod(text) for text in wishes.commands]
    if wishes.no_model and wishes.models:
        raise UsageError("--no-model and --model exclude each other: give one of them")
    models = [] if wishes.no_model else (wishes.models or [None])
    if not models and not others:
        raise UsageError("--no-model leaves nothing to measure; add --against or --against-command")
    interpolators = [wishes.interpolator(model) for model in models]
    ours: list[Method] = [ModelMethod(options.short_name(i), i) for i in interpolators]
    unique_names([*ours, *others])
    return [*ours, *others], interpolators


def _evaluate(data: DataSet, wishes: Wishes) -> Evaluation:
    methods, interpolators = _methods(wishes)
    flow: FlowEstimator | None = None
    if wishes.motion != "none":
        by_model = wishes.motion == "model" and interpolators and interpolators[0].network.has_flow
        flow = interpolators[0].flow if by_model else dis_flow
    pictures = wishes.report_pictures if wishes.report_out else 0
    return evaluate(
        methods,
        data,
        wishes.rows,
        flow=flow,
        gallery=Gallery(pictures) if pictures else None,
        progress=not wishes.no_progress,
    )


def _write(evaluation: Evaluation, wishes: Wishes) -> None:
    log.result(text_table(evaluation))
    for path, write in (
        (wishes.json_out, write_json),
        (wishes.csv_out, write_csv),
        (wishes.report_out, write_report),
    ):
        if path is not None:
            write(path, evaluation, wishes.overwrite)
            click.echo(f"Wrote {path}", err=True)


def _select_hardest(name: str, data: DataSet, wishes: Wishes, share: float) -> None:
    flow: FlowEstimator = dis_flow
    by = "DIS"
    if wishes.motion == "model" and not wishes.no_model:
        interpolator = wishes.interpolator(wishes.models[0] if wishes.models else None)
        flow, by = interpolator.flow, f"model {options.short_name(interpolator)}"
    motions = motions_of(data, flow, progress=not wishes.no_progress)
    chosen = hardest(motions, share)
    heading = f"{name}: the {share:g} of samples with the largest motion sufficiency, flow by {by}"
    assert wishes.list_out is not None
    write_list(wishes.list_out, chosen, heading, wishes.overwrite)
    click.echo("sample\tmotion px\tsufficiency px\tchosen")
    for sample, motion in motions.items():
        mark = "yes" if sample in set(chosen) else ""
        click.echo(f"{sample}\t{motion.magnitude:.2f}\t{motion.sufficiency:.2f}\t{mark}")
    click.echo(f"Wrote {wishes.list_out}", err=True)


def _times(text: str | None) -> list[Any] | None:
    if text is None:
        return None
    times = [parse_number(word) for word in _names(text)]
    if None in times:
        raise UsageError(f"--t {text}: give times as 1/4,1/2,3/4")
    return times


def _names(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
