"""A result that is made segment by segment, so that what is finished is never lost."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce

from ..interpolator import PairMaker
from ..media.frame import FrameSource
from ..media.sink import Part, Parts
from ..memory import peak_memory
from ..progress import Meter, Observer
from ..timeline.schedule import Schedule
from ..timeline.segments import segments
from ..timings import Ledger, Timings
from .crew import Crew, Report, Tell
from .render import Rendered, Renderer, RenderOptions, write_frames


def runs_of(schedule: Schedule) -> list[range]:
    """Return the output frames of each segment."""
    return [segment.frames for segment in segments(schedule)]


@dataclass(frozen=True)
class Work:
    """What the parts of a result are made of; it can be pickled, for another process.

    options: fitted to the size of the frames.
    """

    source: FrameSource
    schedule: Schedule
    interpolator: PairMaker
    options: RenderOptions = RenderOptions()


class Bench:
    """Makes parts of a result, in any order; in rising order the source is read but once."""

    def __init__(self, work: Work, counts_memory: bool = False) -> None:
        """`counts_memory`: it has a process of its own."""
        self._work, self._source, self._counts = work, work.source, counts_memory
        self._renderer: Renderer | None = None
        self._next = 0  # the first frame that can be made without beginning anew
        self._ledger: Ledger | None = None

    def make(self, run: range, part: Part, tell: Tell) -> Report:
        """Make a run of frames; `tell` hears of each.

        Raises:
            VfiError: the source is damaged or the disk is full.
        """
        renderer, schedule = self._renderer_for(run), self._work.schedule
        sink, end = part.open(), partial(end_of, schedule, run)
        self._next = len(schedule)  # should it fail: then nothing goes on from here
        write_frames(renderer.frames(run), sink, end, lambda: tell(1), renderer.ledger)
        self._next = run.stop
        memory = (self._counts and peak_memory()) or 0
        return Report(tuple(self._source.notes), renderer.ledger.timings(), memory)

    def _renderer_for(self, run: range) -> Renderer:
        work, used = self._work, self._ledger is not None
        if run.start < self._next:
            self.close()
        if self._renderer is None:
            self._source = self._source.reopen() if used else self._source
            made_of = self._source, work.schedule, work.interpolator, work.options
            self._renderer = Renderer(*made_of, self._ledger)
            self._ledger = self._renderer.ledger
        return self._renderer

    def close(self) -> None:
        """Let everything go."""
        renderer, self._renderer = self._renderer, None
        if renderer is not None:
            renderer.close()


def render_parts(
    work: Work,
    parts: Parts,
    observer: Observer = lambda _: None,
    crew_for: Callable[[Work, int], Crew | None] = lambda *_: None,
) -> Rendered:
    """Make what is missing of the parts of a result, and put them together.

    On any failure finished parts stay; how many frames that are is a note of the exception.

    Args:
        observer: is told how far it has come.
        crew_for: returns who makes so many of them; None: they are made here.

    Raises:
        VfiError: the source is damaged or the disk is full.
    """
    total = len(work.schedule)
    try:
        missing = parts.missing()
        there = total - sum(map(len, missing))
        meter = Meter(observer, "render", total, there)
        crew = crew_for(work, len(missing)) if missing else None
        make = crew.make if crew else partial(_make_here, work)
        reports = make(missing, parts.part, meter.step)
        parts.close()
    except BaseException as error:
        tell_kept(error, parts, total)
        parts.abort()
        raise
    said = (note for report in reports for note in report.notes)
    notes = dict.fromkeys([*work.source.notes, *said])
    return Rendered(
        parts.path,
        total,
        work.schedule,
        [*notes, *parts.notes, *_said_of(there, total)],
        reduce(Timings.beside, (report.timings for report in reports)),
        workers_memory=sum(report.memory for report in reports),
    )


def _make_here(
    work: Work, runs: Sequence[range], part: Callable[[range], Part], tell: Tell
) -> list[Report]:
    report = Report()
    with closing(Bench(work)) as bench:
        for run in runs:
            report = bench.make(run, part(run), tell)
    return [report]


def _said_of(there: int, total: int) -> list[str]:
    return [f"{there} of {total} frames were there from an interrupted run"] if there else []


def end_of(schedule: Schedule, run: range) -> Fraction:
    """When the last frame of a run is over, in seconds from the beginning of the result."""
    return schedule.time(run.stop) - schedule.start


def tell_kept(error: BaseException, parts: Parts, total: int) -> None:
    """Say with an exception how many of the frames of a result are finished, and stay."""
    if parts.finished:
        error.add_note(f"{parts.finished} of {total} frames of {parts.path} are kept")
