"""Pictures of what a schedule says, made of source frames."""

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..interpolator import Pair, PairMaker
from ..media.pictures.alpha import premultiplied, straight
from ..media.video.decoded_frame import DecodedFrame
from ..timeline.content import Blend, Content, Hold, Interpolated, SourceFrame
from .lanes import Shared, Task
from .linear_light import linear_light_mean
from .static_regions import StaticRegions

Pixels = NDArray[Any]


class SourcePicture(Protocol):
    """What a picture is made of: a source frame."""

    @property
    def pixels(self) -> Pixels: ...
    @property
    def decoded(self) -> DecodedFrame | None: ...


class SourcePictures(Protocol):
    """Source frames by their number; `Window` is one."""

    def get(self, number: int) -> SourcePicture: ...


class FrameMaker:
    """Makes pictures of a schedule's contents; what depends on a pair is computed once a pair."""

    def __init__(
        self,
        interpolator: PairMaker,
        window: SourcePictures,
        still: float = 0,
        mask: Path | Pixels | None = None,
    ) -> None:
        """`still`, `mask`: as in `RenderOptions` that were fitted to the frames."""
        assert not isinstance(mask, Path), "options are fitted to the frames first"
        self._interpolator, self._window = interpolator, window
        self._still, self._mask = still, mask
        self._last: tuple[tuple[int, int], Between] | None = None

    def picture(self, content: Content) -> Pixels:
        """Return the pixels of one moment."""
        return self.task([content]).run()

    def task(self, contents: Sequence[Content]) -> Task[Pixels]:
        """Return how the mean of some moments is made; its source frames are fetched here."""
        recipes = [self._recipe(content) for content in contents]
        shared = dict.fromkeys(between for _, between in recipes if between is not None)
        multiplied = bool(getattr(self._interpolator, "premultiplied", False))
        return Task(partial(_mean, [make for make, _ in recipes], multiplied), tuple(shared))

    def decoded(self, contents: Sequence[Content]) -> DecodedFrame | None:
        """Return the source frame as decoded, where that is all that an output frame is."""
        content = contents[0]
        if len(contents) > 1 or not isinstance(content, SourceFrame | Hold):
            return None
        return self._window.get(content.frame).decoded

    def _recipe(self, content: Content) -> "tuple[partial[Pixels], Between | None]":
        """Return what makes the pixels of one moment, and the pair that it is made of."""
        if isinstance(content, SourceFrame | Hold):
            return partial(_itself, self._window.get(content.frame).pixels), None
        one, two = self._window.get(content.one).pixels, self._window.get(content.two).pixels
        if isinstance(content, Blend):
            return partial(cross_fade, one, two, float(content.t)), None
        between = self._between(content, one, two)
        return partial(between.at, content), between

    def _between(self, content: Interpolated, one: Pixels, two: Pixels) -> "Between":
        key = (content.one, content.two)
        if self._last is None or self._last[0] != key:
            between = Between(self._interpolator, one, two, self._still, self._mask)
            self._last = (key, between)
        return self._last[1]


class Between(Shared):
    """Two source frames; what all pictures between them need is made with the first of them."""

    def __init__(
        self,
        interpolator: PairMaker,
        one: Pixels,
        two: Pixels,
        still: float,
        mask: Pixels | None,
    ) -> None:
        super().__init__()
        self._interpolator, self._frames = interpolator, (one, two)
        self._still, self._mask = still, mask
        self._pair: tuple[Pair, StaticRegions | None] | None = None
        self._lock = threading.Lock()

    def at(self, content: Interpolated) -> Pixels:
        """Make the picture at the content's t, with still things from the source."""
        with self._lock:
            if self._pair is None:
                self._pair = self._interpolator.pair(*self._frames), self._still_regions()
        pair, still = self._pair
        picture: Pixels = pair.at(content.t)
        return still.apply(picture, float(content.t)) if still else picture

    def _still_regions(self) -> StaticRegions | None:
        if not self._still and self._mask is None:
            return None
        return StaticRegions(*self._frames, self._still, self._mask)


def _mean(recipes: "list[partial[Pixels]]", multiplied: bool = False) -> Pixels:
    """Return the mean; of colours that are `multiplied` by alpha as of straight ones."""
    pictures = (make() for make in recipes)
    if len(recipes) == 1:
        return next(pictures)
    if not multiplied:
        return linear_light_mean(pictures)
    return premultiplied(linear_light_mean(map(straight, pictures)))


def _itself(pixels: Pixels) -> Pixels:
    return pixels


def cross_fade(one: Pixels, two: Pixels, t: float) -> Pixels:
    """(1 − t)·one + t·two, in the type of the pictures."""
    mixed = one.astype(np.float32) * (1 - t) + two.astype(np.float32) * t
    if np.issubdtype(one.dtype, np.integer):
        mixed = np.rint(mixed)
    return mixed.astype(one.dtype)
