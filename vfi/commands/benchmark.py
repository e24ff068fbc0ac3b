"""`vfi benchmark`: measure on data sets, against other methods, and for speed."""

import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, UsageError
from ..evaluation.datasets.catalogue import CATALOGUE
from . import options, paths

if TYPE_CHECKING:
    from ..evaluation.datasets.samples import DataSet
    from ..evaluation.methods import Method
    from ..evaluation.motion import FlowEstimator
    from ..evaluation.runner import Evaluation

SPEED = "speed"
MEASURES = ("psnr", "ssim", "ssim_gaussian", "ssim_volume", "ie", "flicker", "lpips")


class Benchmarks(click.Group):
    """One command a data set, all with the same options, and `speed`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [SPEED, *CATALOGUE]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == SPEED:
            return speed
        if name not in CATALOGUE:
            return None
        known = CATALOGUE[name]
        command = copy.copy(data_set)
        command.name = name
        command.callback = partial(_measure, name)
        command.short_help = known.title
        command.help = (
            f"Measure on {known.title}.\n\n--data: {known.layout}.\n\nProtocol: {known.protocol}."
        )
        return command


@click.group("benchmark", cls=Benchmarks)
def command() -> None:
    """Measure models on a data set, or their speed.

    \b
    vfi benchmark validation --data ../shared/validation --against average,dis
    vfi benchmark vimeo90k --data vimeo_triplet --report vimeo.html
    vfi benchmark speed --size 1920x1080

    The layout that a data set must have stands in `vfi benchmark DATASET --help`.
    """


@click.command()
@click.option(
    "--data", type=options.PATH, required=True, help="Where the data set lies, as it comes."
)
@click.option(
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
    type=click.FloatRange(0, 1, min_open=True),
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
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N, mps.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
    default="auto",
    show_default=True,
)
@options.overwrite
def data_set(**_: Any) -> None:
    """The options of every data set; `Benchmarks` binds the callback."""


def _measure(name: str, **settings: Any) -> None:
    _check(name, settings)
    from ..evaluation.datasets.opening import open_data_set

    times = _times(settings["times"])
    data = open_data_set(name, settings["data"], times, settings["listed"])
    data = _spread(data, settings["limit"])
    if settings["select_hardest"] is not None:
        _select_hardest(name, data, settings)
        return
    methods, interpolators = _methods(settings)
    flow = _flow(settings["motion"], interpolators)
    evaluation = _evaluate(methods, data, flow, settings)
    _write(evaluation, settings)
    if evaluation.failures:
        asked = len(evaluation.failures) + len(evaluation.records)
        raise InputError(f"{len(evaluation.failures)} of {asked} answers failed; see the table")


def _check(name: str, settings: dict[str, Any]) -> None:
    """Everything that can be refused before any work is done."""
    unknown = [x for x in _names(settings["measures"]) if x not in MEASURES]
    if unknown:
        raise UsageError(f"no measure {unknown[0]!r}; there are: {', '.join(MEASURES)}")
    from ..media.output import check_distinct, check_writable

    if settings["select_hardest"] is not None:
        settings["list_out"] = settings["list_out"] or Path(f"{name}-hardest.txt")
        check_distinct([("--list-out", settings["list_out"])], [settings["listed"]])
        check_writable(settings["list_out"], settings["overwrite"])
    results = [(f"--{key}", settings[f"{key}_out"]) for key in ("json", "csv", "report")]
    check_distinct(results, [settings["listed"], *map(paths.model_file, settings["models"])])
    for key in ("json_out", "csv_out", "report_out"):
        if settings[key] is not None:
            check_writable(settings[key], settings["overwrite"])


def _methods(settings: dict[str, Any]) -> tuple[list["Method"], list[Any]]:
    from ..evaluation.baselines import baseline
    from ..evaluation.methods import (
        CommandMethod,
        FunctionMethod,
        ModelMethod,
        unique_names,
    )

    others: list[Method] = [
        FunctionMethod(name, baseline(name)) for name in _names(settings["against"])
    ]
    others += [CommandMethod(text) for text in settings["commands"]]
    if settings["no_model"] and settings["models"]:
        raise UsageError("--no-model and --model exclude each other: give one of them")
    models = [] if settings["no_model"] else (settings["models"] or [None])
    if not models and not others:
        raise UsageError("--no-model leaves nothing to measure; add --against or --against-command")
    interpolators = [
        options.make_interpolator(model, settings["device"], settings["precision"])
        for model in models
    ]
    ours: list[Method] = [ModelMethod(_short(i.model), i) for i in interpolators]
    unique_names([*ours, *others])
    return [*ours, *others], interpolators


def _flow(motion: str, interpolators: list[Any]) -> "FlowEstimator | None":
    if motion == "none":
        return None
    if motion == "model" and interpolators:
        found: FlowEstimator = interpolators[0].flow
        return found
    from ..evaluation.baselines import dis_flow

    return dis_flow


def _evaluate(
    methods: list["Method"],
    data: "DataSet",
    flow: "FlowEstimator | None",
    settings: dict[str, Any],
) -> "Evaluation":
    from ..evaluation.perceptual import lpips_measure
    from ..evaluation.report.gallery import Gallery
    from ..evaluation.runner import evaluate

    measures = _names(settings["measures"])
    lpips, note = lpips_measure() if "lpips" in measures else (None, "")
    pictures = settings["report_pictures"] if settings["report_out"] else 0
    return evaluate(
        methods,
        data,
        measures,
        flow=flow,
        lpips=lpips,
        gallery=Gallery(pictures) if pictures else None,
        notes=[note] if note else [],
        progress=not settings["no_progress"],
    )


def _write(evaluation: "Evaluation", settings: dict[str, Any]) -> None:
    from ..evaluation.report.page import write_report
    from ..evaluation.report.tables import text_table, write_csv, write_json

    click.echo(text_table(evaluation))
    for key, write in (
        ("json_out", write_json),
        ("csv_out", write_csv),
        ("report_out", write_report),
    ):
        if settings[key] is not None:
            write(settings[key], evaluation, settings["overwrite"])
            click.echo(f"Wrote {settings[key]}", err=True)


def _select_hardest(name: str, data: "DataSet", settings: dict[str, Any]) -> None:
    from ..evaluation.motion import hardest
    from ..evaluation.report.tables import write_list
    from ..evaluation.runner import motions_of

    model = settings["models"][0] if settings["models"] else None
    wants_model = settings["motion"] == "model" and not settings["no_model"]
    interpolators = (
        [options.make_interpolator(model, settings["device"], settings["precision"])]
        if wants_model
        else []
    )
    flow = _flow("model" if interpolators else "dis", interpolators)
    assert flow is not None
    motions = motions_of(data, flow, progress=not settings["no_progress"])
    share = settings["select_hardest"]
    chosen = hardest(motions, share)
    by = f"model {_short(interpolators[0].model)}" if interpolators else "DIS"
    heading = f"{name}: the {share:g} of samples with the largest motion sufficiency, flow by {by}"
    write_list(settings["list_out"], chosen, heading, settings["overwrite"])
    click.echo("sample\tmotion px\tsufficiency px\tchosen")
    for sample, motion in motions.items():
        mark = "yes" if sample in set(chosen) else ""
        click.echo(f"{sample}\t{motion.magnitude:.2f}\t{motion.sufficiency:.2f}\t{mark}")
    click.echo(f"Wrote {settings['list_out']}", err=True)


def _spread(data: "DataSet", limit: int | None) -> "DataSet":
    if limit is None or limit >= len(data):
        return data
    names = data.names
    return data.only([names[number * len(names) // limit] for number in range(limit)])


def _times(text: str | None) -> list[Any] | None:
    if text is None:
        return None
    from ..timeline.rates import parse_number

    times = [parse_number(word) for word in _names(text)]
    if None in times:
        raise UsageError(f"--t {text}: give times as 1/4,1/2,3/4")
    return times


def _names(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _short(model: str) -> str:
    return Path(model).stem if model.endswith(".safetensors") else model


@click.command(SPEED)
@click.option(
    "--size", "sizes", multiple=True, default=["1920x1080"], show_default=True, metavar="WxH"
)
@click.option("--model", "models", multiple=True, metavar="NAME|FILE", help="May be repeated.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N, mps.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
    default="auto",
    show_default=True,
)
@click.option("--json", "json_out", type=options.OUT_FILE, help="Write everything as JSON.")
@options.overwrite
def speed(
    sizes: tuple[str, ...],
    models: tuple[str, ...],
    runs: int,
    device: str,
    precision: str,
    json_out: Path | None,
    overwrite: bool,
) -> None:
    """Time, operations and memory of a model, part by part.

    Against the machine's own measured matrix and copy rates, and against DIS flow by OpenCV, the
    yardstick that makes figures of two machines comparable.
    """
    wanted = [_size(text) for text in sizes]
    from ..evaluation.speed.measuring import as_document, measure_speed, speed_table
    from ..media.output import check_writable, replacing

    if json_out is not None:
        check_writable(json_out, overwrite)
    reports = []
    for model in models or (None,):
        interpolator = options.make_interpolator(model, device, precision)
        for width, height in wanted:
            report = measure_speed(interpolator, width, height, runs, _short(interpolator.model))
            click.echo(speed_table(report) + "\n")
            reports.append(as_document(report))
    if json_out is not None:
        import json

        with replacing(json_out, overwrite) as temporary:
            temporary.write_text(json.dumps(reports, indent=1) + "\n", "utf-8")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()) or min(int(width), int(height)) < 32:
        raise UsageError(f"--size {text}: give width x height of 32 or more, as 1920x1080")
    return int(width), int(height)
