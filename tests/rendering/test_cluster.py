"""The parts of a video, made on a Ray cluster: the same, bit for bit, whoever is lost."""

import os
import sys
from collections.abc import Iterator
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from tests.rendering.test_workers import COUNT, RATE, Mean, Mortal, bytes_of, job_of
from vfi.errors import UsageError, VfiError, WorkerError
from vfi.media.kept import KeptParts, mark_of
from vfi.media.source import open_video
from vfi.media.video.parts import VideoPart
from vfi.progress import Progress
from vfi.rendering import cluster
from vfi.rendering.cluster import Remote, Setting, _setting
from vfi.rendering.processes import packed
from vfi.rendering.segments import Work, runs_of

pytestmark = pytest.mark.timeout(400)  # beside other work a cluster takes long to begin


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [texture(number % 23) for number in range(COUNT)]
    folder = tmp_path_factory.mktemp("in")
    return make_clip(folder / "clip.mkv", pictures=pictures, rate=RATE, audio=F(9))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of this machine alone, with room for two workers."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    local = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    yield local.address
    local.shutdown()


def test_two_workers_of_which_one_is_killed_make_what_one_process_makes(
    clip: Path, address: str, tmp_path: Path
) -> None:
    job_of(clip, tmp_path / "one.mp4").run()
    dead = tmp_path / "dead"
    dead.mkdir()
    told: list[Progress] = []
    mortal = Mortal(dead, 1)
    job_of(clip, tmp_path / "two.mp4", ray=address, workers=2, interpolator=mortal).run(told.append)
    assert len(list(dead.iterdir())) == 1
    assert bytes_of(tmp_path / "two.mp4") == bytes_of(tmp_path / "one.mp4")
    assert told[-1].done == told[-1].total == 2 * COUNT
    assert sorted(os.listdir(tmp_path)) == ["dead", "one.mp4", "two.mp4"]


@pytest.mark.parametrize("name", ["a.mp4", "a/"])
def test_what_is_made_comes_back_where_no_folder_is_shared(
    clip: Path, address: str, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_of(clip, f"{tmp_path}/one-{name}").run()
    monkeypatch.setattr(cluster, "mark_of", lambda _: None)
    job_of(clip, f"{tmp_path}/two-{name}", ray=address).run()
    assert bytes_of(tmp_path / f"two-{name}") == bytes_of(tmp_path / f"one-{name}")
    assert len(os.listdir(tmp_path)) == 2


# ---- without a cluster


def remote(clip: Path, tmp_path: Path, **facts: Any) -> tuple[Remote, range, VideoPart]:
    job = job_of(clip, tmp_path / "a.mp4")
    schedule = job.plan()
    with open_video(clip) as source:
        work = Work(source, schedule, Mean(), job.rendering)
        setting = Setting(**(vars(_setting(work)) | facts))
        parcel = packed(work)
        plan = job.destination.plan(source, schedule, (64, 48))
    parts = tmp_path / "elsewhere" / "parts"
    return Remote(parcel, setting), runs_of(schedule)[2], VideoPart(plan, parts / "x.packets")


def test_a_worker_sends_back_what_it_cannot_put_there(clip: Path, tmp_path: Path) -> None:
    worker, run, part = remote(clip, tmp_path)
    *counts, (report, files) = worker.make(run, part, None)
    assert counts == [1] * len(run)
    assert list(files) == ["x.packets"]
    assert report.notes == ()
    assert not part.folder.exists()
    part.folder.mkdir(parents=True)
    KeptParts(tmp_path / "b.mp4", False, {}).open()
    (part.folder.parent / "state.json").write_text("{}")
    mark = mark_of(part.folder)
    *counts, (_, nothing) = worker.make(run, part, mark)
    assert nothing == {}
    assert part.path.read_bytes() == files["x.packets"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"made_by": {"version": "0", "libraries": "", "machine": ""}}, "has version .*, not 0"),
        (
            {"source": Path("/nowhere/a.mp4")},
            "/nowhere/a.mp4 is not there on .* of the Ray",
        ),
        ({"input_bytes": 1}, "is another file on .*: every machine reads it by this path"),
    ],
)
def test_a_machine_that_would_make_something_else_is_refused(
    clip: Path, tmp_path: Path, facts: dict[str, Any], words: str
) -> None:
    worker, run, part = remote(clip, tmp_path, **facts)
    (answer,) = worker.make(run, part, None)
    assert isinstance(answer, WorkerError)
    with pytest.raises(WorkerError, match=words):
        raise answer


def test_other_processors_are_noted(clip: Path, tmp_path: Path) -> None:
    worker, run, part = remote(clip, tmp_path, processors=999)
    *_, (report, _) = worker.make(run, part, None)
    assert "processors, not 999" in report.notes[0]


@pytest.mark.parametrize(
    ("machines", "asked", "on_gpus", "room"),
    [
        ([{"CPU": 2}], None, False, (1, 2)),
        ([{"CPU": 2}], 2, False, (2, 1)),
        ([{"CPU": 16}, {"CPU": 8}], None, False, (6, 4)),
        ([{"CPU": 16}, {"CPU": 8}], 3, False, (3, 4)),
        ([{"CPU": 16}, {}], 16, False, (16, 1)),
        ([{"CPU": 2}], 50, False, (2, 1)),
        ([{"CPU": 8, "GPU": 2}, {"CPU": 8, "GPU": 1}], None, True, (3, 1)),
        ([{"CPU": 8, "GPU": 2}], 1, True, (1, 1)),
    ],
)
def test_there_are_as_many_workers_as_there_is_room_for(
    machines: list[dict[str, float]], asked: int | None, on_gpus: bool, room: tuple[int, int]
) -> None:
    class Ray:
        @staticmethod
        def nodes() -> list[dict[str, Any]]:
            dead = {"Alive": False, "Resources": {"CPU": 64, "GPU": 8}}
            return [dead, *({"Alive": True, "Resources": each} for each in machines)]

    assert cluster._room(Ray, asked, on_gpus) == room


@pytest.mark.parametrize("wrong", ["nowhere", "ray://a:1", "a:b", ""])
def test_an_address_is_checked(clip: Path, tmp_path: Path, wrong: str) -> None:
    pytest.importorskip("ray")
    with pytest.raises(VfiError, match=rf"^ray {wrong}: (give HOST:PORT|no cluster answers)"):
        job_of(clip, tmp_path / "a.mp4", ray=wrong).run()
    assert os.listdir(tmp_path) == []


def test_where_nobody_answers_it_is_one_line(clip: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with pytest.raises(WorkerError, match=r"^ray 127.0.0.1:9: no cluster answers \(.*refused\)$"):
        job_of(clip, tmp_path / "a.mp4", ray="127.0.0.1:9").run()


def test_where_ray_is_missing_it_is_said_what_to_install(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"^ray is missing: pip install 'vfi\[ray\]'$"):
        job_of(clip, tmp_path / "a.mp4", ray="auto").run()
    assert os.listdir(tmp_path) == []
