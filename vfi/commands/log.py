"""What is said, in a file as well; and what is said only to those who want to know more."""

import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from ..errors import OutputError
from .paths import OUT_FILE

Command = TypeVar("Command", bound=Callable[..., Any])
_VERBOSE = "vfi.commands.log.verbose"
_DRAWN = re.compile(r"^.*\r|\x1b\[[0-9;]*[A-Za-z]")  # bars, of which the last state is kept


def logging(command: Command) -> Command:
    """Add --log and -v."""
    for option in (
        click.option(
            "--log",
            type=OUT_FILE,
            expose_value=False,
            is_eager=True,
            callback=_open,
            help="Append all that is said to a file, with the time, and the details of -v.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_talk,
            help="Say more: what the source is, how it is encoded, where the time went.",
        ),
    ):
        command = option(command)
    return command


def details(lines: Iterable[str]) -> None:
    """Say what only those are told who asked for more, and the log."""
    said = list(lines)
    if click.get_current_context().meta.get(_VERBOSE):
        for line in said:
            click.echo(line, err=True)
    elif isinstance(sys.stderr, Logged):
        for line in said:
            sys.stderr.note(line)


def result(text: str) -> None:
    """Print a result, which stands in the log, too: that holds all else that goes to stderr."""
    click.echo(text)
    if isinstance(sys.stderr, Logged):
        for line in text.splitlines():
            sys.stderr.note(line)


def _talk(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.meta[_VERBOSE] = value


def _open(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is None or ctx.resilient_parsing:
        return
    logged = Logged(sys.stderr, value)
    logged.note(" ".join([ctx.command_path, *sys.argv[2:]]))
    sys.stderr = logged


class Logged:
    """A text stream of which every line stands in a file, too.

    The file is opened for each line, so that it is whole at any moment and can be moved away.
    """

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self._line = ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self.note(line)
        return self._stream.write(text)

    def note(self, line: str) -> None:
        """Write a line to the file alone.

        Raises:
            OutputError: it cannot be written.
        """
        moment = time.strftime("%Y-%m-%d %H:%M:%S")
        try:
            with self._path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(f"{moment} {_DRAWN.sub('', line)}\n")
        except OSError as error:
            raise OutputError(f"log {self._path}: {error.strerror}", option="log") from error

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
