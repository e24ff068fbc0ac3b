"""One pass over a video's frames: everything that a plan needs to know from their pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import UsageError, shown
from ..timeline.rates import parse_count
from ..timeline.times import Times
from .cadence import CadenceMeter, find_keyframes
from .differences import Pixels
from .keyframe_table import KeyframeRow, cadence_rows, threshold_rows
from .keyframes import DEFAULT_TOLERANCE, Decision, KeyframeDetector
from .scenes import DEFAULT_THRESHOLD, SceneDetector

Threshold = int | Literal["auto"]


def parse_threshold(text: str, option: str = "threshold") -> Threshold:
    """Return a number of pixels, 0 or more, or "auto".

    Raises:
        UsageError: neither of them.
    """
    plain = text.strip().lower()
    if plain == "auto":
        return "auto"
    pixels = parse_count(plain)
    if pixels is not None:
        return pixels
    raise UsageError(
        f"{option} {shown(text)} is not a number of pixels: give 0 to width * height, or auto",
        option=option,
    )


@dataclass(frozen=True)
class Findings:
    """What the pictures say: the frames that are kept, and those that begin a new scene.

    Without a threshold `kept` is None (all of them) and there are no rows.
    """

    kept: Sequence[int] | None
    cuts: Sequence[int]
    rows: Sequence[KeyframeRow]


class Analysis:
    """Feeds each frame to the scene and keyframe detectors that are asked for.

        analysis = Analysis("auto")
        for frame in reader: analysis.update(frame.pixels)
        findings = analysis.finish(times)
        schedule = plan(times, end, Multiply(2), kept=findings.kept, cuts=findings.cuts)

    Args:
        threshold: 0 keeps every frame (and still counts for the report); a number of pixels, or
            "auto"; None keeps every frame and saves the work.
        tolerance: 8-bit levels, for a number of pixels.
        scene_threshold: None looks for no cuts.
        cuts: known cuts; none are looked for then.
    """

    def __init__(
        self,
        threshold: Threshold | None = 0,
        tolerance: float = DEFAULT_TOLERANCE,
        scene_threshold: float | None = DEFAULT_THRESHOLD,
        cuts: Iterable[int] | None = None,
    ) -> None:
        self._cuts = sorted(set(cuts or ()))
        self._scenes: SceneDetector | None = None
        if cuts is None and scene_threshold is not None:
            self._scenes = SceneDetector(scene_threshold)
        self._cadence = CadenceMeter() if threshold == "auto" else None
        self._keyframes: KeyframeDetector | None = None
        if isinstance(threshold, int):
            self._keyframes = KeyframeDetector(threshold, tolerance)
        self._decisions: list[Decision] = []

    def update(self, pixels: Pixels) -> None:
        """Take the next frame, (H, W) or (H, W, C)."""
        if self._scenes is not None:
            self._cuts += self._scenes.update(pixels)
        if self._cadence is not None:
            self._cadence.update(pixels)
        if self._keyframes is not None:
            self._decisions.append(self._keyframes.update(pixels))

    def finish(self, times: Times) -> Findings:
        """Return the findings; `times` are those of the frames, seconds."""
        if self._scenes is not None:
            self._cuts += self._scenes.finish()
        if self._cadence is None and self._keyframes is None:
            return Findings(None, self._cuts, [])
        if self._cadence is None:
            rows = threshold_rows(self._decisions, times, self._cuts)
        else:
            changes = self._cadence.changes()
            kept = find_keyframes(changes, self._cuts)
            rows = cadence_rows(changes, kept, times, self._cuts)
        return Findings([row.frame for row in rows if row.kept], self._cuts, rows)
