"""The command line: one file a command, loaded when it is called."""

import os
import re
import shlex
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from .. import __version__
from ..errors import DeviceError, VfiError
from ..memory import shortage
from ..overlap import abandoned
from ..stopping import look
from ..threads import sleep_while_waiting
from .signals import Stopped, stopping
from .streams import OUT, silence, usable_streams

_ENDLESS = re.compile(r"(\d{20})\d{40,}")

# In the order in which a newcomer needs them.
COMMANDS = (
    "interpolate",
    "video",
    "batch",
    "preview",
    "compare",
    "keyframes",
    "flow",
    "splat",
    "benchmark",
    "web",
    "presets",
    "train",
    "weights",
    "info",
    "completion",
    "man",
)


class Failure(click.ClickException):
    """A foreseen failure: one line on stderr, exit code 1."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class WrongCall(Failure):
    """A failure that is the caller's: the call itself was wrong."""

    exit_code = 2


class Commands(click.Group):
    """A group that imports a command's file when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{name}", __name__).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except VfiError as error:
            if os.environ.get("VFI_DEBUG"):
                raise
            _blame_shortage(error)
            failure = WrongCall if error.exit_code == WrongCall.exit_code else Failure
            raise failure(with_kept(in_options(error, ctx), error)) from error
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            silence(OUT)
            raise click.exceptions.Exit(0) from None
        except OSError as error:
            if os.environ.get("VFI_DEBUG"):
                raise
            _blame_shortage(error)
            place = f"{error.filename}: " if error.filename else ""
            raise Failure(f"{place}{error.strerror or error}") from error
        except Exception as error:
            if not os.environ.get("VFI_DEBUG"):
                _blame_shortage(error)
            raise


def _blame_shortage(error: Exception) -> None:
    """Raise Failure where memory ran out, whatever a reader took it for: it is no damage."""
    said = shortage_of(error)
    if said is not None:
        raise Failure(said) from error


def shortage_of(error: Exception) -> str | None:
    """Return what is said where memory ran out; None where it did not."""
    said = shortage(error)
    return str(error) if said is not None and isinstance(error, DeviceError) else said


def with_kept(message: str, error: BaseException) -> str:
    """Say a message, and what is kept in spite of a failure."""
    kept = kept_of(error)
    return f"{message}; {kept}: the same call with --resume goes on" if kept else message


def kept_of(error: BaseException) -> str:
    """Return what is kept of long work that an exception has ended; nothing if nothing is."""
    return "; ".join(getattr(error, "__notes__", ()))


def in_options(error: VfiError, ctx: click.Context) -> str:
    """Return what an error says, with this command's options for the values that it speaks of."""
    options = _options_of(ctx)
    return error.worded(options.get)


def _options_of(ctx: click.Context) -> dict[str, str]:
    """Return what the command that was called calls its options: parameter → --word."""
    commands: list[click.Command] = [ctx.command]
    if isinstance(ctx.command, click.Group):
        called = ctx.command.get_command(ctx, ctx.invoked_subcommand or "")
        below = called.commands.values() if isinstance(called, click.Group) else ()
        commands = [called, *below] if called is not None else []
    params = [param for command in commands for param in command.params]
    return {str(param.name): param.opts[-1] for param in params if param.opts[-1][:1] == "-"}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="vfi")
def group() -> None:
    """Make the frames in between: of two pictures, a video, or a folder of both.

    \b
    vfi interpolate --one A.png --two B.png    the picture half way between two
    vfi video clip.mp4 --fps 3                 three times the frame rate
    vfi batch FOLDER --out FOLDER --fps 2      every video and picture folder below

    Set VFI_DEBUG=1 to see where an error comes from.
    """


def main() -> NoReturn:
    """Run the command line.

    Exit code 0, 1 for a failure, 2 for a wrong call, 130 for Ctrl-C, 143 for SIGTERM, 129 for
    SIGHUP.
    """
    sleep_while_waiting()
    with usable_streams(), stopping():
        code = _exit_code()
    if abandoned():  # a second Ctrl-C: their frames are not waited for, nor broken off within C++
        os._exit(code)
    sys.exit(code)


def _exit_code() -> int:
    try:
        code = group.main(prog_name="vfi", standalone_mode=False)
        look()  # what a library has swallowed
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except Stopped as stopped:
        click.echo(f"{stopped.word}; {_left_by(stopped)}", err=True)
        return int(stopped.code or 0)
    except (click.Abort, KeyboardInterrupt) as stopped:
        cause = stopped.__cause__ if isinstance(stopped, click.Abort) else stopped
        click.echo(f"Interrupted; {_left_by(cause)}", err=True)
        # Where the interrupt struck inside exec() of a string, as Numba and dataclasses call it,
        # Python remembers it as unhandled and `python -m vfi` dies by the signal, not with 130.
        exec("")
        return 130
    return code if isinstance(code, int) else 0


def _left_by(stopped: BaseException | None) -> str:
    """Return what a run has left that was told to stop, and the call that goes on with it."""
    kept = kept_of(stopped) if stopped is not None else ""
    if not kept:
        return "nothing is left half-written."
    words = [word for word in sys.argv[1:] if word not in ("--fresh", "--resume")]
    return f"{kept}; this goes on: {shlex.join(['vfi', *words, '--resume'])}"


def _show(error: click.ClickException) -> None:
    """One line on stderr; only `vfi` without a word is answered with the whole help."""
    is_help = isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ()))
    if is_help or not isinstance(error, click.UsageError):
        error.show()
        return
    place = error.ctx.command_path if error.ctx else "vfi"
    click.echo(f"Error: {one_line(error.format_message())} See {place} --help.", err=True)


def one_line(message: str) -> str:
    """Return a message without line breaks, and with numbers of no more digits than can be read."""
    return _ENDLESS.sub(r"\1…", " ".join(message.split()))
