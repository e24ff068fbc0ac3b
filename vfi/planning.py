"""From what people ask for, and what a video holds, to its schedule.

Where cuts or repeated drawings are to be found, the video is looked through once beforehand; what
is kept of it are a few numbers a frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from .media.frame import FrameSource
from .media.source import open_source
from .timeline.cadence import CadenceMeter, find_keyframes
from .timeline.contact_sheet import ContactSheet
from .timeline.keyframes import DEFAULT_TOLERANCE, Decision, KeyframeDetector
from .timeline.motion import AtCut
from .timeline.pace import Multiply, Pace
from .timeline.report import KeyframeRow, cadence_rows, threshold_rows
from .timeline.scene_list import read_cuts
from .timeline.scenes import DEFAULT_THRESHOLD, SceneDetector
from .timeline.schedule import Schedule, plan
from .timeline.times import frames_in_part


@dataclass(frozen=True)
class Planning:
    """What people ask of the timeline. Times in seconds."""

    pace: Pace = field(default_factory=lambda: Multiply(2))
    input_rate: Fraction | None = None  # of a folder of pictures, which has no rate of its own
    start: Fraction | None = None
    stop: Fraction | None = None
    seconds: Fraction | None = None
    loop: bool = False
    at_cut: AtCut = "hold"
    max_hold: Fraction | None = None
    threshold: int | Literal["auto"] = 0  # pixels that differ in a new drawing; 0 keeps all frames
    tolerance: float = DEFAULT_TOLERANCE  # 8-bit levels by which a pixel may move and be the same
    scene_threshold: float = DEFAULT_THRESHOLD  # 0: cuts are not looked for
    scenes: Path | None = None  # a list of cuts, instead of looking for them


@dataclass(frozen=True)
class Analysis:
    """What was found in a video."""

    times: Sequence[Fraction]  # seconds
    end: Fraction
    cuts: list[int]  # frames that begin a new scene
    kept: list[int] | None = None  # frames that bring a new drawing; None: all
    decisions: list[Decision] = field(default_factory=list)  # a fixed threshold's
    changes: NDArray[np.float32] | None = None  # the cadence's measure
    sheet: ContactSheet | None = None

    def rows(self) -> list[KeyframeRow]:
        """The decision on every frame, for people."""
        if self.changes is not None:
            return cadence_rows(self.changes, self.kept or [], self.times, self.cuts)
        if self.decisions:
            return threshold_rows(self.decisions, self.times, self.cuts)
        return [
            KeyframeRow(frame, time, kept=True, new_scene=frame in self.cuts)
            for frame, time in enumerate(self.times)
        ]


def make_schedule(source: FrameSource, wishes: Planning, progress: bool = False) -> Schedule:
    """Decide what every output frame is.

    Raises:
        UsageError: a wish is out of its range.
        InputError: the source cannot be read.
    """
    return schedule_of(analyse(source, wishes, progress), source, wishes)


def schedule_of(found: Analysis, source: FrameSource, wishes: Planning) -> Schedule:
    """The schedule for a video that has been analysed."""
    return plan(
        found.times,
        found.end,
        wishes.pace,
        kept=found.kept,
        cuts=found.cuts,
        at_cut=wishes.at_cut,
        loop=wishes.loop,
        max_hold=wishes.max_hold,
        start=wishes.start,
        stop=wishes.stop,
        seconds=wishes.seconds,
        rate=source.info.frame_rate,
    )


def analyse(
    source: FrameSource, wishes: Planning, progress: bool = False, sheet: bool = False
) -> Analysis:
    """Find the cuts and the repeated drawings, as far as they are asked for.

    `source` itself is not read: it is opened a second time, and only if that is needed.

    Args:
        sheet: also collect thumbnails of all frames.

    Raises:
        UsageError: a threshold is out of its range.
        InputError: the source or the list of cuts cannot be read.
    """
    times, end = source.times()
    listed = [] if wishes.scenes is None else read_cuts(wishes.scenes, times, end)
    look = _Look(wishes, listed, ContactSheet() if sheet else None)
    if look.is_needed:
        part = frames_in_part(times, end, wishes.start, wishes.stop, wishes.seconds)
        rate = source.info.frame_rate if source.info.is_sequence else None
        bar = tqdm(total=part.stop, unit="frame", desc="looking", disable=not progress, leave=False)
        with open_source(source.info.path, rate) as again, bar:
            for frame in islice(again, part.stop):
                look.at(frame.pixels)
                bar.update()
    return look.findings(times, end)


class _Look:
    """One look through a video, with the detectors that are asked for."""

    def __init__(self, wishes: Planning, listed: list[int], sheet: ContactSheet | None) -> None:
        self._cuts = list(listed)
        self._listed = set(listed)
        self._sheet = sheet
        self._decisions: list[Decision] = []
        self._scenes: SceneDetector | None = None
        self._cadence: CadenceMeter | None = None
        self._keyframes: KeyframeDetector | None = None
        if wishes.scenes is None and wishes.scene_threshold:
            self._scenes = SceneDetector(wishes.scene_threshold)
        if wishes.threshold == "auto":
            self._cadence = CadenceMeter()
        elif wishes.threshold:
            self._keyframes = KeyframeDetector(wishes.threshold, wishes.tolerance)

    @property
    def is_needed(self) -> bool:
        return any((self._scenes, self._cadence, self._keyframes, self._sheet))

    def at(self, pixels: NDArray[Any]) -> None:
        """Take the next frame."""
        if self._scenes:
            self._cuts += self._scenes.update(pixels)
        if self._cadence:
            self._cadence.update(pixels)
        if self._keyframes:
            new_scene = len(self._decisions) in self._listed
            self._decisions.append(self._keyframes.update(pixels, new_scene))
        if self._sheet:
            self._sheet.add(pixels)

    def findings(self, times: Sequence[Fraction], end: Fraction) -> Analysis:
        """What was found, after the last frame."""
        if self._scenes:
            self._cuts += self._scenes.finish()
        kept, changes = None, None
        if self._cadence:
            changes = self._cadence.changes()
            kept = find_keyframes(changes, self._cuts)
        elif self._keyframes:
            kept = [decision.frame for decision in self._decisions if decision.kept]
        return Analysis(times, end, self._cuts, kept, self._decisions, changes, self._sheet)
