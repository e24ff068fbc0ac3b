"""`vfi batch`: every video and every folder of pictures below a folder."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..errors import ExistsError, InputError, OutputError, UsageError, VfiError
from ..stopping import look
from . import in_options, log, options, shortage_of, wishes, with_kept

if TYPE_CHECKING:
    from ..job import Job
    from ..media.options import EncodingOptions
    from ..naming import Found
    from ..planning import TimelineOptions
    from ..rendering.render import RenderOptions

    Wanted = tuple[TimelineOptions, EncodingOptions, RenderOptions]

NAMED = 10  # files that are passed over, and named


@click.command("batch")
@click.argument("folder", type=options.PATH)
@click.option("-o", "--out", type=options.PATH, required=True, help="The folder for the results.")
@options.retiming
@wishes.presets
@options.timeline
@options.look
@options.encoding
@options.network
@options.overwrite
@options.keeping
@options.sharing
@options.memory_limit
@options.quiet
@log.logging
@options.json_progress
def command(
    folder: Path,
    out: Path,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
    resume: bool,
    fresh: bool,
    workers: str | None,
    ray: str | None,
    memory_limit: str,
    yes: bool,
    quiet: bool,
    json_progress: bool,
    preset_for: str | None,
    preset_file: Path | None,
    **settings: Any,
) -> None:
    """Interpolate every video and every folder of pictures below FOLDER.

    The results lie in --out as the inputs lie in FOLDER. One failure does not stop the rest; a
    table tells how each went, and the exit code is 1 if any failed. Called again, it does what is
    left to do: a result that is there already is not made anew without --overwrite.
    """
    settings, model = wishes.wished(settings, model, preset_for, preset_file)
    wanted = options.options_of(settings)  # a wrong call is told before any work
    how: dict[str, Any] = {"overwrite": overwrite, "yes": yes, "fresh": fresh, "ray": ray}
    how["workers"] = _count(workers)
    how["memory_limit"] = _limit(memory_limit)
    found = _find(folder, out)
    tasks = _tasks(found.inputs, folder, out, wanted[1])
    interpolator = options.make_interpolator(model, device, precision)
    make = partial(_job_of, wanted, interpolator=interpolator, **how)
    rows = [
        Row(_name(path, folder), f"FAILED: {path} cannot be read: {why}")
        for path, why in found.unreadable.items()
    ]
    for number, (source, target) in enumerate(tasks, 1):
        look()
        name = _name(source, folder)
        if sys.stderr.isatty() and not quiet:
            click.echo(f"[{number}/{len(tasks)}] {name}", err=True)
        rows.append(Row(name, _outcome(name, partial(make, source, target), quiet, json_progress)))
    _print_table(sorted(rows))
    if not quiet:
        _summarise(rows, [_name(path, folder) for path in found.passed_over])
    if any(row.failed for row in rows):
        raise SystemExit(1)


def _count(workers: str | None) -> int | str | None:
    from ..rendering.hiring import parse_count

    return None if workers is None else parse_count(workers)


def _limit(memory_limit: str) -> int | str:
    from ..rendering.bounds import parse_limit

    return parse_limit(memory_limit)


class Row(NamedTuple):
    """How it went with one input."""

    name: str
    outcome: str

    @property
    def failed(self) -> bool:
        return self.outcome.startswith("FAILED")


def _find(folder: Path, out: Path) -> "Found":
    from ..naming import find_inputs

    if not folder.is_dir():
        raise InputError(f"{folder} is no folder")
    if out.resolve() == folder.resolve():
        raise UsageError(f"out {out} is the input folder itself; choose another", option="out")
    if out.exists() and not out.is_dir():
        raise OutputError(f"out {out} is a file; give a folder", option="out")
    found = find_inputs(folder, leave_out=out)
    if not found.inputs and not found.unreadable:
        raise InputError(f"{folder} holds no video and no folder of pictures")
    return found


def _tasks(
    inputs: list[Path], folder: Path, out: Path, encoding: "EncodingOptions"
) -> list[tuple[Path, Path]]:
    """Return the inputs and where their results go."""
    from ..media.output import check_distinct
    from ..naming import outputs_for

    targets = outputs_for(inputs, folder, out)
    check_distinct([("the result", target) for target in targets], inputs)
    _check_encoding(inputs, targets, encoding)
    return list(zip(inputs, targets, strict=True))


def _name(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _outcome(name: str, make: Callable[[], "Job"], quiet: bool, as_json: bool) -> str:
    """Interpolate one input; how it went."""
    try:
        with make() as job:
            try:
                job.check()
            except ExistsError:
                return "done before"
            log.details(job.facts())
            rendered = job.run(options.progress_of(quiet, name, as_json))
    except Exception as error:  # what nobody foresaw must not stop the rest either
        if os.environ.get("VFI_DEBUG"):
            raise
        return f"FAILED: {' '.join(with_kept(_said(error), error).split())}"
    for note in [] if quiet else rendered.notes:
        click.echo(f"Note: {name}: {note}", err=True)
    return f"{rendered.frames} frames"


def _print_table(rows: list[Row]) -> None:
    width = max(len(row.name) for row in rows)
    for row in rows:
        log.result(f"{row.name:<{width}}  {row.outcome}")


def _summarise(rows: list[Row], passed_over: list[str]) -> None:
    if passed_over:
        named = ", ".join(passed_over[:NAMED])
        more = f" and {len(passed_over) - NAMED} more" if len(passed_over) > NAMED else ""
        click.echo(f"Note: neither video nor a sequence, passed over: {named}{more}", err=True)
    failed = sum(row.failed for row in rows)
    before = sum(row.outcome == "done before" for row in rows)
    of_them = f", {before} of them before" if before else ""
    click.echo(f"{len(rows) - failed} of {len(rows)} done{of_them}", err=True)


def _said(error: Exception) -> str:
    short = shortage_of(error)
    if short is not None:
        return short
    if isinstance(error, VfiError):
        return in_options(error, click.get_current_context())
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def _check_encoding(inputs: list[Path], targets: list[Path], encoding: "EncodingOptions") -> None:
    """Raise UsageError if no result at all can be encoded like this: the call is wrong then."""
    from ..media.video.codecs import known_codec
    from ..media.video.encoding import resolve_encoder

    if encoding.codec is not None:
        known_codec(encoding.codec)
    refusals: list[UsageError] = []
    files = [path for source, path in zip(inputs, targets, strict=True) if not source.is_dir()]
    for path in files:
        try:
            resolve_encoder(path, encoding)
        except UsageError as refusal:
            refusals.append(refusal)
    if refusals and len(refusals) == len(files):
        raise refusals[0]


def _job_of(wanted: "Wanted", source: Path, target: Path, **how: Any) -> "Job":
    from ..job import Job

    timeline, encoding, rendering = wanted
    out = f"{target}{os.sep}" if source.is_dir() else target
    if not source.is_dir():
        timeline = replace(timeline, input_fps=None)
    target.parent.mkdir(parents=True, exist_ok=True)
    return Job(source, out, timeline, encoding, rendering, **how)
