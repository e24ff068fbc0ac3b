"""Two videos compared by eye: side by side, split, their difference, or one after the other.

moviepy does not compose these: it places clips by times that are floats, and reads them as bytes
through an FFmpeg of its own that makes a constant rate of every other. Here a frame is shown from
its own exact time on, in its own depth, by the readers that the rest of the program has.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..evaluation.datasets.withheld import fitting_size
from ..evaluation.metrics import psnr
from ..figures.lettering import bar, bar_height
from ..media.depth import converted, level_of, peak_of
from ..media.frame import VideoInfo
from ..rendering.window import resized
from ..timeline.rates import time_text
from .lined_up import Both, Seen

Pixels = NDArray[Any]
How = Literal["side", "split", "difference", "blink"]
GAIN = 4  # differences are shown this many times larger than they are
BEAT = Fraction(1, 2)  # seconds that a blink shows one of them
GAP = 4  # pixels between two pictures


@dataclass(frozen=True, eq=False)
class Matched:
    """What two videos show at a moment, brought to one size and sample type, without alpha."""

    time: Fraction  # seconds since the first frame of either
    numbers: tuple[int, int]  # of the frames
    one: Pixels  # (H, W, 3) uint8 or uint16
    two: Pixels

    @property
    def psnr(self) -> float:
        """How alike they are, in dB; infinite if they are equal."""
        return psnr(self.two, self.one)

    @property
    def difference(self) -> Pixels:
        """|one − two|, `GAIN` times."""
        apart = cv2.absdiff(self.one, self.two).astype(np.uint32) * GAIN
        made: Pixels = np.minimum(apart, np.iinfo(self.one.dtype).max).astype(self.one.dtype)
        return made


class Comparison:
    """Pictures of two videos that show both of them.

    Args:
        one, two: the facts of both; pixels become square, and the second takes the size of the
            first.
        how: side, split, difference or blink.
        largest: width and height that a picture is reduced to fit.
        names: what stands above the pictures.

    Raises:
        UsageError: an unknown way to compare.
    """

    def __init__(
        self,
        one: VideoInfo,
        two: VideoInfo,
        how: str = "side",
        largest: tuple[int, int] = (1920, 1080),
        names: tuple[str, str] | None = None,
    ) -> None:
        if how not in get_args(How):
            choices = ", ".join(get_args(How))
            raise UsageError(f"how {how!r} is unknown: choose {choices}", option="how")
        self.how = how
        width = max(1, round(one.width * one.sample_aspect_ratio))
        self.picture_size = fitting_size((width, one.height), largest)
        self._deep = max(one.bit_depth, two.bit_depth) > 8
        self._names = names or (one.path.name, two.path.name)
        self._bar = bar_height(self.picture_size[1])
        colours_differ = one.colour != two.colour
        self.notes = (
            ["their colours are described differently; samples are compared as stored"]
            if colours_differ and 2 not in (one.colour.transfer, two.colour.transfer)
            else []
        )
        self._like = one

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures that `compose` makes."""
        width, height = self.picture_size
        return (2 * width + GAP if self.how == "side" else width), height + self._bar

    @property
    def like(self) -> VideoInfo:
        """The facts of a video of these pictures, as a writer wants them."""
        depth = 10 if self._deep else 8
        square = Fraction(1)
        return replace(
            self._like, has_alpha=False, bit_depth=depth, sample_aspect_ratio=square, rotation=0
        )

    def matched(self, both: Both) -> Matched:
        """Return the pictures of a moment as they are compared."""
        one, two = self._brought(both.one), self._brought(both.two)
        return Matched(both.time, (both.one.number, both.two.number), one, two)

    def compose(self, seen: Matched) -> Pixels:
        """Return the picture of a moment, (H, W, 3) of the type of what is compared."""
        draw: Callable[[Matched], Pixels] = getattr(self, f"_{self.how}")
        return draw(seen)

    # ---- inside

    def _brought(self, seen: Seen) -> Pixels:
        pixels = seen.pixels
        if pixels.shape[2] == 4:
            pixels = over_black(pixels)
        if pixels.dtype.kind == "f":
            pixels = converted(pixels, np.uint16)
        if self._deep and pixels.dtype == np.uint8:
            pixels = pixels.astype(np.uint16) * 257
        return np.ascontiguousarray(resized(pixels, self.picture_size))

    def _side(self, seen: Matched) -> Pixels:
        gap = np.zeros((self.size[1], GAP, 3), seen.one.dtype)
        return np.hstack([self._titled(seen, 0), gap, self._titled(seen, 1)])

    def _split(self, seen: Matched) -> Pixels:
        border = self.picture_size[0] // 2
        picture = seen.one.copy()
        picture[:, border:] = seen.two[:, border:]
        picture[:, max(0, border - 1) : border + 1] = np.iinfo(picture.dtype).max
        left, right = (f"{letter} {name}" for letter, name in zip("AB", self._names, strict=True))
        titles = [
            bar(left, "", border, self._bar),
            bar(right, time_text(seen.time), self.picture_size[0] - border, self._bar),
        ]
        return self._below(np.hstack(titles), picture)

    def _difference(self, seen: Matched) -> Pixels:
        left = f"A - B, {GAIN} times   {_decibels(seen.psnr)}"
        title = bar(left, time_text(seen.time), self.picture_size[0], self._bar)
        return self._below(title, seen.difference)

    def _blink(self, seen: Matched) -> Pixels:
        return self._titled(seen, int(seen.time / BEAT) % 2)

    def _titled(self, seen: Matched, which: int) -> Pixels:
        left = f"{'AB'[which]} {self._names[which]}"
        right = f"{time_text(seen.time)}  frame {seen.numbers[which]}"
        title = bar(left, right, self.picture_size[0], self._bar)
        return self._below(title, (seen.one, seen.two)[which])

    def _below(self, title: NDArray[np.uint8], picture: Pixels) -> Pixels:
        level = round(level_of(picture.dtype))
        return np.vstack([title.astype(picture.dtype) * level, picture])


def over_black(pixels: Pixels) -> Pixels:
    """Return a picture (H, W, 4) as it looks on black, (H, W, 3)."""
    peak = peak_of(pixels.dtype)
    shown = pixels[..., :3] * (pixels[..., 3:] / np.float32(peak))
    return shown.astype(pixels.dtype) if peak == 1 else np.rint(shown).astype(pixels.dtype)


@dataclass
class Tally:
    """Counts what is seen of a comparison as it goes by."""

    times: list[Fraction]
    values: list[float]  # dB

    def watched(self, pairs: Iterable[Matched]) -> Generator[Matched, None, None]:
        """Yield the same, counted."""
        for seen in pairs:
            self.times.append(seen.time)
            self.values.append(seen.psnr)
            yield seen

    def line(self) -> str:
        """Return what came out, in one line for people."""
        equal = sum(value == float("inf") for value in self.values)
        text = f"{len(self.values)} moments, {equal} of them equal"
        if equal == len(self.values):
            return text
        worst = min(range(len(self.values)), key=self.values.__getitem__)
        return (
            f"{text}; least alike at {time_text(self.times[worst])}: "
            f"{_decibels(self.values[worst])}"
        )


def _decibels(value: float) -> str:
    return "equal" if value == float("inf") else f"{value:.2f} dB"
