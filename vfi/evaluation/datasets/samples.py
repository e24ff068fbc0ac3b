"""What a method is measured on: two pictures, the time between them and the truth."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

Pixels = NDArray[np.uint8]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Sample:
    """One question with its answer."""

    name: str
    """Unique in its data set; what list files hold."""
    one: Pixels  # (H, W, 3) uint8 RGB
    two: Pixels  # (H, W, 3) uint8 RGB
    truth: Pixels  # (H, W, 3) uint8 RGB, the picture at t
    t: float = 0.5  # 0..1 between `one` and `two`
    sequence: str = ""
    """The clip that the sample is of when the set is made of moving pictures, else empty."""

    def __repr__(self) -> str:
        height, width = self.truth.shape[:2]
        return f"Sample({self.name!r}, {width}x{height}, t={self.t:g})"


class DataSet(Protocol):
    """Samples in a fixed order, read from disk one at a time as the iteration goes."""

    @property
    def title(self) -> str:
        """The name for people, as in "Vimeo90K test"."""
        ...

    @property
    def protocol(self) -> str:
        """One line that is printed with every figure: frames used, crop, scale, times."""
        ...

    @property
    def names(self) -> list[str]:
        """The names of the samples in order, known without decoding a picture."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Sample]: ...

    def only(self, names: Collection[str]) -> Self:
        """Return the same set with these samples alone. Raises `InputError` for an unknown name."""
        ...


def as_pixels(picture: NDArray[Any]) -> Pixels:
    """Return the array as contiguous uint8, for arrays that a library types loosely."""
    return np.ascontiguousarray(picture, dtype=np.uint8)


def choose(names: list[str], chosen: frozenset[str] | None, title: str) -> list[str]:
    """Return the chosen ones of `names`, in their order; all for None.

    Raises `InputError` when one is not there, for a list file of another data set.
    """
    if chosen is None:
        return names
    unknown = sorted(chosen.difference(names))
    if unknown:
        raise InputError(
            f"{title} has no sample {unknown[0]!r} ({len(unknown)} of {len(chosen)} are unknown)"
        )
    return [name for name in names if name in chosen]


def evenly_spread(items: list[Item], limit: int) -> list[Item]:
    """At most `limit` of them, evenly spread over the whole."""
    if limit >= len(items):
        return items
    return [items[number * len(items) // limit] for number in range(limit)]
