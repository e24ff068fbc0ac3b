"""`vfi interpolate`: the pictures between two pictures."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, UsageError
from . import options, paths, streams

if TYPE_CHECKING:
    from ..media.pictures.images import Picture


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

    8- and 16-bit PNG, JPEG, TIFF, WebP, BMP and EXR; grey and alpha come back as they came in
    (grey with alpha as RGBA).
    With several times the results are numbered: OUT-1.png, OUT-2.png, …; a folder holds them as
    frame_1.png, frame_2.png, …
    """
    one, two = paths.pair_of(pictures, one, two)
    if one is None or two is None:
        raise click.UsageError("give two pictures, ONE and TWO (or --one and --two)")
    moments = _moments(times, count)
    from ..media.output import check_distinct, check_writable
    from ..media.pictures.flow_files import check_flow_suffix, write_flow
    from ..media.pictures.images import only_first_note, read_image

    picture_one, picture_two = read_image(one), read_image(two)
    results = _results(out, one, two, len(moments))
    outputs = [*(("--out", path) for path in results.places), ("--flow", flow_out)]
    check_distinct(outputs, (one, two, paths.model_file(model)))
    results.check(overwrite)
    if flow_out is not None:
        check_flow_suffix(flow_out)
        check_writable(flow_out, overwrite)
    interpolator = options.make_interpolator(model, device, precision)
    try:
        pair = interpolator.pair(picture_one.pixels, picture_two.pixels)
    except InputError as error:
        raise InputError(f"{one} and {two}: {error}") from error
    with results.written(picture_one, overwrite) as write:
        for moment in moments:
            write(pair.at(moment))
        if flow_out is not None:
            write_flow(flow_out, pair.flows()[0], overwrite)
    for path, picture in ((one, picture_one), (two, picture_two)):
        if note := only_first_note(path, picture.count):
            click.echo(f"Note: {note}", err=True)
    lost = _lost(picture_one, results.suffix)
    if lost:
        click.echo(f"Note: {lost}", err=True)
    for path in results.places:
        streams.name_result(path)


class _Files:
    """Results that are one picture, or several beside each other."""

    def __init__(self, out: Path, count: int) -> None:
        self.places, self.suffix = _numbered(out, count), out.suffix.lower()

    def check(self, overwrite: bool) -> None:
        from ..media.output import check_writable
        from ..media.pictures.images import check_image_suffix

        for place in self.places:
            check_image_suffix(place)
            check_writable(place, overwrite)

    @contextmanager
    def written(self, like: "Picture", overwrite: bool) -> Iterator[Callable[[Any], None]]:
        """Takes the pictures, one after the other; all of them are there in the end, or none."""
        from ..media.output import replacing
        from ..media.pictures.images import write_pixels

        with ExitStack() as stack:
            places = iter(self.places)

            def write(pixels: Any) -> None:
                temporary = stack.enter_context(replacing(next(places), overwrite))
                write_pixels(temporary, pixels, like=like)

            yield write


class _Folder:
    """Results that are the numbered pictures of a folder, as `vfi video` writes them."""

    def __init__(self, folder: Path, suffix: str, count: int) -> None:
        self.places, self.suffix, self._count = [folder], suffix, count

    def check(self, overwrite: bool) -> None:
        from ..media.output import check_picture_folder, numbered
        from ..media.pictures.images import check_image_suffix

        check_image_suffix(f"a{self.suffix}")
        check_picture_folder(self.places[0], numbered(self.suffix), overwrite)

    @contextmanager
    def written(self, like: "Picture", overwrite: bool) -> Iterator[Callable[[Any], None]]:
        """Takes the pictures, one after the other; all of them are there in the end, or none."""
        from ..media.pictures.sequence_writer import SequenceWriter

        with SequenceWriter(
            self.places[0], self._count, self.suffix, like_picture=like, overwrite=overwrite
        ) as writer:
            yield lambda pixels: writer.write(pixels, Fraction(0))


def _results(out: str | None, one: Path, two: Path, count: int) -> _Files | _Folder:
    """Where the pictures go: what `vfi video` takes for a folder is one here, too."""
    from ..destination import is_folder
    from ..media.pictures.sequences import lossless_suffix

    if out is not None and is_folder(out, of_pictures=True):
        return _Folder(Path(out), lossless_suffix(one), count)
    return _Files(Path(out or one.with_name(f"{one.stem}-{two.stem}{one.suffix}")), count)


def _lost(picture: "Picture", suffix: str) -> str | None:
    """What the pictures had and files with this suffix cannot hold; None if that is nothing."""
    from ..media.pictures.images import convert_depth

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


def _numbered(out: Path, count: int) -> list[Path]:
    if count == 1:
        return [out]
    digits = len(str(count))
    return [
        out.with_name(f"{out.stem}-{number:0{digits}}{out.suffix}")
        for number in range(1, count + 1)
    ]
