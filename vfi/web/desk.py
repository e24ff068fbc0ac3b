"""What lies on the desk: what is filled in, what is known of it, and the queue.

There is one for the whole page: a tab that is closed, or opened anew, changes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import UsageError
from ..job import Job
from ..pair_job import PairJob
from .look import Look
from .networks import Networks
from .options import Setting
from .queue import Queue, Task
from .roots import Roots
from .shelf import Shelf
from .uploads import FOLDER as UPLOADS
from .uploads import Uploads
from .wishes import Wishes, job_of

PAUSE = 0.5  # seconds without a change, before it is found out what would happen
Kind = Literal["video", "pair"]


@dataclass
class Form:
    """What is filled in."""

    kind: Kind = "video"
    video: str = ""
    one: str = ""
    two: str = ""
    out: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)

    @property
    def wishes(self) -> Wishes | None:
        """None as long as a source is missing."""
        names = (self.video,) if self.kind == "video" else (self.one, self.two)
        sources = tuple(name.strip() for name in names)
        return Wishes(sources, self.out, dict(self.settings)) if all(sources) else None


class Desk:
    """Everything that the page shows and does, without the page.

    Args:
        roots: where files may be.
        state: the file of the queue.
        told: is called when somebody has told the process to stop.

    Raises:
        InputError: the file of the queue is none.
    """

    def __init__(self, roots: Roots, state: Path, told: Callable[[], None] = lambda: None) -> None:
        self.roots, self.form = roots, Form()
        self.shelf, self.networks = Shelf(), Networks()
        self.uploads = Uploads(roots.place(UPLOADS))
        self.queue = Queue(state, self._job, told)
        self.look: Look | None = None
        self._due: float | None = None
        self._known: Job | None = None  # what was looked through last

    def _job(self, wishes: Wishes) -> Job | PairJob:
        job = job_of(wishes, self.roots)
        self.networks.lend(job)
        return job

    def changed(self) -> None:
        """Something else is filled in."""
        if self.look is not None:
            self.look.stop()
            if self.look.found.is_whole and isinstance(self.look.job, Job):
                self._known = self.look.job
            self.look = None
        self._due = time.monotonic() + PAUSE

    def tick(self) -> None:
        """Find out what would happen, once nothing has changed for a while."""
        if self._due is None or time.monotonic() < self._due:
            return
        self._due, wishes = None, self.form.wishes
        if wishes is not None:
            self.look = Look(wishes, self.roots, self.networks, self.shelf, self._known)

    def render(self) -> Task:
        """Put what is filled in into the queue.

        Raises:
            UsageError: no source is chosen.
            VfiError: what can be known to be wrong before it begins.
        """
        wishes = self.form.wishes
        if wishes is None:
            raise UsageError("choose a video or a folder, or two pictures, first")
        job = job_of(wishes, self.roots)
        self.networks.lend(job)
        job.check()
        return self.queue.add(wishes)

    def close(self) -> None:
        """End what runs."""
        self.changed()
        self.queue.close()
