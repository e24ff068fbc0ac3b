"""Names of files and folders on the command line."""

import os
from pathlib import Path
from typing import Any

import click

from ..media.pipes import STANDARD
from ..paths import model_file as model_file
from ..paths import names_folder


class PathName(click.Path):
    """A path as it was written; whether it can be read or written is said by whoever tries.

    Raises:
        click.BadParameter: it is empty (which a Path would take for the current folder), a dash
            (which means a pipe) where there can be none, or a file's name ends like a folder's.
    """

    def __init__(self, of_file: bool = False, pipes: bool = False) -> None:
        # A file without permission is no wrong call: click's own check would call it one.
        super().__init__(path_type=Path, readable=False)
        self._of_file, self._pipes = of_file, pipes

    def convert(
        self,
        value: "str | os.PathLike[str]",
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        text = os.fspath(value)
        if not text:
            self.fail("the name is empty", param, ctx)
        if text == STANDARD and not self._pipes:
            self.fail("no pipe here: give a name (./- for a file called so)", param, ctx)
        if self._of_file and names_folder(text):
            self.fail(f"{text} is a folder; give the name of a file", param, ctx)
        path: Any = super().convert(value, param, ctx)
        return path if text == STANDARD else _never_a_dash(path)


def _never_a_dash(path: Path) -> Path:
    """Name the same file so that no pipe is meant: a Path forgets the dot of `./-`."""
    return path.absolute() if path == Path(STANDARD) else path


class FolderOrFile(PathName):
    """A path as text, because a Path forgets the slash that makes it a folder's."""

    def convert(
        self,
        value: "str | os.PathLike[str]",
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        path = super().convert(value, param, ctx)
        return str(path) if path.name == STANDARD else os.fspath(value)


def pair_of(
    pictures: tuple[Path, ...], one: Path | None, two: Path | None
) -> tuple[Path | None, Path | None]:
    """Return the two pictures of a call that takes them bare, or as --one and --two.

    Raises:
        click.UsageError: they are given in both ways, or not as two.
    """
    if not pictures:
        return one, two
    if one is not None or two is not None:
        raise click.UsageError("give the pictures bare, or as --one and --two, not both")
    if len(pictures) != 2:
        raise click.UsageError(f"give two pictures, ONE and TWO, not {len(pictures)}")
    return pictures[0], pictures[1]


PATH = PathName()
OUT_FILE = PathName(of_file=True)
OUT = FolderOrFile()
SOURCE = PathName(pipes=True)
OUT_OR_PIPE = FolderOrFile(pipes=True)
