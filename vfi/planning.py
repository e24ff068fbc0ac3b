"""From what people ask for, and what a video holds, to its schedule.

Where cuts or repeated drawings are to be found, the video is looked through once beforehand; what
is kept of it are a few numbers a frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from .figures.contact_sheet import ContactSheet
from .media.frame import FrameSource
from .media.source import open_source
from .timeline.analysis import Analysis, Findings, Threshold
from .timeline.keyframes import DEFAULT_TOLERANCE
from .timeline.motion import AtCut
from .timeline.pace import Multiply, Pace
from .timeline.scene_list import read_cuts
from .timeline.scenes import DEFAULT_THRESHOLD
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
    threshold: Threshold = 0  # pixels that differ in a new drawing; 0 keeps all frames
    tolerance: float = DEFAULT_TOLERANCE  # 8-bit levels by which a pixel may move and be the same
    scene_threshold: float = DEFAULT_THRESHOLD  # 0: cuts are not looked for
    scenes: Path | None = None  # a list of cuts, instead of looking for them


@dataclass(frozen=True)
class Overview:
    """What a schedule is made from."""

    times: Sequence[Fraction]  # of the frames, seconds
    end: Fraction
    cuts: Sequence[int]  # frames that begin a new scene
    findings: Findings | None  # None: nothing had to be looked for
    kept: Sequence[int] | None  # frames that bring a new drawing; None: all


def make_schedule(source: FrameSource, wishes: Planning, progress: bool = False) -> Schedule:
    """Decide what every output frame is.

    Raises:
        UsageError: a wish is out of its range.
        InputError: the source cannot be read.
    """
    return schedule_of(look_through(source, wishes, progress), source, wishes)


def schedule_of(seen: Overview, source: FrameSource, wishes: Planning) -> Schedule:
    """The schedule for a video that has been looked through."""
    return plan(
        seen.times,
        seen.end,
        wishes.pace,
        kept=seen.kept,
        cuts=seen.cuts,
        at_cut=wishes.at_cut,
        loop=wishes.loop,
        max_hold=wishes.max_hold,
        start=wishes.start,
        stop=wishes.stop,
        seconds=wishes.seconds,
        rate=source.info.frame_rate,
    )


def look_through(
    source: FrameSource,
    wishes: Planning,
    progress: bool = False,
    sheet: ContactSheet | None = None,
    every_frame: bool = False,
) -> Overview:
    """Find the cuts and the repeated drawings, as far as they are asked for.

    `source` itself is not read: it is opened a second time, and only if that is needed.

    Args:
        sheet: also collects thumbnails of all frames.
        every_frame: look even where nothing is to be found, for the findings on each frame.

    Raises:
        UsageError: a threshold is out of its range.
        InputError: the source or the list of cuts cannot be read.
    """
    times, end = source.times()
    listed = None if wishes.scenes is None else read_cuts(wishes.scenes, times, end)
    finds_cuts = listed is None and wishes.scene_threshold > 0
    if not (finds_cuts or wishes.threshold or sheet or every_frame):
        return Overview(times, end, listed or (), None, None)
    analysis = Analysis(
        wishes.threshold,
        wishes.tolerance,
        wishes.scene_threshold if finds_cuts else None,
        listed,
    )
    part = frames_in_part(times, end, wishes.start, wishes.stop, wishes.seconds)
    rate = source.info.frame_rate if source.info.is_sequence else None
    bar = tqdm(total=part.stop, unit="frame", desc="looking", disable=not progress, leave=False)
    with open_source(source.info.path, rate) as again, bar:
        for frame in islice(again, part.stop):
            analysis.update(frame.pixels)
            if sheet:
                sheet.add(frame.pixels)
            bar.update()
    findings = analysis.finish(times)
    return Overview(
        times, end, findings.cuts, findings, findings.kept if wishes.threshold else None
    )
