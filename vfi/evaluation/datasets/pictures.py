"""Data sets of picture files."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

import cv2

from ...errors import InputError
from ...media.depth import converted
from ...media.pictures.images import IMAGE_SUFFIXES, read_image
from ...media.pictures.sequences import natural_key
from .samples import Pixels, Sample, as_pixels, choose

FRAMES_KEPT = 4  # of one pair and its truths: both frames of a pair serve several t


@dataclass(frozen=True)
class Entry:
    """The files of one sample."""

    name: str
    one: Path
    truth: Path
    two: Path
    t: float = 0.5
    sequence: str = ""


@dataclass(frozen=True)
class PictureSet:
    """Samples that are picture files, read as 8-bit RGB and then `prepare`d (cropped, reduced)."""

    title: str
    protocol: str
    entries: tuple[Entry, ...]
    prepare: Callable[[Pixels], Pixels] | None = None

    def __post_init__(self) -> None:
        """Raise `InputError` that names the first file that is not there."""
        wanted = {p for entry in self.entries for p in (entry.one, entry.truth, entry.two)}
        missing = sorted(path for path in wanted if not path.is_file())
        if missing:
            others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            raise InputError(f"{self.title}: {missing[0]} is missing{others}")
        if not self.entries:
            raise InputError(f"{self.title}: no samples")

    @cached_property
    def names(self) -> list[str]:
        """The names of the samples, in order."""
        return [entry.name for entry in self.entries]

    def __len__(self) -> int:
        return len(self.entries)

    def only(self, names: Collection[str]) -> Self:
        """Return the same set with these samples alone. Raises `InputError` for an unknown name."""
        chosen = set(choose(self.names, frozenset(names), self.title))
        return replace(self, entries=tuple(e for e in self.entries if e.name in chosen))

    def __iter__(self) -> Iterator[Sample]:
        read = lru_cache(maxsize=FRAMES_KEPT)(self._read)
        for e in self.entries:
            one, truth, two = read(e.one), read(e.truth), read(e.two)
            if not one.shape == truth.shape == two.shape:
                raise InputError(f"{e.truth.parent}: the pictures of {e.name} differ in size")
            yield Sample(e.name, one, two, truth, e.t, e.sequence)

    def _read(self, path: Path) -> Pixels:
        colours = read_rgb(path)
        return colours if self.prepare is None else self.prepare(colours)


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder, sorted by name, numbers as numbers."""
    found = (path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(found, key=natural_key)


def read_rgb(path: Path) -> Pixels:
    """Return a picture as (H, W, 3) uint8 RGB: grey repeated, no alpha, deeper values rounded."""
    picture = converted(read_image(path).pixels, "uint8")
    if picture.ndim == 2:
        picture = as_pixels(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB))
    return as_pixels(picture[..., :3])
