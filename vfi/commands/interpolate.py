"""`vfi interpolate`: the pictures between two pictures."""

from pathlib import Path
from typing import Any

import click

from . import log, options, paths, streams


@click.command("interpolate")
@click.argument("pictures", nargs=-1, metavar="[ONE TWO]", type=options.PATH)
@click.option("--one", type=options.PATH, help="The first picture.")
@click.option("--two", type=options.PATH, help="The second picture.")
@click.option(
    "-o",
    "--out",
    type=options.OUT,
    help="A picture, or a folder (its name may end in /) for numbered pictures. "
    "[default: ONE-TWO.suffix of the first picture, in its folder]",
)
@click.option(
    "--time",
    "times",
    multiple=True,
    metavar="T",
    help="Where between the two, 0 to 1, as 0.25 or 1/3; several make a numbered sequence. "
    "[default: 0.5]",
)
@click.option(
    "--count",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="N pictures evenly spaced between the two, as a numbered sequence.",
)
@click.option(
    "--flow", "flow_out", type=options.OUT_FILE, help="Also write the flow ONE → TWO (.flo)."
)
@options.network
@options.overwrite
@log.logging
def command(
    pictures: tuple[Path, ...],
    one: Path | None,
    two: Path | None,
    out: str | None,
    times: tuple[str, ...],
    count: int | None,
    flow_out: Path | None,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
) -> None:
    """Make the picture half way between two pictures, or several.

    8- and 16-bit PNG, JPEG, TIFF, WebP, BMP, AVIF and EXR; grey and alpha come back as they came in
    (grey with alpha as RGBA).
    With several times the results are numbered: OUT-1.png, OUT-2.png, …; a folder holds them as
    frame_1.png, frame_2.png, …
    """
    one, two = paths.pair_of(pictures, one, two)
    if one is None or two is None:
        raise click.UsageError("give two pictures, ONE and TWO (or --one and --two)")
    from ..pair_job import PairJob, moments

    network: dict[str, Any] = {"model": model, "device": device, "precision": precision}
    job = PairJob(
        one, two, out, moments(times, count), flow_out=flow_out, overwrite=overwrite, **network
    )
    job.check()
    options.say_fallback(model, job.interpolator.model)
    log.details(job.facts())
    made = job.run()
    for note in made.notes:
        click.echo(f"Note: {note}", err=True)
    for path in made.places:
        streams.name_result(path)
