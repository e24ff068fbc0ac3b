"""`vfi splat`: the splatting modes side by side over time."""

from pathlib import Path
from typing import Any

import click

from ..errors import InputError, UsageError
from . import options, paths, streams


@click.command("splat")
@click.option("--one", type=options.PATH, required=True, help="The picture that is splatted.")
@click.option("--two", type=options.PATH, help="Where it goes: for the flow and the importance.")
@click.option("--flow", "given", type=options.PATH, help="Its flow. [estimated from --two]")
@click.option(
    "--modes",
    default="sum,avg,linear,soft",
    show_default=True,
    metavar="NAMES",
    help="Which ones, with commas.",
)
@click.option(
    "--steps", type=click.IntRange(2, 1000), default=11, show_default=True, help="Times, 0 to 1."
)
@click.option(
    "--importance",
    type=click.Choice(["photometric", "motion"]),
    help="What decides who is in front: brightness constancy (needs --two), or the longer motion. "
    "[default: photometric with --two]",
)
@click.option(
    "--alpha",
    type=options.NUMBER,
    default=20.0,
    show_default=True,
    help="Z = -alpha x error, for soft.",
)
@click.option(
    "--cell-width", type=click.IntRange(16), help="Pixels. [200 in a picture, 480 in a video]"
)
@click.option(
    "-o",
    "--out",
    type=options.OUT_FILE,
    required=True,
    help="A picture (one row a mode, one column a time), or .gif, .mp4 (over time).",
)
@options.network
@options.overwrite
def command(
    one: Path,
    two: Path | None,
    given: Path | None,
    modes: str,
    steps: int,
    importance: str | None,
    alpha: float,
    cell_width: int | None,
    out: Path,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
) -> None:
    """Draw what summation, average, linear and softmax splatting make of a picture.

    The published comparison (Niklaus and Liu, CVPR 2020, figure 3) for pictures of your own. What
    nothing lands on is black.
    """
    chosen = _modes(modes)
    if two is None and given is None:
        raise UsageError("give --two, to estimate the flow to it, or the flow itself with --flow")
    if importance == "photometric" and two is None:
        raise UsageError("--importance photometric needs --two; use --importance motion")
    from ..figures.splat_figure import write_figure
    from ..media.containers import SUFFIXES
    from ..media.output import check_distinct, check_writable
    from ..media.pictures.images import check_image_suffix

    check_distinct([("--out", out)], (one, two, given, paths.model_file(model)))
    if out.suffix.lower() not in SUFFIXES:
        check_image_suffix(out)
    check_writable(out, overwrite)
    splatting = _splatting(one, two, given, importance, (model, device, precision))
    write_figure(out, splatting, chosen, steps, alpha, cell_width, overwrite)
    streams.name_result(out)


def _modes(text: str) -> list[str]:
    """Return the modes, checked here so that nothing is estimated in vain."""
    known = ("sum", "avg", "linear", "soft")
    chosen = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in chosen if word not in known]
    if unknown or not chosen:
        what = f"no splatting mode {unknown[0]!r}" if unknown else "--modes is empty"
        raise UsageError(f"{what}; there are: {', '.join(known)}")
    return chosen


def _splatting(
    one: Path,
    two: Path | None,
    given: Path | None,
    importance: str | None,
    network: tuple[str | None, str, str],
) -> Any:
    from ..evaluation.datasets.pictures import read_rgb
    from ..figures.splat_figure import by_motion, photometric
    from ..media.pictures.flow_files import read_flow

    first = read_rgb(one)
    second = None if two is None else read_rgb(two)
    if second is not None and second.shape != first.shape:
        raise InputError(f"{one} and {two} differ in size")
    if given is not None:
        flow = read_flow(given)
        if flow.shape[:2] != first.shape[:2]:
            raise InputError(
                f"{given} is {flow.shape[1]}x{flow.shape[0]}, {one} is "
                f"{first.shape[1]}x{first.shape[0]}"
            )
    else:
        flow = options.make_interpolator(*network).flow(first, second)
    if second is None or importance == "motion":
        return by_motion(first, flow)
    return photometric(first, second, flow)
