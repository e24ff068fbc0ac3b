"""`vfi compare`: two videos shown together."""

from pathlib import Path
from typing import Any

import click

from . import log, options, streams


@click.command("compare")
@click.argument("one", metavar="A", type=options.PATH)
@click.argument("two", metavar="B", type=options.PATH)
@click.option(
    "-o",
    "--out",
    type=options.OUT_FILE,
    help="A video (.mp4, .mkv, .gif), a picture (.png) or a page (.html). [default: A-B.mp4]",
)
@click.option(
    "--how",
    default="side",
    show_default=True,
    metavar="HOW",
    help="side by side, split (left half, right half), difference (4 times) or blink (half a "
    "second each); a page has them all.",
)
@click.option(
    "--at",
    multiple=True,
    metavar="TIME",
    help="A moment that a picture or page shows; several times for several. [default: where both "
    "differ most, one of each sixth]",
)
@click.option("--start", metavar="TIME", help="Where to start: 90 or 1:30.5.")
@click.option("--end", metavar="TIME", help="Where to stop.")
@click.option(
    "--width",
    type=click.IntRange(16, 16384),
    help="Of each picture, in pixels. [default: that of A, reduced where it is large]",
)
@options.overwrite
@options.quiet
@log.logging
def command(
    one: Path, two: Path, out: Path | None, overwrite: bool, quiet: bool, **wishes: Any
) -> None:
    """Show two videos together: side by side, split, their difference, or blinking.

    They are lined up by time from the first frame of each, whatever their rates: every frame is
    shown from its own moment on. The end is that of the shorter one.
    """
    from ..viewing.compare import compare

    progress = options.progress_of(quiet)
    compared = compare(one, two, out, overwrite=overwrite, progress=progress, **wishes)
    if not quiet:
        for note in compared.notes:
            click.echo(f"Note: {note}", err=True)
        click.echo(compared.line, err=True)
    streams.name_result(compared.path)
