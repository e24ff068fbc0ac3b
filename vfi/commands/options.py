"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .paths import OUT as OUT
from .paths import OUT_FILE as OUT_FILE
from .paths import PATH as PATH

Command = TypeVar("Command", bound=Callable[..., Any])

overwrite = click.option("--overwrite", is_flag=True, help="Replace what is there.")


threshold = click.option(
    "--threshold",
    default="0",
    show_default=True,
    metavar="N|auto",
    help="Drawings held over several frames: a frame is new when at least N pixels differ from "
    "the last new one; 0 keeps every frame, auto finds the rhythm by itself.",
)
tolerance = click.option(
    "--tolerance",
    type=click.FloatRange(0, 255),
    help="8-bit levels by which a pixel may move and still count as the same. [default: 8]",
)


scene_threshold = click.option(
    "--scene-threshold",
    type=click.FloatRange(0, 255),
    help="How much changes at a cut (PySceneDetect's content value); 0 looks for none. "
    "[default: 15]",
)


def network(command: Command) -> Command:
    """--model, --device and --precision."""
    for option in (
        click.option(
            "--precision",
            type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
            default="auto",
            show_default=True,
            help="What the network computes in; auto is fp16 on CUDA, fp32 elsewhere.",
        ),
        click.option(
            "--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps."
        ),
        click.option(
            "--model",
            metavar="NAME|FILE",
            help="A model (see `vfi weights list`) or a .safetensors file.",
        ),
    ):
        command = option(command)
    return command


def make_interpolator(model: str | None, device: str, precision: str) -> Any:
    """The interpolator that was asked for; says so on stderr when it falls back."""
    from .. import weights
    from ..interpolator import Interpolator

    interpolator = Interpolator(model, device, precision)
    if model is None and interpolator.model == weights.FALLBACK:
        click.echo(
            f"Note: no trained weights are installed; using the model {weights.FALLBACK!r} "
            "(classical flow and splatting, no network).",
            err=True,
        )
    return interpolator


def pace(command: Command) -> Command:
    """--fps, --target-fps, --slow."""
    for option in (
        click.option(
            "--slow",
            metavar="N",
            help="Slow motion: the same frame rate, N times as long, sound stretched.",
        ),
        click.option(
            "--target-fps",
            metavar="RATE",
            help="Frames a second of the output: 60, 60000/1001, 23.976 (= 24000/1001).",
        ),
        click.option(
            "--fps",
            metavar="N",
            help="Multiply the frame rate by N: 2, 3, 2.5 or 5/2. [default: 2]",
        ),
    ):
        command = option(command)
    return command


def timeline(command: Command) -> Command:
    """Which part is shown, and what happens at its ends and cuts."""
    for option in (
        click.option("--input-fps", metavar="RATE", help="The rate of a folder of pictures. [25]"),
        click.option(
            "--scenes",
            type=PATH,
            help="A list of cuts (.txt, .csv, .json: frame numbers or times); none are looked for.",
        ),
        scene_threshold,
        tolerance,
        threshold,
        click.option("--max-hold", metavar="SECONDS", help="Longer holds are pauses and stay."),
        click.option(
            "--at-cut",
            type=click.Choice(["hold", "blend", "nearest"]),
            default="hold",
            show_default=True,
            help="What is shown between the last frame of a scene and the first of the next.",
        ),
        click.option("--loop", is_flag=True, help="Turn the last frame into the first."),
        click.option("--seconds", metavar="SECONDS", help="How much of the input."),
        click.option("--end", metavar="TIME", help="Where in the input to stop."),
        click.option("--start", metavar="TIME", help="Where in the input to start: 90 or 1:30.5."),
    ):
        command = option(command)
    return command


def look(command: Command) -> Command:
    """What is done to pictures besides interpolating them."""
    for option in (
        click.option(
            "--shutter", metavar="DEGREES", help="Motion blur as of a shutter open that long: 180."
        ),
        click.option(
            "--mask", type=PATH, help="A picture: where it is white, the source is left alone."
        ),
        click.option(
            "--still",
            type=click.FloatRange(0, 255),
            help="8-bit levels within which both frames agree where nothing moves (subtitles, "
            "logos); there the source is used. 0: leave it to the network. [default: 1.5]",
        ),
        click.option("--height", type=click.IntRange(2, 16384), help="Height of the output."),
        click.option(
            "--width",
            type=click.IntRange(2, 16384),
            help="Width of the output; the shape is kept unless both are given.",
        ),
    ):
        command = option(command)
    return command


def look_of(settings: dict[str, Any], width: int, height: int) -> Any:
    """The look that a command's settings ask for, of frames of this size.

    Raises:
        UsageError, InputError: the shutter angle or the mask cannot be used.
    """
    from ..render import Look

    size = _size_of(settings["width"], settings["height"], width, height)
    shutter = shutter_of(settings)
    mask = None if settings["mask"] is None else _mask(settings["mask"], size or (width, height))
    return Look(size=size, mask=mask, shutter=shutter, **given(settings, "still"))


def shutter_of(settings: dict[str, Any]) -> Any:
    """The shutter angle, a fraction in degrees, or None.

    Raises:
        UsageError: it is no angle above 0 and up to 360.
    """
    from ..errors import UsageError
    from ..timeline.rates import parse_number

    if settings["shutter"] is None:
        return None
    angle = parse_number(settings["shutter"].strip())
    if angle is None or not 0 < angle <= 360:
        raise UsageError(f"--shutter {settings['shutter']}: give degrees, above 0 to 360")
    return angle


def _size_of(
    wanted_width: int | None, wanted_height: int | None, width: int, height: int
) -> tuple[int, int] | None:
    if wanted_width is None and wanted_height is None:
        return None
    if wanted_width is None:
        wanted_width = max(2, 2 * round(width * (wanted_height or 0) / height / 2))
    if wanted_height is None:
        wanted_height = max(2, 2 * round(height * wanted_width / width / 2))
    return wanted_width, wanted_height


def _mask(path: Path, size: tuple[int, int]) -> Any:
    """The mask (H, W), which must have the size of the frames."""
    from ..errors import InputError
    from ..media.images import read_image

    mask = read_image(path).pixels
    if mask.ndim == 3:
        mask = mask[..., :3].max(axis=2)
    if (mask.shape[1], mask.shape[0]) != size:
        raise InputError(
            f"{path} is {mask.shape[1]}x{mask.shape[0]}, the frames are {size[0]}x{size[1]}; "
            "a mask has the size of the frames"
        )
    return mask


def encoding(command: Command) -> Command:
    """How a video file is written."""
    for option in (
        click.option("--mute", is_flag=True, help="Leave the sound out."),
        click.option("--preset", help="The encoder's preset, such as slow or fast."),
        click.option(
            "--quality", type=int, help="The encoder's scale (crf), lower is better. [H.264: 16]"
        ),
        click.option("--codec", help="h264 (default), h265, av1, vp9, prores, ffv1."),
    ):
        command = option(command)
    return command


def encoding_of(settings: dict[str, Any]) -> dict[str, Any]:
    """The encoding options among a command's settings."""
    return {name: settings[name] for name in ("codec", "quality", "preset", "mute")}


def planning_of(settings: dict[str, Any]) -> Any:
    """The timeline that a command's settings ask for.

    Raises:
        UsageError: one of them cannot be understood, or two exclude each other.
    """
    from ..planning import Planning
    from ..timeline.analysis import parse_threshold
    from ..timeline.rates import parse_rate, parse_time

    def time(name: str, option: str) -> Any:
        return None if settings[name] is None else parse_time(settings[name], option)

    rate = settings["input_fps"]
    return Planning(
        pace=_pace_of(settings),
        input_rate=None if rate is None else parse_rate(rate, "--input-fps"),
        start=time("start", "--start"),
        stop=time("end", "--end"),
        seconds=time("seconds", "--seconds"),
        loop=settings["loop"],
        at_cut=settings["at_cut"],
        max_hold=time("max_hold", "--max-hold"),
        threshold=parse_threshold(settings["threshold"]),
        scenes=settings["scenes"],
        **given(settings, "tolerance", "scene_threshold"),
    )


def given(settings: dict[str, Any], *names: str) -> dict[str, Any]:
    """The named settings that were given; for the others the library has its own defaults."""
    return {name: settings[name] for name in names if settings[name] is not None}


def _pace_of(settings: dict[str, Any]) -> Any:
    from ..errors import UsageError
    from ..timeline.pace import Multiply, Slow, TargetRate
    from ..timeline.rates import parse_factor, parse_rate

    fps, target, slow = settings["fps"], settings["target_fps"], settings["slow"]
    if fps is not None and target is not None:
        raise UsageError("give either --fps (a multiple) or --target-fps (a rate), not both")
    rate: Multiply | TargetRate | None = None
    if target is not None:
        rate = TargetRate(parse_rate(target))
    elif fps is not None:
        rate = Multiply(parse_factor(fps))
    if slow is not None:
        return Slow(parse_factor(slow, "--slow"), rate)
    return rate or Multiply(2)
