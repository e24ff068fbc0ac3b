"""A result that is made segment by segment, so that what is finished is never lost."""

from contextlib import closing
from fractions import Fraction
from functools import partial

from ..interpolator import PairMaker
from ..media.frame import FrameSource
from ..media.sink import Parts
from ..progress import Meter, Observer
from ..timeline.schedule import Schedule
from ..timeline.segments import segments
from .render import Rendered, Renderer, RenderOptions, write_frames


def runs_of(schedule: Schedule) -> list[range]:
    """Return the output frames of each segment."""
    return [segment.frames for segment in segments(schedule)]


def render_parts(
    source: FrameSource,
    schedule: Schedule,
    interpolator: PairMaker,
    parts: Parts,
    options: RenderOptions = RenderOptions(),
    observer: Observer = lambda _: None,
) -> Rendered:
    """Make what is missing of the parts of a result, and put them together.

    On any failure finished parts stay; how many frames that are is a note of the exception.

    Args:
        observer: is told how far it has come.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    try:
        missing = parts.missing()
        there = len(schedule) - sum(map(len, missing))
        meter = Meter(observer, "render", len(schedule), there)
        with closing(Renderer(source, schedule, interpolator, options)) as renderer:
            for run in missing:
                sink, end = parts.part(run).open(), partial(end_of, schedule, run)
                write_frames(renderer.frames(run), sink, end, meter, renderer.ledger)
        parts.close()
    except BaseException as error:
        tell_kept(error, parts, len(schedule))
        parts.abort()
        raise
    notes = [*source.notes, *parts.notes]
    if there:
        notes.append(f"{there} of {len(schedule)} frames were there from an interrupted run")
    return Rendered(parts.path, len(schedule), schedule, notes, renderer.ledger.timings())


def end_of(schedule: Schedule, run: range) -> Fraction:
    """When the last frame of a run is over, in seconds from the beginning of the result."""
    return schedule.time(run.stop) - schedule.start


def tell_kept(error: BaseException, parts: Parts, total: int) -> None:
    """Say with an exception how many of the frames of a result are finished, and stay."""
    if parts.finished:
        error.add_note(f"{parts.finished} of {total} frames of {parts.path} are kept")
