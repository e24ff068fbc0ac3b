"""A source, and what is to become of its frames: opened, looked through, planned."""

from collections.abc import Callable
from pathlib import Path

from .analysis.scene_list import format_cuts
from .interpolator import PairMaker
from .media.frame import FrameSource
from .media.output import replacing
from .media.source import open_video
from .media.video.pipe_reader import PipeReader
from .models.moments import Moments
from .one_pass import OnePass
from .paths import stamp_of
from .planning import (
    TimelineOptions,
    Watch,
    check_moments,
    check_rate_meant,
    plan_scanned,
    plan_unscanned,
    scan_source,
)
from .progress import Observer, observing
from .rendering.render import RenderOptions
from .source_scan import SourceScan
from .timeline.schedule import Schedule


class PlannedSource:
    """One source, and what is asked of its frames.

    It is opened once, and a second time where it has to be looked through beforehand.

    maker: returns what makes the frames between two, once it is needed.
    yes: more than 8 frames for one, or more than 240 a second, are meant.
    """

    def __init__(
        self,
        path: Path,
        timeline: TimelineOptions,
        rendering: RenderOptions,
        maker: Callable[[], PairMaker],
        yes: bool,
    ) -> None:
        self.path, self.timeline, self.rendering = path, timeline, rendering
        self._maker, self._yes = maker, yes
        self._opened: FrameSource | None = None
        self._unused = True  # whether the opened source has not been read yet
        self._outline: Schedule | None = None  # what is known before a picture is seen
        self.scan: SourceScan | None = None  # what was seen, once it was looked through
        self._stamp = stamp_of(path)
        self._whole: Schedule | None = None  # of a pipe that was read for it

    @property
    def frames(self) -> FrameSource:
        """The source, as far as its facts and times are concerned; it may be closed."""
        if self._opened is None:
            self._opened = open_video(
                self.path,
                self.timeline.input_fps,
                deinterlace=self.rendering.deinterlace,
                lenient=self._skips,
            )
        return self._opened

    @property
    def is_pipe(self) -> bool:
        """Whether it can be read once only."""
        return self.frames.info.once

    @property
    def fitted(self) -> RenderOptions:
        """What is done to its frames, fitted to their size."""
        info = self.frames.info
        return self.rendering.fitted(info.width, info.height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the result."""
        info = self.frames.info
        return self.fitted.size or (info.width, info.height)

    @property
    def notes(self) -> list[str]:
        """What is to be said of it, as far as it has been read."""
        return [*self.frames.notes, *self.hole_notes()]

    def hole_notes(self) -> list[str]:
        """Return what is to be said of what could not be decoded."""
        return list(self.scan.hole_notes(self.path)) if self.scan else []

    def lost(self, schedule: Schedule) -> int:
        """Return how many frames of a schedule could not be decoded."""
        holes = self.scan.holes if self.scan else ()
        return sum(number in schedule.source_frames for number in holes)

    def follow(self, other: "PlannedSource") -> None:
        """Take over what another one has seen, if that has looked at the same for the same."""
        if self._sought == other._sought:
            self.scan = other.scan

    def remember(self, seen: object) -> None:
        """Take over what an interrupted run has seen; it knows that it was the same.

        Raises:
            InputError: the source is damaged.
        """
        if seen is not None and self.scan is None:
            self.scan = SourceScan.of_data(seen, *self.frames.times())

    @property
    def _sought(self) -> tuple[object, ...]:
        """All that decides what is seen of the source when it is looked through."""
        how = self.rendering.deinterlace, self.rendering.on_error
        return self.path, self._stamp, self.timeline.sought, how

    @property
    def _skips(self) -> bool:
        return self.rendering.on_error == "skip"

    def check(self) -> None:
        """Refuse what can be wrong without a thought of the result.

        Raises:
            VfiError: as for `Job.check`.
        """
        _ = self.fitted
        self._check_moments(self.outline())

    def outline(self) -> Schedule:
        """Return the schedule as far as it is known before a picture is seen.

        Raises:
            VfiError: the source cannot be read, or the rate is not meant.
        """
        if self._outline is None:
            outline = plan_unscanned(self.frames, self.timeline)
            if not self._yes:
                check_rate_meant(outline, self.timeline)
            self._outline = outline
        return self._outline

    def plan(self, progress: Observer | bool, watch: Watch | None = None) -> Schedule:
        """Return what every output frame will be.

        Raises:
            VfiError: as for `Job.plan`.
        """
        if self.is_pipe:
            return self._plan_once()
        if self.scan is None or watch is not None:
            self.check()
            with observing(progress) as observer:
                self.scan = scan_source(
                    self.frames, self.timeline, observer, watch, every_frame=self._skips
                )
        schedule = plan_scanned(self.scan, self.frames.info.frame_rate, self.timeline)
        self._check_moments(schedule)
        return schedule

    def _check_moments(self, schedule: Schedule) -> None:
        """Refuse times that the model does not make."""
        maker = self._maker()
        model = str(getattr(maker, "model", type(maker).__name__))
        moments = getattr(maker, "times", Moments.ANY)
        check_moments(schedule, self.timeline, self.rendering.shutter, moments, model)

    def _plan_once(self) -> Schedule:
        """Read a pipe for its schedule; then there is nothing left to be rendered."""
        if self._whole is None:
            self.check()
            once = self.once()
            once.drain()
            self.scan, self._whole = once.scan(), once.schedule.whole()
        return self._whole

    def once(self, wants_streams: bool = False) -> OnePass:
        """Return a pipe, read as far as it has to be to know how the result begins.

        Args:
            wants_streams: what is beside its picture goes along into the result.
        """
        source = self.unread()
        assert isinstance(source, PipeReader)
        if source.beside is not None:
            source.beside.wanted = wants_streams
        once = OnePass(source, self.timeline, self.rendering.shutter is not None)
        once.schedule.begin()
        return once

    def ready(self) -> tuple[FrameSource, Schedule]:
        """Return the source, to be read, and what is made of it; of a pipe as far as is known."""
        if self.is_pipe:
            once = self.once()
            return once, once.schedule
        schedule = self.plan(progress=False)
        return self.unread(), schedule

    def write_cuts(self, path: Path, overwrite: bool) -> None:
        """Write the cuts to a file, if they are known.

        Raises:
            OutputError: it cannot be written.
        """
        if self.scan is None:
            return
        with replacing(path, overwrite) as temporary:
            text = format_cuts(self.scan.cuts, self.scan.times, path.suffix.lower())
            temporary.write_text(text, encoding="utf-8")

    def unread(self) -> FrameSource:
        """Return the source, ready to be read from its beginning."""
        source = self.frames
        if not self._unused:
            self._opened = source = source.reopen()
        self._unused = False
        return source

    def close(self) -> None:
        """Close the source; a second time does nothing."""
        if self._opened is not None:
            self._opened.close()
        self._unused = False
