"""Keyframe decisions for people and programs: table, CSV, JSON."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..timeline.rates import time_text
from ..timeline.times import Times
from .keyframes import Decision

FIELDS = ("frame", "time", "seconds", "kept", "new_scene", "differing", "change")


@dataclass(frozen=True, slots=True)
class KeyframeRow:
    """One source frame: kept or dropped, and the measure behind it.

    `differing` counts pixels against the last kept frame (fixed threshold), `change` is the change
    of the liveliest blocks against the frame before, in 8-bit levels (threshold auto); the other
    one is None.
    """

    frame: int
    time: Fraction  # seconds
    kept: bool
    new_scene: bool
    differing: int | None = None
    change: float | None = None

    def as_data(self) -> dict[str, int | float | str | bool | None]:
        """Return plain values; the time as an exact string and as float seconds."""
        return {
            "frame": self.frame,
            "time": str(self.time),
            "seconds": float(self.time),
            "kept": self.kept,
            "new_scene": self.new_scene,
            "differing": self.differing,
            "change": self.change,
        }


def threshold_rows(
    decisions: Iterable[Decision], times: Times, cuts: Collection[int] = ()
) -> list[KeyframeRow]:
    """Return the rows of a KeyframeDetector's decisions; the first frame of a scene is kept."""
    scenes = set(cuts)
    return [
        KeyframeRow(
            decision.frame,
            times[decision.frame],
            decision.kept or decision.frame in scenes,
            decision.frame in scenes,
            differing=decision.differing,
        )
        for decision in decisions
    ]


def cadence_rows(
    changes: NDArray[np.float32],
    kept: Collection[int],
    times: Times,
    cuts: Collection[int] = (),
) -> list[KeyframeRow]:
    """Return the rows of `find_keyframes`; the first frame has no change."""
    kept, cuts = set(kept), set(cuts)
    return [
        KeyframeRow(
            frame,
            times[frame],
            frame in kept,
            frame in cuts,
            change=round(float(changes[frame, 0]), 2) if frame else None,
        )
        for frame in range(len(changes))
    ]


def as_json(rows: Sequence[KeyframeRow]) -> str:
    """Return all rows as one JSON document."""
    kept = sum(row.kept for row in rows)
    data = {
        "frames": len(rows),
        "kept": kept,
        "dropped": len(rows) - kept,
        "rows": [row.as_data() for row in rows],
    }
    return json.dumps(data, indent=1) + "\n"


def as_csv(rows: Iterable[KeyframeRow]) -> str:
    """Return CSV with a header line; an unknown measure is empty, kept and new_scene are 0 or 1."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        data = row.as_data()
        writer.writerow(data | {"kept": int(row.kept), "new_scene": int(row.new_scene)})
    return text.getvalue()


def as_table(rows: Sequence[KeyframeRow]) -> str:
    """Return a table for people, with a line of totals at its end."""
    lines = [f"{'frame':>8}  {'time':<13} {'':<8} {'changed':>12}"]
    for row in rows:
        state = "kept" if row.kept else "dropped"
        measure = ""
        if row.differing is not None:
            measure = f"{row.differing} px"
        elif row.change is not None:
            measure = f"{row.change:.1f} levels"
        scene = "  new scene" if row.new_scene else ""
        lines.append(f"{row.frame:>8}  {time_text(row.time):<13} {state:<8} {measure:>12}{scene}")
    kept = sum(row.kept for row in rows)
    lines.append(f"{len(rows)} frames: {kept} kept, {len(rows) - kept} dropped")
    return "\n".join(lines) + "\n"
