"""`vfi batch`: every video and every folder of pictures below a folder."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, OutputError, UsageError, VfiError
from . import in_options, options

if TYPE_CHECKING:
    from ..media.options import EncodingOptions
    from ..planning import TimelineOptions
    from ..render import PairMaker, RenderOptions


@click.command("batch")
@click.argument("folder", type=options.PATH)
@click.option("--out", type=options.PATH, required=True, help="The folder for the results.")
@options.pace
@options.timeline
@options.look
@options.encoding
@options.network
@options.overwrite
def command(
    folder: Path,
    out: Path,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
    **settings: Any,
) -> None:
    """Interpolate every video and every folder of pictures below FOLDER.

    The results lie in --out as the inputs lie in FOLDER. One failure does not stop the rest; a
    table tells how each went, and the exit code is 1 if any failed.
    """
    from ..media.output import check_distinct
    from ..naming import find_inputs, outputs_for

    wanted = options.options_of(settings)  # a wrong call is told before any work
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder")
    if out.resolve() == folder.resolve():
        raise UsageError(f"--out {out} is the input folder itself; choose another")
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out {out} is a file; give a folder")
    inputs = find_inputs(folder, leave_out=out)
    if not inputs:
        raise InputError(f"{folder} holds no video and no folder of pictures")
    targets = outputs_for(inputs, folder, out)
    check_distinct([("the result", target) for target in targets], inputs)
    _check_encoding(inputs, targets, wanted[1])
    interpolator = options.make_interpolator(model, device, precision)
    rows: list[tuple[str, str]] = []
    failed = 0
    for number, (source, target) in enumerate(zip(inputs, targets, strict=True), 1):
        name = str(source.relative_to(folder))
        if sys.stderr.isatty():
            click.echo(f"[{number}/{len(inputs)}] {name}", err=True)
        try:
            frames = _one(source, target, wanted, interpolator, overwrite)
            rows.append((name, f"{frames} frames"))
        except Exception as error:  # what nobody foresaw must not stop the rest either
            if os.environ.get("VFI_DEBUG"):
                raise
            failed += 1
            kind = "" if isinstance(error, VfiError | OSError) else f"{type(error).__name__}: "
            rows.append((name, f"FAILED: {kind}{' '.join(_said(error).split())}"))
    width = max(len(name) for name, _ in rows)
    for name, result in rows:
        click.echo(f"{name:<{width}}  {result}")
    click.echo(f"{len(rows) - failed} of {len(rows)} done", err=True)
    if failed:
        raise SystemExit(1)


def _said(error: Exception) -> str:
    if isinstance(error, VfiError):
        return in_options(error, click.get_current_context())
    return str(error)


def _check_encoding(inputs: list[Path], targets: list[Path], encoding: "EncodingOptions") -> None:
    """Raise UsageError if no result at all can be encoded like this: the call is wrong then."""
    from ..media.codecs import choose_codec, container_of, known_codec
    from ..media.encoding import check_scale

    if encoding.codec is not None:
        known_codec(encoding.codec)
    refusals: list[UsageError] = []
    files = [path for source, path in zip(inputs, targets, strict=True) if not source.is_dir()]
    for path in files:
        try:
            chosen = choose_codec(encoding.codec, container_of(path.suffix, path))[1]
            check_scale(chosen, encoding.quality, encoding.preset)
        except UsageError as refusal:
            refusals.append(refusal)
    if refusals and len(refusals) == len(files):
        raise refusals[0]


def _one(
    source: Path,
    path: Path,
    wanted: "tuple[TimelineOptions, EncodingOptions, RenderOptions]",
    interpolator: "PairMaker",
    overwrite: bool,
) -> int:
    """Interpolate one input; the number of frames written."""
    from ..job import Job

    timeline, encoding, rendering = wanted
    out = f"{path}{os.sep}" if source.is_dir() else path
    if not source.is_dir():
        timeline = replace(timeline, input_fps=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    job = Job(source, out, timeline, encoding, rendering, interpolator, overwrite)
    return job.run(progress=sys.stderr.isatty()).frames
