"""The folders that were named when the page was started: nothing outside is read or written."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..media.output import reason
from ..media.pictures.images import IMAGE_SUFFIXES
from ..media.suffixes import VIDEO_SUFFIXES
from ..paths import names_folder


@dataclass(frozen=True)
class Listing:
    """What a folder holds: other folders, and files that can be interpolated."""

    folder: Path
    folders: list[Path]
    videos: list[Path]
    pictures: list[Path]


class Roots:
    """One or more folders.

    Raises:
        InputError: there is no such folder.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise InputError(f"{folder} is no folder", option="root")
        self.folders = [folder.resolve() for folder in folders]

    def place(self, name: str | os.PathLike[str]) -> Path:
        """Return what a name means, links seen through; a bare one lies in the first folder.

        Raises:
            InputError: it lies outside.
        """
        try:
            path = self.folders[0].joinpath(Path(name).expanduser()).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(f"{os.fspath(name)!r} is no path: {error}") from error
        if not any(path.is_relative_to(folder) for folder in self.folders):
            named = ", ".join(map(str, self.folders))
            raise InputError(f"{name} lies outside the folders that were named: {named}")
        return path

    def result(self, name: str) -> str:
        """Return what a name for a result means; the slash that makes it a folder's stays.

        Raises:
            InputError: it lies outside.
        """
        return f"{self.place(name)}{os.sep if names_folder(name) else ''}"

    def check(self, paths: Iterable[Path]) -> None:
        """Refuse if one of the paths lies outside.

        Raises:
            InputError: it does.
        """
        for path in paths:
            self.place(path)

    def listing(self, folder: str | os.PathLike[str]) -> Listing:
        """Return what a folder holds, hidden things left out.

        Raises:
            InputError: it lies outside, or cannot be looked into.
        """
        place = self.place(folder)
        try:
            shown = sorted(path for path in place.iterdir() if not path.name.startswith("."))
            inside = [path for path in shown if self._is_inside(path)]
            folders = [path for path in inside if path.is_dir()]
        except OSError as error:
            raise InputError(f"{place}: {reason(error)}") from error
        files = [path for path in inside if path not in folders]
        videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
        pictures = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES]
        return Listing(place, folders, videos, pictures)

    def above(self, folder: Path) -> Path | None:
        """Return the folder that a folder lies in; None where that is outside."""
        parent = folder.parent
        return parent if self._is_inside(parent) and parent != folder else None

    def _is_inside(self, path: Path) -> bool:
        try:
            self.place(path)
        except InputError:
            return False
        return True
