"""Several processes make what one makes, bit for bit; one that is lost costs its part alone."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vfi
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from vfi.errors import InputError, UsageError, WorkerError
from vfi.job import Job
from vfi.media.pictures.images import write_image
from vfi.media.reservation import parts_of
from vfi.media.source import open_video
from vfi.planning import TimelineOptions
from vfi.progress import Progress
from vfi.rendering import hiring
from vfi.rendering.crew import TRIES, Crew, Lost, Report
from vfi.rendering.hiring import parse_count, usual_count
from vfi.rendering.processes import _ended
from vfi.rendering.render import RenderOptions
from vfi.rendering.segments import Bench, Work, runs_of
from vfi.timings import StageTime, Timings

pytestmark = pytest.mark.timeout(400)  # beside other work processes take long to begin
COUNT, RATE = 45, F(5)  # 9 s: in parts of 4 s the result has three
PART = 40  # frames of 4 s of the result


class Mean:
    """Stands in for an interpolator: `pair(one, two).at(t)` is their mean, whatever t."""

    def pair(self, one: Any, two: Any) -> "Mean":
        self.middle = ((one.astype(np.uint16) + two) // 2).astype(one.dtype)
        return self

    def at(self, t: Any) -> Any:
        return self.middle


class Mortal(Mean):
    """Kills the process that it is in, the first `deaths` times that it is asked for a frame."""

    model = "Mean"

    def __init__(self, folder: Path, deaths: int) -> None:
        self.folder, self.deaths = folder, deaths

    def at(self, t: Any) -> Any:
        for number in range(self.deaths):
            try:
                (self.folder / f"dead{number}").touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        return super().at(t)


class Refusing(Mean):
    """Finds a fault in what it is given."""

    def pair(self, one: Any, two: Any) -> "Mean":
        raise InputError("clip.mkv: this pair is odd", option="source")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [texture(number % 23) for number in range(COUNT)]
    folder = tmp_path_factory.mktemp("in")
    return make_clip(folder / "clip.mkv", pictures=pictures, rate=RATE, audio=F(9))


def job_of(clip: Path, out: str | Path, **more: Any) -> Job:
    options: dict[str, Any] = {
        "timeline": TimelineOptions(2, scene_threshold=0),
        "rendering": RenderOptions(still=0),
        "interpolator": Mean(),
    }
    return Job(clip, out, **options | more)


def bytes_of(place: Path) -> dict[str, bytes]:
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return {file.suffix if place.is_file() else file.name: file.read_bytes() for file in files}


# ---- who makes what is all the same


@pytest.mark.parametrize("name", ["a.mp4", "a/"])
def test_two_processes_make_what_one_makes(clip: Path, tmp_path: Path, name: str) -> None:
    told: list[Progress] = []
    job_of(clip, f"{tmp_path}/one-{name}").run()
    made = job_of(clip, f"{tmp_path}/two-{name}", workers=2).run(told.append)
    assert bytes_of(tmp_path / f"two-{name}") == bytes_of(tmp_path / f"one-{name}")
    assert told[-1].done == told[-1].total == made.frames == 2 * COUNT
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert made.workers_memory > 2 * 50 << 20, "two processes, each with PyTorch"
    threads = {stage.name: stage.threads for stage in made.timings.stages}
    assert threads["decode"] == threads["encode"] == 2
    names = {name.strip("/") for name in (f"one-{name}", f"two-{name}")}
    assert set(os.listdir(tmp_path)) == names


def test_parts_may_be_made_in_any_order(clip: Path, tmp_path: Path) -> None:
    class Place:
        """A part that keeps its pictures."""

        path, notes = tmp_path, list[str]()

        def __init__(self) -> None:
            self.pictures: list[bytes] = []

        def open(self) -> "Place":
            return self

        def write(self, pixels: Any, *_: object) -> None:
            self.pictures.append(pixels.tobytes())

        def close(self, end: Any = None) -> None: ...
        def abort(self) -> None: ...

    with open_video(clip) as source:
        schedule = job_of(clip, tmp_path / "a.mp4").plan()
        runs = runs_of(schedule)
        assert [len(run) for run in runs] == [PART, PART, 2 * COUNT - 2 * PART]
        made: dict[tuple[int, ...], dict[int, Place]] = {}
        for order in ((0, 1, 2), (2, 0, 1), (1, 1, 0, 2)):
            bench = Bench(Work(source.reopen(), schedule, Mean(), RenderOptions(still=0)))
            made[order] = {}
            for place in order:
                made[order][place] = Place()
                bench.make(runs[place], made[order][place], lambda _: None)
            bench.close()
    pictures = [{n: place.pictures for n, place in sorted(each.items())} for each in made.values()]
    assert pictures[0] == pictures[1] == pictures[2]
    assert [len(pictures[0][n]) for n in range(3)] == [len(run) for run in runs]


@pytest.mark.parametrize("kind", ["video", "lenient", "pictures", "webp"])
def test_a_source_is_the_same_in_another_process(clip: Path, tmp_path: Path, kind: str) -> None:
    if kind == "pictures":
        for number in range(4):
            write_image(tmp_path / f"{number}.png", texture(number))
        source = open_video(tmp_path, 10)
    elif kind == "webp":
        job_of(clip, tmp_path / "a.webp", timeline=TimelineOptions(1, seconds=1)).run()
        source = open_video(tmp_path / "a.webp")
    else:
        source = open_video(clip, lenient=kind == "lenient")
    with source:
        times = source.times()
        with pickle.loads(pickle.dumps(source)) as other:
            assert other.info == source.info
            assert other.times() == times
            both = zip(source, other, strict=True)
            assert all((a.pixels == b.pixels).all() and a.time == b.time for a, b in both)


# ---- what is lost


def test_a_killed_worker_costs_its_part_alone(clip: Path, tmp_path: Path) -> None:
    job_of(clip, tmp_path / "one.mp4").run()
    dead = tmp_path / "dead"
    dead.mkdir()
    told: list[Progress] = []
    job_of(clip, tmp_path / "two.mp4", workers=2, interpolator=Mortal(dead, 2)).run(told.append)
    assert len(list(dead.iterdir())) == 2
    assert (tmp_path / "two.mp4").read_bytes() == (tmp_path / "one.mp4").read_bytes()
    assert told[-1].done == told[-1].total == 2 * COUNT
    assert sorted(os.listdir(tmp_path)) == ["dead", "one.mp4", "two.mp4"]


def test_what_goes_wrong_in_a_worker_is_raised_as_it_is(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^clip.mkv: this pair is odd$") as raised:
        job_of(clip, tmp_path / "a.mp4", workers=2, interpolator=Refusing()).run()
    assert raised.value.option == "source"
    assert os.listdir(tmp_path) == []


def test_an_interpolator_that_cannot_be_given_away(clip: Path, tmp_path: Path) -> None:
    class Local(Mean):
        pass

    with pytest.raises(UsageError, match="the interpolator Local cannot be given to another"):
        job_of(clip, tmp_path / "a.mp4", workers=2, interpolator=Local()).run()
    assert os.listdir(tmp_path) == []


# ---- what is stopped


def start_video(clip: Path, out: Path) -> "subprocess.Popen[str]":
    call = [sys.executable, "-m", "vfi", "video", str(clip), "--out", str(out), "--slow", "3"]
    return subprocess.Popen(  # of seven parts
        [*call, "--model", "direct", "--scene-threshold", "0", "--workers", "2"],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def children_of(process: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True
    )
    return [int(word) for word in listed.stdout.split()]


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def until(done: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_whoever_is_stopped_stops_the_workers_and_can_go_on(
    clip: Path, tmp_path: Path, number: int
) -> None:
    out = tmp_path / "a.mp4"
    parts = parts_of(out) / "parts"
    run = start_video(clip, out)
    until(lambda: list(parts.glob("[!.]*")))
    workers = children_of(run.pid)
    assert len(workers) >= 2
    run.send_signal(number)
    said = run.communicate()[1]
    assert run.returncode in (128 + number, -number)
    until(lambda: not any(map(is_alive, workers)), 20)
    assert list(parts.glob("[!.]*"))
    if number == signal.SIGINT:
        assert not list(parts.glob(".*")), "no halves"
        assert "frames of" in said
        assert "are kept; this goes on: vfi video" in said
    wishes: dict[str, Any] = {"slow": 3, "model": "direct", "scene_threshold": 0}
    rest = vfi.interpolate_video(clip, out, **wishes)
    assert any("frames were there from an interrupted run" in note for note in rest.notes)
    vfi.interpolate_video(clip, tmp_path / "b.mp4", **wishes)
    assert out.read_bytes() == (tmp_path / "b.mp4").read_bytes()


# ---- a crew, whatever it is of


class Stand:
    """Stands in for a maker; each part is of the frames that it has, and costs so many makers."""

    left: dict[int, int]

    def make(self, run: range, part: Any, tell: Any) -> Report:
        tell(1)
        if self.left.get(run.start, 0):
            self.left[run.start] -= 1
            raise Lost("fell over")
        tell(len(run) - 1)
        return Report((f"{run.start}",), Timings(2.0, (StageTime("decode", 1.0),)), 5)

    def close(self) -> None: ...


def made_by(count: int, deaths: dict[int, int]) -> tuple[list[Report], list[int], int]:
    told: list[int] = []
    hired: list[int] = []

    def hire(number: int) -> Stand:
        assert 0 <= number < count
        hired.append(number)
        stand = Stand()
        stand.left = deaths
        return stand

    runs = [range(start, start + 10) for start in range(0, 50, 10)]
    part: Any = lambda run: run  # noqa: E731
    reports = Crew(hire, count).make(runs, part, told.append)
    return reports, told, len(hired)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_part_is_made_once_and_counted_once(count: int) -> None:
    reports, told, hired = made_by(count, {})
    assert sum(told) == 50
    assert min(told) > 0
    assert hired <= count
    assert len(reports) == count


def test_one_that_is_lost_is_replaced_and_its_frames_are_taken_back() -> None:
    reports, told, hired = made_by(1, {10: TRIES - 1, 30: 1})
    assert sum(told) == 50
    assert [n for n in told if n < 0] == [-1] * TRIES
    assert hired == 1 + TRIES
    assert reports[0].notes == ("40",)


def test_after_so_many_tries_it_is_given_up() -> None:
    with pytest.raises(WorkerError, match=r"^frames 20 to 29 have cost 3 workers.*fell over"):
        made_by(2, {20: TRIES})


def test_how_a_process_has_ended_is_said() -> None:
    assert _ended(-9) == "ended by SIGKILL"
    assert _ended(1) == "ended with exit code 1"


def test_times_of_workers_lie_beside_each_other() -> None:
    one = Timings(2.0, (StageTime("decode", 1.0), StageTime("interpolate", 3.0, 2)))
    two = Timings(3.0, (StageTime("decode", 0.5),))
    both = (StageTime("decode", 1.5, 2), StageTime("interpolate", 3.0, 2))
    assert one.beside(two) == Timings(3.0, both)


# ---- how many


@pytest.mark.parametrize("wrong", [0, -1, "0", "many", "1.5", 2.0, True, 1000, ""])
def test_a_number_of_workers_is_checked(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"^workers .*: give a number from 1 to 256, or auto$"):
        parse_count(wrong)
    assert (parse_count("auto"), parse_count("3"), parse_count(1)) == ("auto", 3, 1)


@pytest.mark.parametrize(
    ("threads", "free", "device", "gpus", "count"),
    [
        (2, 64 << 30, "cpu", 0, 1),
        (16, 64 << 30, "cpu", 0, 4),
        (16, 1200 << 20, "cpu", 0, 2),  # each needs some 500 MiB, and little for small frames
        (16, 100 << 20, "cpu", 0, 1),
        (16, None, "cpu", 0, 1),  # nobody knows how much memory there is
        (16, 64 << 30, "cuda", 3, 3),
        (16, 64 << 30, "cuda:1", 0, 1),  # this one, and no other
        (16, 64 << 30, "mps", 0, 1),
    ],
)
def test_auto_is_what_suits_the_machine(
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
    free: int | None,
    device: str,
    gpus: int,
    count: int,
) -> None:
    class On(Mean):
        pass

    On.device = device  # type: ignore[attr-defined]
    monkeypatch.setattr("torch.get_num_threads", lambda: threads)
    monkeypatch.setattr(hiring, "free_memory", lambda: free)
    with open_video(clip) as source:
        assert usual_count(Work(source, None, On()), gpus) == count


def test_gpus_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert hiring._gpus(torch.device("cuda")) == ["0", "1"]
    assert hiring._gpus(torch.device("cuda:1")) == hiring._gpus(torch.device("cpu")) == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert hiring._gpus(torch.device("cuda")) == ["3", "5"]
