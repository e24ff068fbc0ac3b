"""A job: one source, one result, and what is asked of it.

    job = Job("clip.mp4", timeline=TimelineOptions(fps=3), encoding=EncodingOptions("h265"))
    job.check()                       # raises whatever can be known to be wrong; touches nothing
    for frame in job.plan(): ...      # what every output frame will be made of
    rendered = job.run(progress=True)

Everybody who interpolates a video makes one: the command line, a batch, Python's functions.
"""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from .destination import Destination, destination_of
from .estimate import rendering_seconds
from .interpolator import Interpolator, PairMaker
from .media.containers import container_of
from .media.kept import KeptParts
from .media.options import EncodingOptions
from .media.output import check_distinct, check_writable
from .media.pipes import is_standard
from .media.source import files_of
from .paths import model_file, path_of
from .planned_source import PlannedSource
from .planning import (
    TimelineOptions,
    Watch,
)
from .progress import Observer, observing
from .recipe import made_with, recipe_of
from .rendering.bounds import bounded, bounds_in_words, parse_limit
from .rendering.frame_maker import FrameMaker
from .rendering.hiring import crew_for, parse_count
from .rendering.render import (
    InterpolatedFrame,
    Rendered,
    RenderOptions,
    render,
    rendered_frames,
)
from .rendering.segments import Work, render_parts, runs_of
from .rendering.window import Window
from .stopping import listening
from .timeline.content import Content
from .timeline.schedule import Schedule


class Job:
    """One source, one result, and what is asked of it.

    Args:
        source: a video file, or a folder, pattern or glob of pictures; "-" for standard input.
        out: a video file, or a folder (its name may end in /) for numbered pictures. None names
            one beside the source, after what is done.
        timeline: which frames the result has.
        encoding: how a video file is written.
        rendering: what is done to frames besides interpolating them.
        interpolator: makes the frames between two; None makes one of the next three.
        model, device, precision: as for `Interpolator`.
        overwrite: replace what is there.
        yes: more than 8 frames for one, or more than 240 a second, are meant.
        write_scenes: also write the cuts to this file.
        fresh: throw away what an interrupted run has left of the result. Else the job goes on with
            it; what was made with anything else is refused.
        workers: how many processes make a long result; "auto" is what suits the machine; None is 1,
            or "auto" with `ray`. The result is the same, bit for bit. A script that asks for
            several has to keep what it does in `if __name__ == "__main__":`, as for all that
            `multiprocessing` spawns.
        ray: the address of a Ray cluster, HOST:PORT, whose machines make it; "auto" finds it.
        memory_limit: bytes, or text ("8GB"), to keep within: fewer pairs of frames are computed at
            once then, and frames that are too large for one are made in bands. "auto" is what
            the machine, or the container, has left, less a reserve.

    The source is opened once, and a second time where it has to be looked through beforehand. A
    job can be left open after `check` or `plan`: it is a context manager, and `close` closes it.
    """

    def __init__(
        self,
        source: str | Path,
        out: str | Path | None = None,
        timeline: TimelineOptions = TimelineOptions(),
        encoding: EncodingOptions = EncodingOptions(),
        rendering: RenderOptions = RenderOptions(),
        interpolator: PairMaker | None = None,
        overwrite: bool = False,
        *,
        model: str | Path | None = None,
        device: str = "auto",
        precision: str = "auto",
        yes: bool = False,
        write_scenes: str | Path | None = None,
        fresh: bool = False,
        workers: int | str | None = None,
        ray: str | None = None,
        memory_limit: int | str = "auto",
    ) -> None:
        self.source = path_of(source, "source")
        if out is not None:
            path_of(out, "out")  # kept as it is: a slash at its end has a meaning
        self.out = out
        self.timeline, self.encoding, self.rendering = timeline, encoding, rendering
        self.overwrite, self.yes, self.fresh = overwrite, yes, fresh
        self.workers, self.ray = None if workers is None else parse_count(workers), ray
        self.memory_limit = parse_limit(memory_limit)
        self.write_scenes = None if write_scenes is None else Path(write_scenes)
        self._given = interpolator
        self._network = (model, device, precision)
        self._planned = PlannedSource(
            self.source, timeline, rendering, lambda: self.interpolator, yes
        )

    # ---- what is known before anything is done

    @cached_property
    def interpolator(self) -> PairMaker:
        """What makes the frames between two; the network is loaded when this is first asked for.

        Raises:
            UsageError, WeightsError, DeviceError: there is no such model, or it cannot run here.
        """
        return self._given or Interpolator(*self._network)

    @cached_property
    def _maker(self) -> PairMaker:
        """The interpolator, for the alpha that the source has, and within the limit of memory."""
        maker = self.interpolator
        if self._planned.frames.info.premultiplied and isinstance(maker, Interpolator):
            maker = maker.of_premultiplied()
        return bounded(maker, self.memory_limit, *self._planned.size)

    @property
    def model(self) -> str:
        """The name of what makes the frames between two."""
        return str(getattr(self.interpolator, "model", type(self.interpolator).__name__))

    @property
    def network(self) -> tuple[str | Path | None, str, str]:
        """The model, device and precision that are asked for."""
        return self._network

    @property
    def destination(self) -> Destination:
        """Where the result goes."""
        rate = self._planned.outline().frame_rate if self.out is None else None
        asked = self.timeline.retiming, self.encoding, self.overwrite
        return destination_of(self.out, self._planned.frames, *asked, rate)

    def check(self) -> None:
        """Refuse what can be known to be wrong, before anything is decoded or written.

        Raises:
            UsageError: a wish is out of its range, or does not go with the source or the result.
            InputError: the source, the mask or the list of cuts cannot be read.
            OutputError: the result cannot be written; ExistsError: it is there already; an
                interrupted run has left parts of another one.
            WeightsError, DeviceError: the model cannot be used.
        """
        _ = self.destination  # a pipe has none by itself, and can be planned without
        self._check_result()
        self._planned.check()
        self.check_free()
        self._kept().check(self.fresh)

    def check_free(self) -> None:
        """Refuse if the result is there already and is not to be replaced.

        Raises:
            ExistsError: it is.
        """
        if not self._is_nowhere:
            self.destination.check_free(self._planned.frames)

    @property
    def _is_nowhere(self) -> bool:
        """Whether nobody has said where the result of a pipe goes, which has no place beside it."""
        return self.out is None and self._planned.is_pipe

    def plan(self, progress: Observer | bool = False, watch: Watch | None = None) -> Schedule:
        """Return what every output frame will be, whether or not the result is there already.

        The source is looked through for that, unless no cuts and repeated drawings are sought.

        Args:
            progress: a function that is told of every frame; True shows a bar on stderr.
            watch: is shown every frame while the source is looked through, which it then is.

        Raises:
            VfiError: as for `check`; or the source is damaged.
        """
        self._check_result()
        return self._planned.plan(progress, watch)

    def outline(self) -> Schedule:
        """Return the schedule as far as it is known before a picture is seen: at once.

        Cuts and repeated drawings are not in it.

        Raises:
            VfiError: as for `plan`, but that no model is asked for.
        """
        self._check_result()
        return self._planned.outline()

    def follow(self, other: "Job") -> None:
        """Take over what another job has seen, if that has looked at the same for the same.

        Another rate, say, is planned at once then: nothing is looked through again.
        """
        self._planned.follow(other._planned)

    def estimate(self) -> float:
        """About how many seconds the interpolated frames will take here, as measured on one.

        0 for a pipe, of which none is left.

        Raises:
            VfiError: as for `plan`.
        """
        if self._planned.is_pipe:
            return 0.0
        frame = next(iter(self._planned.unread()))
        schedule, options = self._planned.plan(False), self._planned.fitted
        return rendering_seconds(schedule, self.interpolator, frame.pixels, options)

    def run(self, progress: Observer | bool = False) -> Rendered:
        """Do it: write the result, whole or not at all.

        Args:
            progress: a function that is told of every frame; True shows a bar on stderr.

        Raises:
            VfiError: any foreseen failure; then nothing is left of the result, but finished parts
                of a long one.
        """
        try:
            self.check()
            with observing(progress) as observer, listening():
                if self._planned.is_pipe:
                    return self._render_once(observer)
                if not self.fresh:
                    self._planned.remember(self._kept().seen())
                schedule = self._planned.plan(observer)
                rendered = self._render(schedule, observer)
                self.write_cuts()
                lost = self._planned.lost(schedule)
                notes = [*rendered.notes, *self._planned.hole_notes()]
                return replace(rendered, lost=lost, notes=notes, encoding=self._encoding())
        finally:
            self.close()

    def frames(self) -> Generator[InterpolatedFrame, None, None]:
        """Yield the frames of the result, one after the other, instead of writing them.

        Raises:
            VfiError: as for `run`, but that no result is checked.
        """
        try:
            source, schedule = self._planned.ready()
            rendered = rendered_frames(source, schedule, self._maker, self._planned.fitted)
            with closing(rendered):
                for frame in rendered:
                    yield InterpolatedFrame(frame.time, frame.pixels, frame.kind)
        finally:
            self.close()

    def pictures(self, contents: Iterable[Content]) -> Generator[NDArray[Any], None, None]:
        """Yield some pictures of the result, one after the other; what they need never goes back.

        Raises:
            VfiError: as for `frames`.
        """
        try:
            options = self._planned.fitted
            with closing(Window(self._planned.unread(), options.size)) as window:
                maker = FrameMaker(self._maker, window, options.still, options.mask)
                for content in contents:
                    window.release(min(content.needs))
                    yield maker.picture(content)
        finally:
            self.close()

    def write_cuts(self) -> None:
        """Write the cuts of a planned job to the file of `write_scenes`, if there is one.

        Raises:
            OutputError: it cannot be written.
        """
        if self.write_scenes is not None:
            self._planned.write_cuts(self.write_scenes, self.overwrite)

    def discard(self) -> None:
        """Take away the finished parts that an interrupted run has left of the result.

        Raises:
            VfiError: the source cannot be read, of which the result has its name.
        """
        destination = self.destination
        KeptParts(destination.path, destination.is_folder, {}).remove()

    def close(self) -> None:
        """Close the source; a second time does nothing."""
        self._planned.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def notes(self) -> list[str]:
        """What is to be said of the source, as far as it has been read."""
        return self._planned.notes

    def facts(self) -> list[str]:
        """Return lines of text for people on the source, the model and the encoding."""
        source, destination = self._planned.frames, self.destination
        info = source.info
        lines = [
            f"source     {info.path}: {info.codec}, {info.pixel_format}, "
            f"{info.width}x{info.height}, {float(info.frame_rate):.6g} fps",
            f"model      {self.model}",
            *bounds_in_words(self._maker),
        ]
        if not destination.is_folder:
            kind = container_of(destination.path, self.encoding.container).name
            lines.append(f"encoding   {kind}, {self._encoding()}")
        return [*lines, f"result     {destination.path}"]

    # ---- inside

    def _render(self, schedule: Schedule, observer: Observer) -> Rendered:
        """Make it in parts; in one piece if it is short, or of a kind that cannot be joined."""
        source, destination = self._planned.unread(), self._labelled()
        square = None not in (self.rendering.width, self.rendering.height)
        how = (source, schedule, self._planned.size, square)
        runs = runs_of(schedule)
        work = (source, schedule, self._maker)
        if len(runs) > 1 and destination.joins:
            kept, scan = self._kept(), self._planned.scan
            parts = destination.open_parts(*how, runs, kept, self.fresh)
            if scan is not None and scan.findings is not None:
                kept.keep_seen(scan.as_data())
            crew = partial(crew_for, count=self.workers, ray=self.ray)
            return render_parts(Work(*work, self._planned.fitted), parts, observer, crew)
        rendered = render(*work, destination.open(*how), self._planned.fitted, observer)
        if len(runs) > 1 and not is_standard(destination.path):
            kind = destination.path.suffix.lstrip(".").upper()
            rendered.notes.append(f"{kind} files are made in one piece: they cannot be joined")
        return rendered

    def _kept(self) -> KeptParts:
        wishes = self.timeline, self.encoding, self.rendering
        recipe = recipe_of(self.source, *wishes, self._maker, self._encoding())
        return KeptParts(self.destination.path, self.destination.is_folder, recipe)

    def _labelled(self) -> Destination:
        return replace(self.destination, made_with=made_with(self.interpolator))

    def _encoding(self) -> str:
        """Say how a video is encoded; nothing of pictures."""
        destination = self.destination
        if destination.is_folder:
            return ""
        planned = self._planned
        return destination.plan(planned.frames, planned.outline(), planned.size).in_words

    def _render_once(self, observer: Observer) -> Rendered:
        """Make it of a pipe, while that is read."""
        once = self._planned.once(wants_streams=not self.destination.is_folder)
        square = None not in (self.rendering.width, self.rendering.height)
        sink = self._labelled().open(once, once.schedule, self._planned.size, square)
        made = render(once, once.schedule, self._maker, sink, self._planned.fitted, observer)
        self._planned.scan = once.scan()
        self.write_cuts()
        return replace(made, schedule=once.schedule.whole(), encoding=self._encoding())

    def _check_result(self) -> None:
        """Refuse what can be wrong with the result, but that it is there already."""
        destination = None if self._is_nowhere else self.destination
        place = None if destination is None or is_standard(destination.path) else destination.path
        results = [("out", place), ("write_scenes", self.write_scenes)]
        check_distinct(results, self._read_files())
        if destination is not None:
            destination.check(self._planned.frames, self._planned.outline(), self._planned.size)
        if self.write_scenes is not None:
            check_writable(self.write_scenes, self.overwrite)

    def _read_files(self) -> list[Path | None]:
        mask = self.rendering.mask
        own = mask if isinstance(mask, Path) else None, self.timeline.scenes
        return [*files_of(self.source), *own, model_file(self._network[0])]
