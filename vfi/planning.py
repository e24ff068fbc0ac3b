"""From what people ask for, and what a video holds, to its schedule.

Where cuts or repeated drawings are to be found, the video is looked through once beforehand; what
is kept of it are a few numbers a frame.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from .media.frame import FrameSource, VideoFrame
from .media.source import open_source
from .timeline.cadence import CadenceMeter, find_keyframes
from .timeline.keyframes import DEFAULT_TOLERANCE, Decision, KeyframeDetector
from .timeline.motion import AtCut
from .timeline.pace import Multiply, Pace
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
    kept: list[int] | None  # frames that bring a new drawing; None: all
    decisions: list[Decision]  # a fixed threshold's, one a frame


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


def analyse(source: FrameSource, wishes: Planning, progress: bool = False) -> Analysis:
    """Find the cuts and the repeated drawings, as far as they are asked for.

    `source` itself is not read: it is opened a second time.

    Raises:
        UsageError: a threshold is out of its range.
        InputError: the source or the list of cuts cannot be read.
    """
    times, end = source.times()
    listed = [] if wishes.scenes is None else read_cuts(wishes.scenes, times, end)
    scenes = None
    if wishes.scenes is None and wishes.scene_threshold:
        scenes = SceneDetector(wishes.scene_threshold)
    keyframes = cadence = None
    if wishes.threshold == "auto":
        cadence = CadenceMeter()
    elif wishes.threshold:
        keyframes = KeyframeDetector(wishes.threshold, wishes.tolerance)
    cuts, decisions = list(listed), list[Decision]()
    if scenes or keyframes or cadence:
        rate = source.info.frame_rate if source.info.is_sequence else None
        part = frames_in_part(times, end, wishes.start, wishes.stop, wishes.seconds)
        with open_source(source.info.path, rate) as again:
            for frame in _shown(islice(again, part.stop), part.stop, progress):
                if scenes:
                    cuts += scenes.update(frame.pixels)
                if keyframes:
                    decisions.append(keyframes.update(frame.pixels, len(decisions) in listed))
                if cadence:
                    cadence.update(frame.pixels)
    if scenes:
        cuts += scenes.finish()
    kept: list[int] | None = None
    if cadence:
        kept = find_keyframes(cadence.changes(), cuts)
    elif keyframes:
        kept = [decision.frame for decision in decisions if decision.kept]
    return Analysis(times, end, cuts, kept, decisions)


def _shown(frames: Iterable[VideoFrame], count: int, progress: bool) -> Iterator[VideoFrame]:
    bar = tqdm(frames, total=count, unit="frame", desc="looking", disable=not progress, leave=False)
    yield from bar
