"""Which frames of a clip are withheld and asked for again, and our protocol for validation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2

from ...errors import UsageError
from .samples import Pixels, as_pixels


@dataclass(frozen=True)
class Withheld:
    """Which frames of a clip are given and which are asked for.

    Frames i and i + `span` are given, those at i + `inner` are asked for, for i = 0, `step`,
    2·`step` … while i + `span` exists.
    """

    span: int
    inner: tuple[int, ...]
    step: int

    def __post_init__(self) -> None:
        if self.span < 2 or self.step < 1 or not self.inner:
            raise UsageError("a pair needs at least one withheld frame between its two")
        if not all(0 < k < self.span for k in self.inner):
            raise UsageError(f"withheld frames {self.inner} are not between 0 and {self.span}")

    @classmethod
    def at(cls, times: Sequence[Fraction]) -> "Withheld":
        """Pairs just wide enough that a real frame lies at each of the times, end to end."""
        if not times or not all(0 < t < 1 for t in times):
            raise UsageError("times of withheld frames lie between 0 and 1, without the ends")
        span = math.lcm(*(t.denominator for t in times))
        return cls(span, tuple(sorted({int(t * span) for t in times})), span)

    def __str__(self) -> str:
        inner = ", ".join(f"i+{k}" for k in self.inner)
        starts = f"i = 0, {self.step}, {2 * self.step}, ..."
        return f"frames i and i+{self.span} given, {inner} asked for, {starts}"

    def starts(self, frames: int) -> range:
        """Return the first frame of every pair in a clip of so many frames."""
        return range(0, frames - self.span, self.step)


@dataclass(frozen=True)
class ValidationProtocol:
    """How networks are compared on the held-out clips, while they train and afterwards."""

    gaps: tuple[int, ...] = (1, 2)  # frames between the asked-for one and each of its neighbours
    step: int = 6  # frames from the start of one triplet to that of the next
    largest: tuple[int, int] = (1280, 720)  # width, height; larger frames are reduced to fit

    def withheld(self, gap: int) -> Withheld:
        """Triplets (i, i + gap, i + 2·gap) for i = 0, `step`, 2·`step` …."""
        return Withheld(span=2 * gap, inner=(gap,), step=self.step)

    def reduced(self, frame: Pixels) -> Pixels:
        """Return the frame as it is measured."""
        return reduce_to_fit(frame, self.largest)

    def describe(self, gap: int) -> str:
        """One line for people."""
        width, height = self.largest
        return (
            f"{self.withheld(gap)}; plain 8-bit decoding; frames over {width}x{height} reduced by "
            "area averaging to fit"
        )


VALIDATION = ValidationProtocol()


def reduce_to_fit(picture: Pixels, largest: tuple[int, int] | None) -> Pixels:
    """Reduce by area averaging so that neither side exceeds (width, height); never enlarge."""
    height, width = picture.shape[:2]
    size = (width, height) if largest is None else fitting_size((width, height), largest)
    if size == (width, height):
        return picture
    return as_pixels(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def fitting_size(size: tuple[int, int], largest: tuple[int, int]) -> tuple[int, int]:
    """Return the size (width, height), reduced in its shape so that no side exceeds the largest."""
    width, height = size
    if width <= largest[0] and height <= largest[1]:
        return size
    scale = min(Fraction(largest[0], width), Fraction(largest[1], height))
    return max(1, round(width * scale)), max(1, round(height * scale))
