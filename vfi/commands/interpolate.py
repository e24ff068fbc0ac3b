"""`vfi interpolate`: the pictures between two pictures."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError, UsageError
from . import options, paths

if TYPE_CHECKING:
    from ..media.images import Picture


@click.command("interpolate")
@click.option("--one", type=options.PATH, required=True, help="The first picture.")
@click.option("--two", type=options.PATH, required=True, help="The second picture.")
@click.option(
    "--out",
    type=options.OUT_FILE,
    help="The result. [default: ONE-TWO.suffix of the first picture, in its folder]",
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
def command(
    one: Path,
    two: Path,
    out: Path | None,
    times: tuple[str, ...],
    count: int | None,
    flow_out: Path | None,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
) -> None:
    """Make the picture half way between two pictures, or several.

    8- and 16-bit PNG, JPEG, TIFF, WebP, BMP and EXR; grey and alpha come back as they came in
    (grey with alpha as RGBA).
    With several times the results are numbered: OUT-1.png, OUT-2.png, …
    """
    moments = _moments(times, count)
    from ..media.flow_files import check_flow_suffix, write_flow
    from ..media.images import check_image_suffix, only_first_note, read_image, write_pixels
    from ..media.output import check_distinct, check_writable, replacing

    picture_one, picture_two = read_image(one), read_image(two)
    targets = _targets(out or one.with_name(f"{one.stem}-{two.stem}{one.suffix}"), moments)
    outputs = [*(("--out", target) for target in targets), ("--flow", flow_out)]
    check_distinct(outputs, (one, two, paths.model_file(model)))
    for target in targets:
        check_image_suffix(target)
        check_writable(target, overwrite)
    if flow_out is not None:
        check_flow_suffix(flow_out)
        check_writable(flow_out, overwrite)
    interpolator = options.make_interpolator(model, device, precision)
    try:
        pair = interpolator.pair(picture_one.pixels, picture_two.pixels)
    except InputError as error:
        raise InputError(f"{one} and {two}: {error}") from error
    with ExitStack() as results:  # all of them are there in the end, or none
        for moment, target in zip(moments, targets, strict=True):
            temporary = results.enter_context(replacing(target, overwrite))
            write_pixels(temporary, pair.at(moment), like=picture_one)
        if flow_out is not None:
            write_flow(flow_out, pair.flows()[0], overwrite)
    for path, picture in ((one, picture_one), (two, picture_two)):
        if note := only_first_note(path, picture.count):
            click.echo(f"Note: {note}", err=True)
    lost = _lost(picture_one, targets[0].suffix.lower())
    if lost:
        click.echo(f"Note: {lost}", err=True)
    for target in targets:
        click.echo(target)


def _lost(picture: "Picture", suffix: str) -> str | None:
    """What the pictures had and files with this suffix cannot hold; None if that is nothing."""
    from ..media.images import convert_depth

    pixels = picture.pixels
    stored = convert_depth(pixels[:1, :1], suffix).dtype
    losses = []
    if stored.itemsize < pixels.dtype.itemsize:
        before = "floats" if pixels.dtype.kind == "f" else f"{8 * pixels.dtype.itemsize} bits"
        losses.append(f"{before} become {8 * stored.itemsize} bits")
    if suffix in (".jpg", ".jpeg") and pixels.ndim == 3 and pixels.shape[2] == 4:
        losses.append("the transparency is lost, the picture laid over black")
    if not losses:
        return None
    return f"{' and '.join(losses)}: {suffix} has no more; choose .png or .tif to keep them"


def _moments(times: tuple[str, ...], count: int | None) -> list[Fraction]:
    if times and count:
        raise UsageError("give either --time or --count, not both")
    if count:
        return [Fraction(number, count + 1) for number in range(1, count + 1)]
    return [_moment(text) for text in times] or [Fraction(1, 2)]


def _moment(text: str) -> Fraction:
    from ..timeline.rates import parse_number

    moment = parse_number(text.strip().removeprefix("-"))
    if moment is None:
        raise UsageError(f"--time {text} is no number; give 0 to 1, as 0.25 or 1/3")
    if moment > 1 or (text.strip().startswith("-") and moment):
        raise UsageError(f"--time {text} lies outside 0 to 1")
    return moment


def _targets(out: Path, moments: list[Fraction]) -> list[Path]:
    if len(moments) == 1:
        return [out]
    digits = len(str(len(moments)))
    return [
        out.with_name(f"{out.stem}-{number:0{digits}}{out.suffix}")
        for number in range(1, len(moments) + 1)
    ]
