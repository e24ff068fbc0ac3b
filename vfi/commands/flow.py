"""`vfi flow`: optical flow as a file, and to look at."""

from pathlib import Path
from typing import Any

import click

from ..errors import InputError, UsageError
from . import options, paths, streams


@click.command("flow")
@click.argument("pictures", nargs=-1, metavar="[ONE TWO]", type=options.PATH)
@click.option("--one", type=options.PATH, help="The first picture.")
@click.option("--two", type=options.PATH, help="The second picture.")
@click.option("--flow", "given", type=options.PATH, help="Show this .flo, .png or .npz instead.")
@click.option(
    "-o",
    "--out",
    type=options.OUT_FILE,
    help="The flow: .flo, .png (KITTI, 16 bits) or .npz. "
    "[default: ONE-TWO.flo, unless --show is given]",
)
@click.option("--backward", is_flag=True, help="The flow from two to one instead.")
@click.option(
    "--show",
    type=click.Choice(["wheel", "arrows"]),
    help="Also draw it: in the colours of the Middlebury wheel, or as arrows on the picture.",
)
@click.option(
    "--picture",
    type=options.OUT_FILE,
    help="The drawing. [default: ONE-TWO-flow.png, or FLOW's name]",
)
@click.option(
    "--occlusion",
    is_flag=True,
    help="Find what is hidden in the other picture (there and back do not agree): darker in the "
    "drawing, white in a mask NAME-occlusion.png beside the drawing or the flow.",
)
@click.option(
    "--largest", type=options.NUMBER, metavar="PX", help="The length drawn in full colour."
)
@options.network
@options.overwrite
def command(
    pictures: tuple[Path, ...],
    one: Path | None,
    two: Path | None,
    given: Path | None,
    out: Path | None,
    backward: bool,
    show: str | None,
    picture: Path | None,
    occlusion: bool,
    largest: float | None,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
) -> None:
    """Estimate optical flow from one picture to another, write it and draw it.

    The flow is in pixels, x to the right, y down, and takes a pixel of the first picture to its
    place in the second. What it writes it names on stdout; statistics go to stderr.
    """
    one, two = paths.pair_of(pictures, one, two)
    _check(one, two, given, show, picture, occlusion, backward)
    stem = given.with_suffix("") if given else _pair_name(one, two, backward)
    if out is None and show is None and not given:
        out = stem.with_name(f"{stem.name}.flo")
    drawing = (picture or stem.with_name(f"{stem.name}-flow.png")) if show else None
    beside = drawing or out or stem
    mask_path = beside.with_name(f"{beside.stem}-occlusion.png") if occlusion else None
    from ..media.output import check_distinct, check_writable
    from ..media.pictures.flow_files import check_flow_suffix

    check_distinct(
        (("--out", out), ("--picture", drawing), ("--occlusion", mask_path)),
        (one, two, given, paths.model_file(model)),
    )
    if out is not None:
        check_flow_suffix(out)
    for target in (out, drawing, mask_path):
        if target is not None:
            check_writable(target, overwrite)
    flow, back = _flows(one, two, given, backward, (model, device, precision))
    mask = _mask(flow, back) if occlusion else None
    _report(flow, mask)
    if out is not None:
        from ..media.pictures.flow_files import write_flow

        write_flow(out, flow, overwrite)
        streams.name_result(out)
    if drawing is not None:
        _draw(drawing, flow, two if backward else one, mask, show, largest, overwrite)
        streams.name_result(drawing)
    if mask_path is not None:
        _write_mask(mask_path, mask, overwrite)
        streams.name_result(mask_path)


def _check(
    one: Path | None,
    two: Path | None,
    given: Path | None,
    show: str | None,
    picture: Path | None,
    occlusion: bool,
    backward: bool,
) -> None:
    if given is None and (one is None or two is None):
        raise UsageError("give two pictures, ONE and TWO, or a flow that is there with --flow")
    if given is not None and (two is not None or occlusion or backward):
        raise UsageError("--flow shows one flow: leave out --two, --occlusion and --backward")
    if given is not None and show == "arrows" and one is None:
        raise UsageError("--show arrows needs --one, the picture that the arrows lie on")
    if picture is not None and show is None:
        raise UsageError("--picture needs --show wheel or --show arrows")


def _pair_name(one: Path | None, two: Path | None, backward: bool) -> Path:
    assert one is not None
    assert two is not None
    first, second = (two, one) if backward else (one, two)
    return one.with_name(f"{first.stem}-{second.stem}")


def _flows(
    one: Path | None,
    two: Path | None,
    given: Path | None,
    backward: bool,
    network: tuple[str | None, str, str],
) -> tuple[Any, Any]:
    """Return the flow, and the one back where it is estimated."""
    if given is not None:
        from ..media.pictures.flow_files import read_flow

        return read_flow(given), None
    from ..media.pictures.images import read_image

    assert one is not None
    assert two is not None
    first, second = read_image(one).pixels, read_image(two).pixels
    interpolator = options.make_interpolator(*network)
    try:
        there, back = interpolator.flows(first, second)
    except InputError as error:
        raise InputError(f"{one} and {two}: {error}") from error
    return (back, there) if backward else (there, back)


def _mask(flow: Any, back: Any) -> Any:
    from ..figures.flow_colours import occluded

    return occluded(flow, back)


def _report(flow: Any, mask: Any) -> None:
    from ..evaluation.motion import motion_of

    motion = motion_of(flow)
    text = (
        f"{flow.shape[1]}x{flow.shape[0]}, mean motion {motion.magnitude:.2f} px, the fastest "
        f"5 % move {motion.sufficiency:.2f} px or more"
    )
    click.echo(text if mask is None else f"{text}, {mask.mean():.1%} occluded", err=True)


def _draw(
    path: Path,
    flow: Any,
    source: Path | None,
    mask: Any,
    show: str | None,
    largest: float | None,
    overwrite: bool,
) -> None:
    from ..evaluation.datasets.pictures import read_rgb
    from ..figures import flow_colours
    from ..media.pictures.images import write_image

    if show == "arrows":
        assert source is not None
        drawing = flow_colours.with_arrows(read_rgb(source), flow)
    else:
        drawing = flow_colours.flow_to_colours(flow, largest)
    if mask is not None:
        drawing = flow_colours.with_occlusion(drawing, mask)
    reach = flow_colours.largest_shown(flow, largest)
    write_image(path, flow_colours.with_legend(drawing, reach), overwrite=overwrite)


def _write_mask(path: Path, mask: Any, overwrite: bool) -> None:
    from ..media.pictures.images import write_image

    write_image(path, mask.astype("uint8") * 255, overwrite=overwrite)
