"""What was seen in a source, and what a schedule is made from."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from .analysis.analyser import Findings
from .timeline.times import Times

LONGEST_HOLE = Fraction(1, 2)  # seconds that are interpolated across


@dataclass(frozen=True)
class SourceScan:
    """What a schedule is made from."""

    times: Times  # of the frames, seconds
    end: Fraction
    cuts: Sequence[int]  # frames that begin a new scene
    findings: Findings | None  # None: nothing had to be looked for
    kept: Sequence[int] | None  # frames that bring a new drawing; None: all
    holes: Sequence[int] = ()  # frames that could not be decoded

    def as_data(self) -> dict[str, Any]:
        """Return what was found as JSON can hold it; the findings on each frame are not in it."""
        kept = None if self.kept is None else list(self.kept)
        found = {"cuts": list(self.cuts), "kept": kept, "holes": list(self.holes)}
        return found | {"times": _digest(self.times, self.end)}

    @classmethod
    def of_data(cls, data: Any, times: Times, end: Fraction) -> "SourceScan | None":
        """Return what `as_data` was made of; None if that was a source with other times."""
        try:
            if data["times"] != _digest(times, end):
                return None
            kept = None if data["kept"] is None else _numbers(data["kept"])
            return cls(times, end, _numbers(data["cuts"]), None, kept, _numbers(data["holes"]))
        except (KeyError, TypeError, ValueError):
            return None

    def without_holes(self) -> "SourceScan":
        """Return the same with what comes of holes: they are interpolated across, or held."""
        if not self.holes:
            return self
        holes, count = set(self.holes), len(self.times)
        kept = [n for n in (range(count) if self.kept is None else self.kept) if n not in holes]
        gaps = runs(self.holes)
        after = {number: gap.stop for gap in gaps for number in gap}
        cuts = {after.get(cut, cut) for cut in self.cuts}
        cuts |= {gap.stop for gap in gaps if self.is_held(gap)}
        return replace(self, kept=kept, cuts=sorted(cut for cut in cuts if cut < count), holes=())

    def is_held(self, hole: range) -> bool:
        """Tell whether a hole is too long for anything to be interpolated across it."""
        if hole.stop == len(self.times):
            return True
        return self.times[hole.stop] - self.times[hole.start - 1] > LONGEST_HOLE

    def hole_notes(self, path: Path) -> Iterator[str]:
        """Yield what is to be said of each hole."""
        for hole in runs(self.holes):
            until = self.end if hole.stop == len(self.times) else self.times[hole.stop]
            frames = "a frame" if len(hole) == 1 else f"{len(hole)} frames"
            done = "the last one before is held" if self.is_held(hole) else "interpolated across"
            yield (
                f"{path} is damaged from {float(self.times[hole.start]):.3f} to "
                f"{float(until):.3f} s: {frames} lost, {done}"
            )


def _digest(times: Times, end: Fraction) -> str:
    digest = hashlib.sha256(str(end).encode())
    for time in times:
        digest.update(f" {time}".encode())
    return digest.hexdigest()


def _numbers(listed: list[int]) -> list[int]:
    return [int(number) for number in listed]


def runs(numbers: Sequence[int]) -> list[range]:
    """Return rising numbers as runs without a gap."""
    together = groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])
    lists = [[number for _, number in run] for _, run in together]
    return [range(run[0], run[-1] + 1) for run in lists]
