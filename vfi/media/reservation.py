"""A place for a result while it is made, which belongs to one run.

The temporary file or folder of a result has one name, and the run that makes the result holds a
lock on it. So a second run to the same result is refused before it has done any work; and what a
killed run has left, whose lock went with its process, is taken away by the next one.
"""

import contextlib
import errno
import hashlib
import os
import shutil
from pathlib import Path

from ..errors import OutputError

try:
    import fcntl
except ImportError:  # Windows: nothing is locked there
    fcntl = None  # type: ignore[assignment]

ASIDE = "old"  # in the temporary folder of pictures: those that are being replaced
_LONGEST = 255  # bytes of a name
# Hundreds of files can be made at once (pictures between two): then the first hold the place.
_MOST_LOCKS = 128
# File systems that know no locks say one of these.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EBADF}


class Reservation:
    """The temporary file or folder of a result, locked until it is released."""

    def __init__(
        self, result: Path, folder: Path, of_pictures: bool = False, keep: bool = False
    ) -> None:
        """Lock it, and make it anew.

        Args:
            folder: where it is made; on the disk of the result.
            of_pictures: it is a folder of pictures.
            keep: what a killed run has left in it is still wanted.

        Raises:
            OutputError: another run is writing the same result.
        """
        self.path = folder / temporary_name(result, of_pictures)
        while True:
            _make(self.path, of_pictures)
            self._handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
            if not self._lock():
                os.close(self._handle)
                raise OutputError(f"cannot write {result}: another run is writing it just now")
            if self._holds():
                break
            os.close(self._handle)  # it was the other's, who has just finished
        _clear(self.path, result, keep)
        if self._handle >= _MOST_LOCKS:
            os.close(self._handle)
            self._handle = -1

    def _lock(self) -> bool:
        if fcntl is None:
            return True
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                os.close(self._handle)
                raise
        return True

    def _holds(self) -> bool:
        """Tell whether what is locked still has its name."""
        with contextlib.suppress(OSError):
            return os.path.samestat(os.fstat(self._handle), os.stat(self.path))
        return False

    def release(self, remove: bool = False) -> None:
        """Let it go; with `remove`, take away what there is of it."""
        if remove:
            remove_all(self.path)
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def temporary_name(result: Path, of_pictures: bool = False) -> str:
    """Return what a result is called while it is made: hidden, with its suffix."""
    if of_pictures:
        stem, end = result.name, ".parts"
    else:
        stem, end = result.stem, f".part{result.suffix}"
    if len(os.fsencode(f".{stem}{end}")) > _LONGEST:
        stem = hashlib.sha256(os.fsencode(stem)).hexdigest()[:32]
    return f".{stem}{end}"


def _make(path: Path, folder: bool) -> None:
    """Make an empty file or folder for its owner alone; what is there already stays."""
    if folder:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY | os.O_NOFOLLOW, 0o600))


def parts_of(result: Path, of_pictures: bool = False) -> Path:
    """Return the folder for the parts of a result; always on its disk.

    For pictures that is the one that a run locks; it lies in the folder of the result, if that is
    there already.
    """
    place = Path(os.path.realpath(result)) if of_pictures else result
    beside = place if of_pictures and place.exists() else place.parent
    return beside / temporary_name(place, of_pictures=True)


def _clear(path: Path, result: Path, keep: bool) -> None:
    """Empty what a killed run has left; pictures that it had put aside get their place again."""
    if not path.is_dir():
        os.truncate(path, 0)
        return
    aside = path / ASIDE
    for picture in aside.iterdir() if aside.is_dir() else ():
        with contextlib.suppress(OSError):
            move_new(picture, result / picture.name)
    for entry in path.iterdir():
        if not keep or entry == aside:
            remove_all(entry)


def remove_all(path: Path) -> None:
    """Take away a file or a folder, if it can be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def move_new(origin: Path, target: Path) -> None:
    """Rename a file, but never over something that has come into being meanwhile.

    Raises:
        FileExistsError: there is something.
    """
    try:
        os.link(origin, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists already", str(target)) from None
        os.rename(origin, target)
    else:
        os.unlink(origin)
