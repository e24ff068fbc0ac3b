"""What will become of somebody's wishes: found out in a thread, shown as far as it is known.

What needs no picture (rates, length, where the result goes) is there at once; cuts and repeated
drawings come when the video has been looked through, then the estimate, then pictures of them.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import ExistsError
from ..interpolator import Behind
from ..job import Job
from ..pair_job import PairJob
from ..progress import Progress, in_words
from ..timeline.content import Hold
from ..timeline.schedule import Schedule
from ..timeline.summary import summary
from .moments import Moment, behind_of, moment_of
from .networks import Networks
from .pictures import thumbnail
from .roots import Roots
from .shelf import Shelf
from .telling import said_of
from .wishes import Wishes, job_of

SHOWN = 6  # cuts, and repeated drawings, of which there are pictures


class Stale(Exception):
    """The wishes have changed meanwhile."""


@dataclass
class Thumbnail:
    """A small picture of a source frame."""

    address: str
    said: str


@dataclass
class Found:
    """What has been found out so far; `version` grows with every change."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    progress: Progress | None = None
    cuts: list[Thumbnail] = field(default_factory=list)
    repeats: list[Thumbnail] = field(default_factory=list)
    moments: int = 0  # that can be looked at
    is_whole: bool = False
    version: int = 0


class Look:
    """Finds it out, from the moment that it is made until it knows all, or is stopped."""

    def __init__(
        self,
        wishes: Wishes,
        roots: Roots,
        networks: Networks,
        shelf: Shelf,
        known: Job | None = None,
    ) -> None:
        """Begin; what `known` has seen of the same source is not looked for again."""
        self.wishes, self.found, self._known = wishes, Found(), known
        self._roots, self._networks, self._shelf = roots, networks, shelf
        self._stopped = False
        self._lock = threading.Lock()  # a job is used by one thread at a time
        self.job: Job | PairJob | None = None
        self._thread = threading.Thread(target=self._run, name="look", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._stopped = True

    def moment(self, number: int) -> Moment:
        """Return a frame of the result, and what could stand in its place.

        Raises:
            VfiError: it cannot be made.
        """
        with self._lock:
            assert self.job is not None
            return moment_of(self.job, number)

    def behind(self, number: int) -> Behind | None:
        """Return what that frame is made of; None where it is no interpolated one.

        Raises:
            VfiError: it cannot be made, or the model has no flow.
        """
        with self._lock:
            assert self.job is not None
            return behind_of(self.job, number)

    def _run(self) -> None:
        found = self.found
        try:
            with self._lock:
                self.job = job = job_of(self.wishes, self._roots)
                self._look_at(job)
                found.is_whole = True
                self._changed()
                if isinstance(job, Job):
                    self._take_pictures(job, job.plan())
        except Stale:
            pass
        except Exception as error:
            found.error = said_of(error)
        finally:
            found.progress = None
            found.version += 1

    def _look_at(self, job: Job | PairJob) -> None:
        if isinstance(job, PairJob):
            self._look_at_pair(job)
            return
        if self._known is not None:
            job.follow(self._known)
        self._tell(job, job.outline())
        self._networks.lend(job)
        schedule = job.plan(self._observe)
        self._tell(job, schedule)
        self.found.moments = len(schedule)
        seconds = job.estimate()
        said = f"about {in_words(seconds)} with {job.model} for what is interpolated"
        self._add("time", said)

    def _look_at_pair(self, job: PairJob) -> None:
        one, two = (picture.pixels for picture in job.pictures)
        self._add("pictures", " and ".join(f"{p.shape[1]}x{p.shape[0]}" for p in (one, two)))
        self._add("between", ", ".join(f"{float(time):.4g}" for time in job.times))
        self._add("result", ", ".join(map(str, job.results.places[:3])))
        self.found.notes = job.notes
        self._networks.lend(job)
        _ = job.pair
        self.found.moments = len(job.times)

    def _tell(self, job: Job, schedule: Schedule) -> None:
        said = [*summary(schedule).lines(), *job.rendering.lines()]
        self.found.lines = [(head, text) for head, _, text in map(_parted, said)]
        self._add("result", str(job.destination.path))
        self.found.notes = job.notes
        with contextlib.suppress(ExistsError):
            job.check_free()
            return
        self.found.notes.append(f"{job.destination.path} exists already; overwrite replaces it")

    def _observe(self, progress: Progress) -> None:
        self.found.progress = progress
        self._changed()

    def _add(self, head: str, text: str) -> None:
        self.found.lines = [*self.found.lines, (head, text)]
        self._changed()

    def _changed(self) -> None:
        self.found.version += 1
        if self._stopped:
            raise Stale

    # ---- pictures of cuts and repeats

    def _take_pictures(self, job: Job, schedule: Schedule) -> None:
        shots, first = schedule.shots, schedule.first
        cuts = [first + cut for cut in shots.cuts[:SHOWN]]
        repeats = list(_repeats(schedule))
        wanted = sorted({*cuts, *(cut - 1 for cut in cuts), *repeats, *(n - 1 for n in repeats)})
        made: dict[int, Thumbnail] = {}
        pictures = job.pictures(Hold(number) for number in wanted)
        for number, pixels in zip(wanted, pictures, strict=True):
            said = f"frame {number}, {float(shots.times[number - first]):.2f} s"
            made[number] = Thumbnail(self._shelf.picture(thumbnail(pixels), "image/jpeg"), said)
            self.found.cuts, self.found.repeats = _pairs(made, cuts), _pairs(made, repeats)
            self._changed()


def _pairs(made: dict[int, Thumbnail], numbers: list[int]) -> list[Thumbnail]:
    """Those of frames with these numbers, each after that of the frame before it."""
    return [made[each] for number in numbers for each in (number - 1, number) if each in made]


def _parted(line: str) -> tuple[str, str, str]:
    head, space, text = line.partition(" ")
    return head, space, text.strip()


def _repeats(schedule: Schedule) -> Iterator[int]:
    """Return the file's numbers of the first frames that repeat a drawing."""
    shots, shown = schedule.shots, 0
    kept = set(shots.kept)
    for number in range(1, len(shots.times)):
        if number not in kept:
            yield schedule.first + number
            shown += 1
            if shown == SHOWN:
                return
