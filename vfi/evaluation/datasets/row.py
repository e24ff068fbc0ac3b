"""What a data set is: its texts, and how its files become samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ...errors import InputError, UsageError
from ...media.pictures.images import IMAGE_SUFFIXES
from . import layouts
from .clips import validation_clips, withheld_clips
from .pictures import Entry, PictureSet
from .samples import DataSet, Pixels
from .withheld import Withheld

HALF = (Fraction(1, 2),)
EIGHTHS = tuple(Fraction(k, 8) for k in range(1, 8))


@dataclass(frozen=True)
class DataSetRow:
    """One data set that `vfi benchmark` knows."""

    name: str  # on the command line
    title: str  # for people
    layout: str  # the paths below --data, as the data set comes
    protocol: str  # what is asked for; printed with the figures
    opener: "Opener"
    own_times: tuple[Fraction, ...] = HALF
    multiple_times: bool = False  # whether --t may choose other ones
    prepare: Callable[[Pixels], Pixels] | None = None  # crops or reduces a picture
    harder_list: str | None = None  # the published list of the samples that it has of a larger set

    def open(
        self, folder: Path, times: Sequence[Fraction] | None = None, listed: Path | None = None
    ) -> DataSet:
        """Return the samples whose files lie in `folder`.

        Args:
            folder: where the data set lies, in the layout in which it comes.
            times: 0 < t < 1, for sets with several times; None takes the set's own.
            listed: a file of sample names, one a line (as `--select-hardest` writes it), or, where
                the set has published lists, of three paths a line.

        Raises:
            UsageError: times for a set that has t = 1/2 alone.
            InputError: a file or folder of the layout is missing; the message names it.
        """
        if times is not None and not self.multiple_times:
            raise UsageError(f"{self.title} has truths at t = 1/2 alone", option="times")
        if not folder.exists():
            raise InputError(f"{folder} does not exist: give the folder of {self.title}")
        if listed is not None and _holds_paths(listed):
            return self.of(layouts.triplet_list(folder, listed, self.title))
        if listed is None and self.harder_list is not None:
            path = self.folder(folder) / self.harder_list
            return self.of(layouts.triplet_list(folder, path, self.title))
        found = self.opener(self, folder, times or self.own_times)
        return found if listed is None else found.only(layouts.read_lines(listed))

    def folder(self, path: Path) -> Path:
        """Return the path, if it is a folder. Raises `InputError`."""
        if not path.is_dir():
            raise InputError(f"{path} is a file: give the folder of {self.title}")
        return path

    def of(self, entries: list[Entry]) -> PictureSet:
        """Return the set of these entries."""
        return PictureSet(self.title, self.protocol, tuple(entries), self.prepare)


Opener = Callable[[DataSetRow, Path, Sequence[Fraction]], DataSet]


def triplets_by(entries: Callable[[Path], list[Entry]]) -> Opener:
    """Open picture files with the one time that they have."""
    return lambda row, folder, times: row.of(entries(row.folder(folder)))


def pictures_by(entries: Callable[[Path, Sequence[Fraction]], list[Entry]]) -> Opener:
    """Open picture files at the times that are asked for."""
    return lambda row, folder, times: row.of(entries(row.folder(folder), times))


def withheld_by(entries: Callable[[Path, Withheld], list[Entry]]) -> Opener:
    """Open clips that are folders of pictures, of which frames are withheld."""

    def opened(row: DataSetRow, folder: Path, times: Sequence[Fraction]) -> DataSet:
        withheld = Withheld.at(times)
        found = row.of(entries(row.folder(folder), withheld))
        return replace(found, protocol=f"{withheld}, whole frames")

    return opened


def validation(gap: int) -> Opener:
    """Open the validation clips."""
    return lambda row, folder, times: validation_clips(folder, gap)


def videos(row: DataSetRow, folder: Path, times: Sequence[Fraction]) -> DataSet:
    """Open any videos."""
    return withheld_clips(folder, times)


def _holds_paths(listed: Path) -> bool:
    words = [word for line in layouts.read_lines(listed)[:3] for word in line.split()]
    return all(Path(word).suffix.lower() in IMAGE_SUFFIXES for word in words)
