"""Options that several commands share."""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..memory import check_address_space
from .paths import OUT as OUT
from .paths import OUT_FILE as OUT_FILE
from .paths import OUT_OR_PIPE as OUT_OR_PIPE
from .paths import PATH as PATH
from .paths import SOURCE as SOURCE

if TYPE_CHECKING:
    from ..media.options import EncodingOptions
    from ..planning import TimelineOptions
    from ..progress import Observer
    from ..rendering.render import RenderOptions

Command = TypeVar("Command", bound=Callable[..., Any])


class Number(click.types.FloatParamType):
    """A finite number: "inf" is none, nor is "nan", which compares with no bound of a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _finite(super().convert(value, param, ctx), self, param, ctx)


class NumberRange(click.FloatRange):
    """A finite number in a range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return _finite(super().convert(value, param, ctx), self, param, ctx)


def _finite(number: float, kind: Any, *place: Any) -> float:
    if not math.isfinite(number):
        kind.fail(f"{number} is no finite number", *place)
    return number


NUMBER = Number()

overwrite = click.option("--overwrite", is_flag=True, help="Replace what is there.")


def _both(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    if value and ctx.params.get("resume"):
        raise click.UsageError("--resume and --fresh exclude each other: give one, not both")
    return value


def keeping(command: Command) -> Command:
    """--resume and --fresh."""
    for option in (
        click.option(
            "--fresh",
            is_flag=True,
            callback=_both,
            help="Throw away what an interrupted run has left, and begin anew.",
        ),
        click.option(
            "--resume",
            is_flag=True,
            is_eager=True,
            help="Go on with what an interrupted run has left. That is done without this word, "
            "too; what was made in another way is refused.",
        ),
    ):
        command = option(command)
    return command


def sharing(command: Command) -> Command:
    """--workers and --ray."""
    for option in (
        click.option(
            "--ray",
            metavar="auto|ADDRESS",
            help="Have it made on a Ray cluster, HOST:PORT; auto finds it.",
        ),
        click.option(
            "--workers",
            metavar="N|auto",
            help="Processes that make a video of more than a few seconds; auto is what suits the "
            "machine. The result is the same. [default: 1; auto with --ray]",
        ),
    ):
        command = option(command)
    return command


memory_limit = click.option(
    "--memory-limit",
    default="auto",
    show_default=True,
    metavar="SIZE|auto",
    help="Memory to keep within, such as 8GB; auto is what the machine or the container has left.",
)


quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing on stderr but errors.")


json_progress = click.option(
    "--json-progress", is_flag=True, help="Say on stderr once a second, in JSON, how far it is."
)


def progress_of(quiet: bool, name: str = "", as_json: bool = False) -> "Observer | bool":
    """Return how progress is shown: a bar on a terminal, a line now and then in a log; not at all.

    Args:
        name: of what is worked on, for the log of several.
        as_json: as lines for programs, also where nothing else is said.
    """
    from ..progress import JsonLines, Lines

    if as_json:
        facts = {"name": name} if name else {}
        return JsonLines(lambda line: click.echo(line, err=True), **facts)
    if quiet or sys.stderr.isatty():
        return not quiet
    place = f"{name}: " if name else ""
    return Lines(lambda line: click.echo(f"{place}{line}", err=True))


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
    type=float,
    help="8-bit levels by which a pixel may move and still count as the same. [default: 8]",
)


scene_threshold = click.option(
    "--scene-threshold",
    type=float,
    help="How much changes at a cut (PySceneDetect's content value); 0 looks for none. "
    "[default: 15]",
)


def _with_room(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Whoever asks for a device will load PyTorch, which ends the process where it has no room."""
    check_address_space()
    return value


def device(command: Command) -> Command:
    """--device and --precision."""
    for option in (
        click.option(
            "--precision",
            default="auto",
            show_default=True,
            help="What the network computes in: fp32, bf16, fp16; auto is fp16 on CUDA, "
            "bf16 on a CPU that is faster with it, else fp32.",
        ),
        click.option(
            "--device",
            default="auto",
            show_default=True,
            help="auto, cpu, cuda, cuda:N or mps.",
            callback=_with_room,
        ),
    ):
        command = option(command)
    return command


def network(command: Command) -> Command:
    """--model, --device and --precision."""
    return click.option(
        "-m",
        "--model",
        metavar="NAME|FILE",
        help="A model (see `vfi weights list`) or a .safetensors file.",
    )(device(command))


def make_interpolator(model: str | None, device: str, precision: str) -> Any:
    """Return the interpolator that was asked for; says so on stderr when it falls back."""
    from ..interpolator import Interpolator

    interpolator = Interpolator(model, device, precision)
    say_fallback(model, interpolator.model)
    return interpolator


def say_fallback(asked: str | None, used: str) -> None:
    """Say so on stderr if the model that is used is only the one that is left."""
    from .. import model_files as weights

    if asked is None and used == weights.FALLBACK:
        click.echo(
            f"Note: no trained weights are installed; using the model {weights.FALLBACK!r} "
            "(classical flow and splatting, no network).",
            err=True,
        )


def short_name(interpolator: Any) -> str:
    """Return a model's name in tables: of a file without its folder."""
    model = str(interpolator.model)
    return Path(model).stem if model.endswith(".safetensors") else model


def retiming(command: Command) -> Command:
    """--fps, --target-fps, --slow, --yes."""
    for option in (
        click.option(
            "--yes",
            is_flag=True,
            help="More than 8 frames for one, or more than 240 a second, are meant.",
        ),
        click.option(
            "--slow",
            metavar="N",
            help="Slow motion: the same frame rate, N times as long, audio stretched.",
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
    """Return which part is shown, and what happens at its ends and cuts."""
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
            metavar="HOW",
            help="What is shown between the last frame of a scene and the first of the next: hold, "
            "blend or nearest. [default: hold]",
        ),
        click.option("--loop", is_flag=True, help="Turn the last frame into the first."),
        click.option("--seconds", metavar="SECONDS", help="How much of the input."),
        click.option("--end", metavar="TIME", help="Where in the input to stop."),
        click.option("--start", metavar="TIME", help="Where in the input to start: 90 or 1:30.5."),
    ):
        command = option(command)
    return command


def look(command: Command) -> Command:
    """Return what is done to pictures besides interpolating them."""
    for option in (
        click.option(
            "--on-error",
            metavar="HOW",
            help="Where a video is damaged: stop, or skip what cannot be decoded, which is then "
            "interpolated across or held. [default: stop]",
        ),
        click.option(
            "--deinterlace",
            metavar="HOW",
            help="Of interlaced frames auto makes whole ones, bob one of each field, at twice the "
            "rate; off leaves them, and their order in the file. [default: auto]",
        ),
        click.option(
            "--shutter", metavar="DEGREES", help="Motion blur as of a shutter open that long: 180."
        ),
        click.option(
            "--mask", type=PATH, help="A picture: where it is white, the source is left alone."
        ),
        click.option(
            "--still",
            type=float,
            help="8-bit levels within which both frames agree where nothing moves (subtitles, "
            "logos); there the source is used. 0: leave it to the network. [default: 1.5]",
        ),
        click.option("--height", type=int, help="Height of the output."),
        click.option(
            "--width",
            type=int,
            help="Width of the output; the shape is kept unless both are given.",
        ),
    ):
        command = option(command)
    return command


def _named_values(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, str] | None:
    """Take K=V apart; the value may hold more of these signs."""
    for each in value:
        if not each.partition("=")[0] or "=" not in each:
            raise click.BadParameter(f"{each!r} is no name=value, such as tune=film", ctx, param)
    pairs = (each.partition("=") for each in value)
    return {name: text for name, _, text in pairs} or None


def encoding(command: Command) -> Command:
    """Return how a video file is written."""
    for option in (
        click.option(
            "--no-tags",
            "tags",
            flag_value=False,
            default=None,
            help="Leave out of the file what it was made with: version, model, encoder.",
        ),
        click.option("--mute", is_flag=True, help="Leave the audio out."),
        click.option(
            "--encoder-option",
            "encoder_options",
            multiple=True,
            metavar="K=V",
            callback=_named_values,
            help="An option by the encoder's own name, such as tune=film; may be repeated.",
        ),
        click.option(
            "--pix-fmt",
            "pixel_format",
            metavar="NAME",
            help="How samples are stored, by FFmpeg's name: yuv444p, yuv420p10le.",
        ),
        click.option("--preset", help="The encoder's preset, such as slow or fast."),
        click.option(
            "--quality", type=int, help="The codec's scale (crf), lower is better. [H.264: 16]"
        ),
        click.option(
            "--container",
            metavar="KIND",
            help="What --out - sends: y4m (the default, no audio), nut, mkv or webm.",
        ),
        click.option(
            "--codec",
            help="h264 (default), h265, av1, vp9, prores, dnxhr, ffv1, or an encoder by FFmpeg's "
            "name: libx265, h264_nvenc (`vfi info --encoders`).",
        ),
    ):
        command = option(command)
    return command


def options_of(
    settings: dict[str, Any],
) -> "tuple[TimelineOptions, EncodingOptions, RenderOptions]":
    """Return the three options of a job that a command's settings amount to.

    Raises:
        UsageError: one of them is out of its range, or two exclude each other.
    """
    from ..video import options_of

    return options_of(settings)


def given(settings: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named settings that were given; the library has defaults for the others."""
    return {name: settings[name] for name in names if settings[name] is not None}
