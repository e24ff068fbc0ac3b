"""Jobs are done one after the other; none is lost, and nothing half-written is left."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clips import leftovers, make_clip
from vfi.errors import InputError, OutputError
from vfi.job import Job
from vfi.web.queue import Queue, Task
from vfi.web.roots import Roots
from vfi.web.wishes import Wishes, job_of

PLAIN = {"model": "direct"}


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


class Gate:
    """Makes jobs whose interpolator waits, after its first `free` pairs, until it is opened."""

    free = 0

    def __init__(self, root: Path) -> None:
        self.roots, self.opened, self.began = Roots([root]), threading.Event(), threading.Event()

    def make(self, wishes: Wishes) -> Any:
        job = job_of(wishes, self.roots)
        if isinstance(job, Job) and wishes.out.startswith("slow"):
            job.interpolator = self
        return job

    def pair(self, one: Any, two: Any) -> Any:
        self.free -= 1
        if self.free < 0:
            self.began.set()
            assert self.opened.wait(60)
        return self

    def at(self, t: Any) -> Any:
        import numpy as np

        return np.zeros((48, 64, 3), np.uint8)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    root = tmp_path / "root"
    root.mkdir()
    make_clip(root / "clip.mp4", 4)
    return Gate(root)


@pytest.fixture
def queue(gate: Gate, tmp_path: Path) -> Iterator[Queue]:
    queue = Queue(tmp_path / "state" / "queue.json", gate.make)
    queue.start()
    yield queue
    gate.opened.set()
    queue.close()


def states(queue: Queue) -> list[str]:
    return [task.state for task in queue.tasks]


def test_one_after_the_other(queue: Queue, gate: Gate) -> None:
    root = gate.roots.folders[0]
    for name in ("a.mp4", "b.mp4"):
        queue.add(Wishes(("clip.mp4",), name, PLAIN))
    wait_for(lambda: states(queue) == ["done", "done"])
    assert [task.results for task in queue.tasks] == [[str(root / "a.mp4")], [str(root / "b.mp4")]]
    assert queue.tasks[0].said.startswith("8 frames in ")
    assert queue.tasks[0].progress is not None
    assert (queue.tasks[0].progress.done, queue.tasks[0].progress.total) == (8, 8)


def test_a_failure_stops_nothing(queue: Queue) -> None:
    for source in ("not-there.mp4", "clip.mp4"):
        queue.add(Wishes((source,), "", PLAIN))
    wait_for(lambda: states(queue) == ["failed", "done"])
    assert queue.tasks[0].said.count("\n") == 0
    assert "not-there.mp4" in queue.tasks[0].said
    queue.again(queue.tasks[0].key)
    wait_for(lambda: states(queue) == ["failed", "done"])
    for task in list(queue.tasks):
        queue.remove(task.key)
    assert queue.tasks == []


def test_what_is_there_is_not_replaced_unasked(queue: Queue) -> None:
    for settings in (PLAIN, PLAIN, {**PLAIN, "overwrite": True}):
        queue.add(Wishes(("clip.mp4",), "a.mp4", settings))
    wait_for(lambda: states(queue) == ["done", "failed", "done"])
    assert queue.tasks[1].said.endswith("exists already; use overwrite to replace it")


def test_cancelling(queue: Queue, gate: Gate) -> None:
    running = queue.add(Wishes(("clip.mp4",), "slow.mp4"))
    waiting = queue.add(Wishes(("clip.mp4",), "late.mp4", PLAIN))
    assert gate.began.wait(60)
    queue.cancel(waiting.key)
    queue.remove(running.key)  # what runs cannot be forgotten
    queue.cancel(running.key)
    assert states(queue) == ["running", "cancelled"]
    gate.opened.set()
    wait_for(lambda: states(queue) == ["cancelled", "cancelled"])
    root = gate.roots.folders[0]
    assert [path.name for path in root.iterdir()] == ["clip.mp4"]
    queue.again(waiting.key)
    wait_for(lambda: states(queue) == ["cancelled", "done"])


def parts(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.endswith(".parts"))


def cancelled_on_the_way(queue: Queue, gate: Gate) -> Task:
    """A job of 12 s that is cancelled in its second half: at least one part of 4 s is finished."""
    make_clip(gate.roots.folders[0] / "film.mp4", 60, rate=Fraction(5))
    gate.free = 45
    task = queue.add(Wishes(("film.mp4",), "slow.mp4"))
    assert gate.began.wait(60)
    queue.cancel(task.key)
    gate.opened.set()
    wait_for(lambda: states(queue) == ["cancelled"])
    return task


def test_what_is_finished_of_a_cancelled_job_is_gone_on_with(queue: Queue, gate: Gate) -> None:
    task = cancelled_on_the_way(queue, gate)
    assert re.fullmatch(r"cancelled; (40|80) of 120 frames of \S*slow.mp4 are kept", task.said)
    queue.again(task.key)
    wait_for(lambda: states(queue) == ["done"])
    assert any("frames were there from an interrupted run" in note for note in task.notes)
    assert parts(gate.roots.folders[0]) == []


def test_what_is_removed_leaves_no_parts(queue: Queue, gate: Gate) -> None:
    task = cancelled_on_the_way(queue, gate)
    assert parts(gate.roots.folders[0]) == [".slow.mp4.parts"]
    queue.remove(task.key)
    assert [path.name for path in gate.roots.folders[0].glob("*")] == ["clip.mp4", "film.mp4"]
    assert parts(gate.roots.folders[0]) == []


def test_two_pages_do_not_share_a_queue(queue: Queue, gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is the queue of a page that is open"):
        Queue(tmp_path / "state" / "queue.json", gate.make)


def test_a_restart_loses_none(gate: Gate, tmp_path: Path) -> None:
    file, root = tmp_path / "queue.json", gate.roots.folders[0]
    queue = Queue(file, gate.make)
    queue.start()
    queue.add(Wishes(("clip.mp4",), "slow.mp4"))
    queue.add(Wishes(("clip.mp4",), "late.mp4", PLAIN))
    assert gate.began.wait(60)
    assert [entry["state"] for entry in json.loads(file.read_text())] == ["waiting", "waiting"]
    closing = threading.Thread(target=queue.close)
    closing.start()
    time.sleep(0.1)
    gate.opened.set()
    closing.join(60)
    assert not closing.is_alive()
    assert leftovers(root) == []
    again = Queue(file, gate.make)
    assert states(again) == ["waiting", "waiting"]
    again.start()
    wait_for(lambda: states(again) == ["done", "done"])
    again.close()
    assert [task.state for task in Queue(file, gate.make).tasks] == ["done", "done"]


@pytest.mark.parametrize("text", ["{", "[1]", '[{"state": "flying"}]', '{"a": 1}', "[[]]"])
def test_a_file_that_is_no_queue(gate: Gate, tmp_path: Path, text: str) -> None:
    (tmp_path / "queue.json").write_text(text)
    with pytest.raises(InputError, match=r"is no queue of jobs .*take it away$"):
        Queue(tmp_path / "queue.json", gate.make)


def test_tasks_survive_a_file() -> None:
    task = Task(Wishes(("a.mp4",), "", {"fps": "3"}), state="done", results=["b"], notes=["n"])
    assert Task.from_data(json.loads(json.dumps(task.as_data()))) == task
