"""The pictures of the worst samples, kept small, for the report."""

import heapq
from dataclasses import dataclass, field

import numpy as np

from ...figures.pages import data_uri
from ..datasets.samples import Pixels, Sample, as_pixels
from ..datasets.withheld import reduce_to_fit

DIFFERENCE_GAIN = 4
"""Differences are shown this many times larger than they are."""


@dataclass(frozen=True)
class Exhibit:
    """One sample's pictures as data URIs."""

    sample: str
    t: float
    one: str
    two: str
    truth: str
    made: dict[str, str]  # by method
    differences: dict[str, str]  # by method: |made − truth| · DIFFERENCE_GAIN

    @property
    def layers(self) -> dict[str, str]:
        """All of them, by what they are called on the page."""
        given = {"frame one": self.one, "frame two": self.two, "truth": self.truth}
        differences = {f"difference: {name}": uri for name, uri in self.differences.items()}
        return given | self.made | differences


@dataclass
class Gallery:
    """Keeps the `limit` samples with the lowest score, reduced to fit `largest`."""

    limit: int = 24
    largest: tuple[int, int] = (960, 720)  # pixels: width, height
    quality: int = 88  # JPEG
    _kept: list[tuple[float, int, Exhibit]] = field(default_factory=list, repr=False)
    _offers: int = 0

    def offer(self, sample: Sample, predictions: dict[str, Pixels], score: float) -> None:
        """Keep the sample if it is among the worst so far; `score` is higher for better."""
        self._offers += 1
        key = -score
        full = len(self._kept) >= self.limit
        if self.limit == 0 or (full and key <= self._kept[0][0]):
            return
        entry = (key, -self._offers, self._exhibit(sample, predictions))
        (heapq.heappushpop if full else heapq.heappush)(self._kept, entry)

    def exhibits(self) -> list[Exhibit]:
        """Return the worst first."""
        return [exhibit for _, _, exhibit in sorted(self._kept, key=lambda e: e[:2], reverse=True)]

    def _exhibit(self, sample: Sample, predictions: dict[str, Pixels]) -> Exhibit:
        return Exhibit(
            sample=sample.name,
            t=sample.t,
            one=self._uri(sample.one),
            two=self._uri(sample.two),
            truth=self._uri(sample.truth),
            made={name: self._uri(picture) for name, picture in predictions.items()},
            differences={
                name: self._uri(_difference(picture, sample.truth))
                for name, picture in predictions.items()
            },
        )

    def _uri(self, picture: Pixels) -> str:
        return data_uri(reduce_to_fit(picture, self.largest), self.quality)


def _difference(picture: Pixels, truth: Pixels) -> Pixels:
    amplified = np.abs(picture.astype(np.int16) - truth) * DIFFERENCE_GAIN
    return as_pixels(np.minimum(amplified, 255))
