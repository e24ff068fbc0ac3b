"""Jobs that wait, the one that runs, and those that are over.

They are kept in a file, so that a restart of the page, or of the machine, loses none. One runs at
a time: a second would only share the processor with it.
"""

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ..errors import InputError, OutputError, VfiError
from ..job import Job
from ..media.output import replacing, writing
from ..media.reservation import Reservation
from ..pair_job import MadePictures, PairJob
from ..progress import Progress
from ..rendering.render import Rendered
from .telling import said_of
from .wishes import Wishes

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Make = Callable[[Wishes], Job | PairJob]


class Stop(Exception):
    """Somebody has asked a job to end."""


@dataclass
class Task:
    """A job in the queue."""

    wishes: Wishes
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "waiting"
    said: str = ""  # how it went
    results: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    progress: Progress | None = None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def as_data(self) -> dict[str, Any]:
        """Plain values, for a file; what runs has to be done again after a restart."""
        state = "waiting" if self.state == "running" else self.state
        return {
            "key": self.key,
            "state": state,
            "said": self.said,
            "results": self.results,
            "notes": self.notes,
            "wishes": self.wishes.as_data(),
        }

    @classmethod
    def from_data(cls, data: Any) -> "Task":
        """Return the task that `as_data` made these values of.

        Raises:
            TypeError, KeyError, ValueError: it did not.
        """
        if data["state"] not in get_args(State):
            raise ValueError(f"no state {data['state']!r}")
        results, notes = (list(map(str, data[name])) for name in ("results", "notes"))
        wishes = Wishes.from_data(data["wishes"])
        return cls(wishes, str(data["key"]), data["state"], str(data["said"]), results, notes)


class Queue:
    """Does one job after the other, in a thread of its own, from `start` to `close`.

    Args:
        file: where the queue is kept.
        make: makes the job of somebody's wishes.
        told: is called when somebody has told the process to stop.

    Raises:
        InputError: the file is there and is no queue.
        OutputError: another page has it, or it cannot be written.
    """

    def __init__(self, file: Path, make: Make, told: Callable[[], None] = lambda: None) -> None:
        self._file, self._make, self._told = file, make, told
        self._ours = _reserved(file)
        try:
            self.tasks: list[Task] = _read(file)
        except BaseException:
            self._ours.release(remove=True)
            raise
        self._changed = threading.Condition()
        self._closing = False
        self._unwanted: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="queue", daemon=True)

    def start(self) -> None:
        """Begin with the first that waits."""
        self._thread.start()

    def close(self) -> None:
        """Stop what runs, leaving nothing half-written; it waits for the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._ours.release(remove=True)

    def add(self, wishes: Wishes) -> Task:
        """Put a job at the end.

        Raises:
            OutputError: the file of the queue cannot be written.
        """
        task = Task(wishes)
        with self._changed:
            self.tasks.append(task)
            self._save()
            self._changed.notify_all()
        return task

    def cancel(self, key: str) -> None:
        """End a job that waits or runs; nothing of its result is left."""
        with self._changed:
            for task in self.tasks:
                if task.key == key and task.state == "waiting":
                    task.state, task.said = "cancelled", "cancelled before it began"
                elif task.key == key and task.state == "running":
                    self._unwanted.add(key)
            self._save()

    def remove(self, key: str) -> None:
        """Forget a job that is over; its result stays, but no parts of one that is not whole."""
        with self._changed:
            gone = [task for task in self.tasks if task.key == key and task.is_over]
            self.tasks = [task for task in self.tasks if task not in gone]
            self._save()
        for task in gone:
            if task.state != "done":
                self._discard(task)

    def again(self, key: str) -> None:
        """Do a job once more that failed or was cancelled."""
        with self._changed:
            for task in self.tasks:
                if task.key == key and task.state in ("failed", "cancelled"):
                    task.state, task.said, task.progress = "waiting", "", None
            self._save()
            self._changed.notify_all()

    def _discard(self, task: Task) -> None:
        with contextlib.suppress(VfiError):  # the source has gone: there is nothing to name them by
            job = self._make(task.wishes)
            if isinstance(job, Job):
                with job:
                    job.discard()

    # ---- inside: the thread

    def _work(self) -> None:
        while (task := self._next()) is not None:
            try:
                outcome = self._done(task)
            except Stop as stop:
                said = "; ".join(["cancelled", *getattr(stop, "__notes__", ())])
                outcome = ("waiting", "") if self._closing else ("cancelled", said)
            except Exception as error:  # what nobody foresaw must not stop the rest either
                outcome = "failed", said_of(error)
            except BaseException:  # a signal has told the whole process to stop
                self._end(task, "waiting", "")
                self._told()
                return
            self._end(task, *outcome)

    def _next(self) -> Task | None:
        """Return the first that waits, running from now on; None when it is time to go."""
        with self._changed:
            while not self._closing:
                for task in self.tasks:
                    if task.state == "waiting":
                        task.state, task.progress = "running", None
                        return task
                self._changed.wait()
        return None

    def _done(self, task: Task) -> tuple[State, str]:
        since = time.monotonic()

        def observe(progress: Progress) -> None:
            task.progress = progress
            if self._closing or task.key in self._unwanted:
                raise Stop

        made = self._make(task.wishes).run(observe)
        task.results, task.notes = _places(made), list(made.notes)
        return "done", _told_of(made, time.monotonic() - since)

    def _end(self, task: Task, state: State, said: str) -> None:
        with self._changed:
            task.state, task.said = state, said
            self._unwanted.discard(task.key)
            with contextlib.suppress(Exception):  # a full disk: what was made is made all the same
                self._save()

    def _save(self) -> None:
        text = json.dumps([task.as_data() for task in self.tasks], indent=1)
        with replacing(self._file, overwrite=True) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _reserved(file: Path) -> Reservation:
    """Keep the file of a queue for this page alone: two would do every job twice."""
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return Reservation(file.with_name(f"{file.name}.page"), file.parent)
        except OutputError as error:
            said = f"{file} is the queue of a page that is open; end that, or name another file"
            raise OutputError(said, option="state") from error


def _read(file: Path) -> list[Task]:
    if not file.exists():
        return []
    try:
        return [Task.from_data(data) for data in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{file} is no queue of jobs ({why}); take it away") from error


def _places(made: Rendered | MadePictures) -> list[str]:
    places = [made.path] if isinstance(made, Rendered) else made.places
    return [str(place) for place in places]


def _told_of(made: Rendered | MadePictures, seconds: float) -> str:
    count = made.frames if isinstance(made, Rendered) else len(made.places)
    things = "frame" if isinstance(made, Rendered) else "picture"
    rate = f"{count / max(seconds, 1e-9):.3g} a second"
    return f"{count} {things}{'' if count == 1 else 's'} in {seconds:.1f} s, {rate}"
