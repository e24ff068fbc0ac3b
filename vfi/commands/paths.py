"""Names of files and folders on the command line."""

import os
from pathlib import Path
from typing import Any

import click

from ..paths import model_file as model_file
from ..paths import names_folder


class PathName(click.Path):
    """A path as it was written; whether it can be read or written is said by whoever tries.

    Raises:
        click.BadParameter: it is empty (which a Path would take for the current folder), or a
            file's name ends like a folder's.
    """

    def __init__(self, of_file: bool = False) -> None:
        # A file without permission is no wrong call: click's own check would call it one.
        super().__init__(path_type=Path, readable=False)
        self._of_file = of_file

    def convert(
        self,
        value: "str | os.PathLike[str]",
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        text = os.fspath(value)
        if not text:
            self.fail("the name is empty", param, ctx)
        if self._of_file and names_folder(text):
            self.fail(f"{text} is a folder; give the name of a file", param, ctx)
        return super().convert(value, param, ctx)


class FolderOrFile(PathName):
    """A path as text, because a Path forgets the slash that makes it a folder's."""

    def convert(
        self,
        value: "str | os.PathLike[str]",
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        super().convert(value, param, ctx)
        return os.fspath(value)


PATH = PathName()
OUT_FILE = PathName(of_file=True)
OUT = FolderOrFile()
