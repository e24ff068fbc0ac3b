"""`vfi benchmark speed`."""

import json
from pathlib import Path

import click

from ..errors import UsageError
from . import log, options


@click.command("speed")
@click.option(
    "--size", "sizes", multiple=True, default=["1920x1080"], show_default=True, metavar="WxH"
)
@click.option(
    "-m", "--model", "models", multiple=True, metavar="NAME|FILE", help="May be repeated."
)
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True)
@options.device
@click.option("--json", "json_out", type=options.OUT_FILE, help="Write everything as JSON.")
@options.overwrite
@log.logging
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
        name = options.short_name(interpolator)
        for width, height in wanted:
            report = measure_speed(interpolator, width, height, runs, name)
            log.result(speed_table(report) + "\n")
            reports.append(as_document(report))
    if json_out is not None:
        with replacing(json_out, overwrite) as temporary:
            temporary.write_text(json.dumps(reports, indent=1) + "\n", "utf-8")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()) or min(int(width), int(height)) < 32:
        raise UsageError(f"--size {text}: give width x height of 32 or more, as 1920x1080")
    return int(width), int(height)
