"""A sequence of numbered pictures as the output of a video."""

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import ExistsError, OutputError, UsageError
from ..frame import VideoInfo
from ..output import check_picture_folder, current_umask, numbered, writing
from ..reservation import ASIDE, Reservation, move_new, parts_of
from ..video.decoded_frame import DecodedFrame
from .images import IMAGE_SUFFIXES, Picture, losses, write_pixels


@dataclass(frozen=True)
class PictureRun:
    """A run of the numbered pictures of one result, made on its own; any process can open it.

    folder: where they are made, under their final names.
    first, count: the number of the first, from 0; how many there are in all runs.
    """

    result: Path
    folder: Path
    first: int
    count: int
    suffix: str
    name: str = "frame_"
    grey: bool = False
    like: Picture | None = None  # gives its colour profile, and half floats

    def into(self, folder: Path) -> "PictureRun":
        """Return the same, with its pictures elsewhere."""
        return replace(self, folder=folder)

    def open(self) -> "PictureRunWriter":
        """Open what writes them."""
        return PictureRunWriter(self)

    def path(self, number: int) -> Path:
        """Where a picture is made; numbers count from 0, names from 1."""
        digits = len(str(self.count))
        return self.folder / f"{self.name}{number + 1:0{digits}d}{self.suffix}"


class PictureRunWriter:
    """Writes a run of pictures; each is there whole or not at all."""

    def __init__(self, run: PictureRun) -> None:
        self.path, self.notes = run.result, list[str]()
        self.frames_written = 0
        self._run = run
        self._shape: tuple[int, ...] | None = None

    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        """Add a frame, (H, W, 3 or 4) RGB(A), as pictures are too; its time is not kept."""
        run, number = self._run, self._run.first + self.frames_written
        if number >= run.count:
            raise UsageError(f"{self.path} was to have {run.count} pictures, not more")
        if self._shape is not None and pixels.shape[:2] != self._shape:
            raise UsageError(f"a frame of {self.path} is {self._shape}, not {pixels.shape}")
        self._shape = pixels.shape[:2]
        self.frames_written += 1
        if run.grey and pixels.ndim == 3:
            pixels = _grey(pixels)
        place = run.path(number)
        half = place.with_name(f".{place.name}")
        with writing(self.path):
            try:
                write_pixels(half, pixels, run.like)
                os.replace(half, place)
            except BaseException:
                half.unlink(missing_ok=True)
                raise

    def close(self, end: Fraction | None = None) -> None:
        """Do nothing: nothing is open."""

    def abort(self) -> None:
        """Do nothing: what is there is whole."""


class SequenceWriter:
    """Writes frames as numbered pictures into a folder of its own; a context manager.

    The pictures are frame_1 to frame_`count`, with as many digits as `count` needs. Until the block
    is left without an exception they are in a hidden folder. A folder that exists is only used if
    it is empty, or if `overwrite` is true and there is nothing in it but the pictures of an earlier
    run, which are replaced. Pictures that have come meanwhile are not ours: without `overwrite` the
    end fails then. It stays the folder it was: a shell may stand in it, a link or a mount lead to
    it.

    folder: the folder, whose parent exists; or a link to one.
    count: how many frames there will be, at most.
    like: the source of the frames: a grey source makes grey pictures, and the first picture of a
        sequence (`like_picture`) gives its colour profile, Exif, resolution and half floats.
    keep: pictures that an interrupted run has left stay there; `run` says where, and they are
        not lost with an exception.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        count: int,
        suffix: str = ".png",
        like: VideoInfo | None = None,
        like_picture: Picture | None = None,
        overwrite: bool = False,
        name: str = "frame_",
        keep: bool = False,
    ) -> None:
        self.path = Path(folder)
        self._place = Path(os.path.realpath(folder))  # where a link, or ".", leads to
        if suffix not in IMAGE_SUFFIXES:
            raise UsageError(f"{suffix}: pictures end in {', '.join(IMAGE_SUFFIXES)}")
        if count < 1:
            raise UsageError(f"a sequence has at least one picture, not {count}")
        lost = losses(like_picture, suffix) if like_picture is not None else None
        self.notes = [lost] if lost else []
        self._own = numbered(suffix, name)
        check_picture_folder(self.path, self._own, overwrite)
        self._overwrite, self._keep = overwrite, keep
        temporary = parts_of(self._place, of_pictures=True)
        pictures = temporary / "parts"
        with writing(self.path):
            self._reservation = Reservation(self._place, temporary.parent, True, keep)
            pictures.mkdir(exist_ok=True)
        self._temporary: Path | None = pictures
        grey = like is not None and like.pixel_format.startswith("gray")
        self._run = PictureRun(self.path, pictures, 0, count, suffix, name, grey, like_picture)
        self._writer = self._run.open()

    def run(self, first: int) -> PictureRun:
        """Return the pictures from a number (from 0) on, to be made on their own."""
        return replace(self._run, first=first)

    @property
    def frames_written(self) -> int:
        """How many pictures were written here so far."""
        return self._writer.frames_written

    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        """Add a frame, (H, W, 3 or 4) RGB(A), as pictures are too; its time is not kept."""
        if self._temporary is None:
            raise UsageError(f"{self.path} is closed already")
        self._writer.write(pixels, time, decoded)

    def close(self, end: Fraction | None = None) -> None:
        """Give the folder its name. Raises OutputError if no frame was written."""
        if self._temporary is None:
            return
        try:
            if not any(self._temporary.iterdir()):
                raise OutputError(f"cannot write {self.path}: there are no frames")
            with writing(self.path):
                self._replace(self._temporary)
        except BaseException:
            self.abort()
            raise
        self._temporary = None
        self._reservation.release(remove=True)

    def _replace(self, temporary: Path) -> None:
        """Give the new pictures their place; the old ones go last, and come back on a failure."""
        if not self._place.exists():
            temporary.chmod(0o777 & ~current_umask())
            os.replace(temporary, self._place)
            return
        new = list(temporary.iterdir())
        old = [p for p in self._place.iterdir() if self._own.fullmatch(p.name)]
        if old and not self._overwrite:
            raise ExistsError(f"{self.path} has got pictures meanwhile")
        aside = self._reservation.path / ASIDE
        aside.mkdir()
        moved: list[tuple[Path, Path]] = []
        try:
            for origin, folder in [*((p, aside) for p in old), *((p, self._place) for p in new)]:
                move_new(origin, folder / origin.name)
                moved.append((origin, folder / origin.name))
        except BaseException:
            for origin, target in reversed(moved):
                os.rename(target, origin)
            raise

    def abort(self) -> None:
        """Stop and leave nothing behind but what is to be kept."""
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            self._reservation.release(remove=not self._keep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def _grey(pixels: NDArray[Any]) -> NDArray[Any]:
    """Turn RGB with (nearly) equal channels into grey."""
    mean: NDArray[Any] = pixels[:, :, :3].mean(axis=2, dtype=np.float32)
    if pixels.dtype.kind != "f":
        mean = np.rint(mean)
    return mean.astype(pixels.dtype)
