"""What people mean by a name of a file or folder."""

import contextlib
import os
from pathlib import Path

from .errors import UsageError, shown


def path_of(name: str | os.PathLike[str], option: str) -> Path:
    """Return the path that a value names.

    Raises:
        UsageError: it names none.
    """
    if not isinstance(name, str | os.PathLike):
        raise UsageError(f"{option} {shown(name)} is no path of a file", option=option)
    return Path(name)


def names_folder(name: str) -> bool:
    """Tell whether a name ends in a slash."""
    return name.endswith(tuple(filter(None, (os.sep, os.altsep))))


def model_file(model: str | Path | None) -> Path | None:
    """Return the weights file that a model's name means, if it is one and no name."""
    return Path(model) if model and Path(model).is_file() else None


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file or folder is written to; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        facts = path.stat()
        return facts.st_mtime_ns, facts.st_size
    return None
