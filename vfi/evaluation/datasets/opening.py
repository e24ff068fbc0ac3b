"""Open a data set by its name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ...errors import InputError, UsageError
from ...media.images import IMAGE_SUFFIXES
from . import layouts
from .catalogue import CATALOGUE
from .clips import Withheld, validation_clips, withheld_clips
from .pictures import Entry, PictureSet
from .samples import DataSet, Pixels

HALF = (Fraction(1, 2),)
EIGHTHS = tuple(Fraction(k, 8) for k in range(1, 8))
HARDER_LISTS = {
    "snu-film-hard-l": "top-half-motion-sufficiency_test-hard.txt",
    "snu-film-extreme-l": "top-half-motion-sufficiency_test-extreme.txt",
    "xiph-l-2k": "top-half-motion-sufficiency-gap2.txt",
    "xiph-l-4k": "top-half-motion-sufficiency-gap2.txt",
}
_PREPARE: dict[str, Callable[[Pixels], Pixels]] = {
    "xiph-2k": layouts.reduced_to_2k,
    "xiph-l-2k": layouts.reduced_to_2k,
    "x-test-2k": layouts.reduced_to_2k,
    "x-test-l-2k": layouts.reduced_to_2k,
    "xiph-4k": layouts.centre_of_4k,
    "xiph-l-4k": layouts.centre_of_4k,
    "atd-12k": layouts.reduced_to_540p,
}


def open_data_set(
    name: str,
    folder: Path,
    times: Sequence[Fraction] | None = None,
    listed: Path | None = None,
) -> DataSet:
    """The data set `name` whose files lie in `folder`.

    Args:
        name: one of `CATALOGUE`.
        folder: where the data set lies, in the layout in which it comes.
        times: 0 < t < 1, for sets with several times; None takes the set's own.
        listed: a file of sample names, one a line (as `--select-hardest` writes it), or, where
            the set has published lists, of three paths a line.

    Raises:
        UsageError: an unknown name, or times for a set that has t = 1/2 alone.
        InputError: a file or folder of the layout is missing; the message names it.
    """
    if name not in CATALOGUE:
        raise UsageError(f"no data set {name!r}; there are: {', '.join(CATALOGUE)}")
    if times is not None and not CATALOGUE[name].multiple_times:
        raise UsageError(f"{CATALOGUE[name].title} has truths at t = 1/2 alone; leave out --t")
    if not folder.exists():
        raise InputError(f"{folder} does not exist: give the folder of {CATALOGUE[name].title}")
    if listed is not None and _holds_paths(listed):
        return _picture_set(name, layouts.triplet_list(folder, listed, CATALOGUE[name].title))
    found = _open(name, folder, times, use_harder_list=listed is None)
    return found if listed is None else found.only(layouts.read_lines(listed))


def _open(
    name: str, folder: Path, times: Sequence[Fraction] | None, use_harder_list: bool
) -> DataSet:
    if name in ("validation", "validation-gap2"):
        return validation_clips(folder, gap=1 if name == "validation" else 2)
    if name == "clips":
        return withheld_clips(folder, times or HALF)
    if not folder.is_dir():
        raise InputError(f"{folder} is a file: give the folder of {CATALOGUE[name].title}")
    if name in HARDER_LISTS and use_harder_list:
        listed = folder / HARDER_LISTS[name]
        return _picture_set(name, layouts.triplet_list(folder, listed, CATALOGUE[name].title))
    if name in ("davis", "frames"):
        withheld = Withheld.at(times or HALF)
        entries = (layouts.davis if name == "davis" else layouts.frames)(folder, withheld)
        return replace(_picture_set(name, entries), protocol=f"{withheld}, whole frames")
    return _picture_set(name, _entries(name, folder, times))


def _entries(name: str, folder: Path, times: Sequence[Fraction] | None) -> list[Entry]:
    title = CATALOGUE[name].title
    if name.startswith("snu-film-"):
        level = name.removeprefix("snu-film-").removesuffix("-l")
        return layouts.triplet_list(folder, folder / f"test-{level}.txt", title)
    if name.startswith("x-test-l"):
        return layouts.x_test(folder, HALF)
    if name.startswith("x-test"):
        return layouts.x_test(folder, times or EIGHTHS)
    if name.startswith("xiph"):
        return layouts.xiph(folder)
    simple = {
        "middlebury": layouts.middlebury,
        "vimeo90k": layouts.vimeo90k,
        "ucf101": layouts.ucf101,
        "atd-12k": layouts.atd12k,
        "triplets": layouts.triplets,
    }
    return simple[name](folder)


def _picture_set(name: str, entries: list[Entry]) -> PictureSet:
    known = CATALOGUE[name]
    return PictureSet(known.title, known.protocol, tuple(entries), _PREPARE.get(name))


def _holds_paths(listed: Path) -> bool:
    words = [word for line in layouts.read_lines(listed)[:3] for word in line.split()]
    return all(Path(word).suffix.lower() in IMAGE_SUFFIXES for word in words)
