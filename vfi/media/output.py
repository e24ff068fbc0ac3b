"""Writing a file so that it is there whole or not at all.

Everything that `vfi` writes goes first to a temporary name in the folder of the final file (so
that the last step is an atomic rename on one file system) and gets its own name only when it is
complete. Whatever interrupts the writing, Ctrl-C and a full disk included, leaves nothing behind.
"""

import contextlib
import errno
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ExistsError, OutputError, UsageError
from .reservation import Reservation, move_new, temporary_name

# What the operating system says, in the words of the person who runs the program.
_REASONS = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file grows larger than the file system or a limit allows",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENAMETOOLONG: "the name is too long",
}


class Unwanted(Exception):
    """Tells `replacing` that the file is not wanted."""


def check_writable(path: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Return `path` as a `Path` if a file may be written there; called before any long work.

    A link that leads nowhere is something that exists; so it is not lost unasked.

    Raises OutputError when the file exists and `overwrite` is false, when its folder does not
    exist or cannot be written, and UsageError when the path names a folder, a pipe or a device.
    """
    path = Path(path)
    if not path.name or path.is_dir():
        raise UsageError(f"{path} is a folder; give the name of a file")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is a pipe or a device; give the name of an ordinary file")
    if os.path.lexists(path) and not overwrite:
        raise ExistsError(f"{path} exists already")
    check_folder(path.parent, path)
    return path


def check_distinct(
    outputs: Iterable[tuple[str, Path | None]], inputs: Iterable[Path | None]
) -> None:
    """Raise UsageError if an output is one of the inputs, or two outputs are one file.

    `overwrite` does not allow it: what is replaced may be the only copy. Links and different
    spellings of a name are seen through.

    Args:
        outputs: what the caller calls it, and the file or folder; None where there is none.
        inputs: files and folders that are read.
    """
    sources = {_identity(path) for path in inputs if path is not None and path.exists()}
    taken: dict[object, str] = {}
    for option, path in outputs:
        if path is None:
            continue
        identity = _identity(path)
        if identity in sources:
            raise UsageError(
                f"{option} {path} is the input itself; choose another name", option=option
            )
        if identity in taken:
            first = taken[identity]
            both = f"{first} and {option}" if first != option else f"two results of {option}"
            raise UsageError(
                f"{both} are the same file, {path}; give different names", option=(first, option)
            )
        taken[identity] = option


def _identity(path: Path) -> object:
    """Return what two names of one file have in common."""
    with contextlib.suppress(OSError):
        facts = path.stat()
        return facts.st_dev, facts.st_ino
    return os.path.realpath(path)


def numbered(suffix: str, name: str = "frame_") -> re.Pattern[str]:
    """Return what the pictures of a sequence are called: `name`, digits and the suffix."""
    return re.compile(rf"{re.escape(name)}\d+{re.escape(suffix)}")


def check_picture_folder(folder: Path, own: re.Pattern[str], overwrite: bool = False) -> None:
    """Raise OutputError unless a sequence of pictures may be written there.

    `own` is what its pictures are called: there may be nothing else in the folder, and they
    themselves only with `overwrite`. Nothing is made.
    """
    place = Path(os.path.realpath(folder))
    if not place.exists():
        check_folder(place.parent, folder)
        return
    if not place.is_dir():
        raise OutputError(f"{folder} is a file; a sequence needs a folder of its own")
    check_folder(place, folder)
    ours = temporary_name(place, of_pictures=True)
    names = sorted(entry.name for entry in place.iterdir() if entry.name != ours)
    foreign = [name for name in names if not own.fullmatch(name)]
    if foreign:
        raise OutputError(f"{folder} holds other files ({foreign[0]}); choose another folder")
    if names and not overwrite:
        raise ExistsError(f"{folder} has pictures already")


def check_folder(folder: Path, path: Path) -> None:
    """Raise OutputError unless files can be made in `folder`, for the sake of `path`."""
    if not folder.exists():
        raise OutputError(f"cannot write {path}: the folder {folder} does not exist")
    if not folder.is_dir():
        raise OutputError(f"cannot write {path}: {folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"cannot write {path}: the folder {folder} is not writable")


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; on leaving the block it becomes `path`.

    The temporary file keeps the suffix of `path`, exists and is empty. If the block raises
    anything (KeyboardInterrupt too), the file is removed and `path` stays as it was. An OSError
    inside the block, such as a full disk, becomes an OutputError of one line. Until the end of the
    block the result is reserved: another run that wants to write it is refused.
    """
    path = check_writable(path, overwrite)
    with writing(path):
        reservation = Reservation(path, path.parent)
    try:
        with writing(path):
            yield reservation.path
            _flush_to_disk(reservation.path)
            _give_name(reservation.path, path, overwrite)
    except BaseException:
        reservation.release(remove=True)
        raise
    reservation.release()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into an OutputError that names `path`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Say in a few words why the operating system, or FFmpeg, refused; never a temporary name."""
    known = _REASONS.get(getattr(error, "errno", None) or 0)
    return known or getattr(error, "strerror", None) or str(error) or type(error).__name__


def _flush_to_disk(temporary: Path) -> None:
    """Wait for the disk, so that a late write error is seen before the rename."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())


def _give_name(temporary: Path, path: Path, overwrite: bool) -> None:
    """Rename to the final name with ordinary permissions, never over a file unasked."""
    os.chmod(temporary, 0o666 & ~current_umask())
    if overwrite:
        os.replace(temporary, path)
        return
    try:
        move_new(temporary, path)
    except FileExistsError:
        raise ExistsError(f"{path} has come into being meanwhile") from None


def current_umask() -> int:
    """Read the umask without the set-and-restore dance where the system shows it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text()
        return int(status.split("Umask:")[1].split()[0], 8)
    mask = os.umask(0)
    os.umask(mask)
    return mask
