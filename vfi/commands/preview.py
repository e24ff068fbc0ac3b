"""`vfi preview`: a few moments of a video as one page, before a long run."""

from pathlib import Path
from typing import Any

import click

from . import log, options, streams


@click.command("preview")
@click.argument("source", metavar="INPUT", type=options.PATH)
@click.option("-o", "--out", type=options.OUT_FILE, help="The page. [default: INPUT_preview.html]")
@click.option(
    "--each",
    type=click.IntRange(1, 20),
    default=2,
    show_default=True,
    help="Moments of each kind: largest motion, near a cut, thin things that move.",
)
@options.retiming
@options.timeline
@options.look
@options.network
@options.overwrite
@options.quiet
@log.logging
def command(
    source: Path,
    out: Path | None,
    each: int,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
    yes: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Render the moments of INPUT that matter as one HTML page, and say how long all will take.

    Each moment has a slider between hold, blend and result. The options are those of `vfi video`.
    """
    from ..job import Job
    from ..progress import in_words
    from ..viewing.preview import preview

    job = Job(
        source,
        None,
        *options.options_of(settings),
        model=model,
        device=device,
        precision=precision,
        yes=yes,
    )
    if not quiet:
        options.say_fallback(model, job.model)
    log.details(job.facts())
    made = preview(job, out, each, overwrite, options.progress_of(quiet))
    if not quiet:
        for note in job.notes:
            click.echo(f"Note: {note}", err=True)
        click.echo(
            f"{len(made.moments)} moments; all of it will take about {in_words(made.seconds)} "
            f"with {job.model} for what is interpolated",
            err=True,
        )
    streams.name_result(made.path)
