"""What is finished of a result is never lost, and going on makes what one run would have made."""

import hashlib
import json
import os
from collections.abc import Callable
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vfi
from tests.helpers.cli import small_disk
from tests.helpers.clips import make_clip, pts_of, tone_of
from tests.helpers.textures import texture
from vfi.errors import ExistsError, OutputError
from vfi.job import Job
from vfi.media.options import EncodingOptions
from vfi.media.reservation import parts_of
from vfi.planning import TimelineOptions
from vfi.progress import Progress
from vfi.rendering.render import RenderOptions
from vfi.source_scan import SourceScan

COUNT, RATE = 45, F(5)  # 9 s: in parts of 4 s the result has three
PART = 40  # frames of 4 s of the result


class Mean:
    """Stands in for an interpolator: `pair(one, two).at(t)` is their mean, whatever t."""

    def pair(self, one: Any, two: Any) -> "Mean":
        self.middle = ((one.astype(np.uint16) + two) // 2).astype(one.dtype)
        return self

    def at(self, t: Any) -> Any:
        return self.middle


class Stop(KeyboardInterrupt):
    """Ctrl-C between two frames."""


def stop_at(done: int) -> Callable[[Progress], None]:
    def observer(progress: Progress) -> None:
        if progress.stage == "render" and progress.done == done:
            raise Stop

    return observer


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


def frames_of(path: Path) -> list[tuple[F, str]]:
    with vfi.open_video(path) as video:
        return [(f.time, hashlib.sha256(f.pixels.tobytes()).hexdigest()) for f in video]


def interrupt(clip: Path, out: str | Path, done: int, **more: Any) -> BaseException:
    with pytest.raises(Stop) as stopped:
        job_of(clip, out, **more).run(stop_at(done))
    return stopped.value


def run_and_count(job: Job) -> int:
    """Run a job; how many frames were there before."""
    told: list[Progress] = []
    job.run(told.append)
    return next(p for p in told if p.stage == "render").before


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("a.mp4", EncodingOptions()),
        ("a.mkv", EncodingOptions("h265")),
        ("a.webm", EncodingOptions()),
        ("a.avi", EncodingOptions()),
        ("a.mov", EncodingOptions("prores")),
    ],
)
def test_an_interrupted_run_goes_on_and_makes_what_one_run_makes(
    clip: Path, tmp_path: Path, name: str, encoding: EncodingOptions
) -> None:
    whole = tmp_path / f"whole{name[1:]}"
    job_of(clip, whole, encoding=encoding).run()
    for done in (PART + 3, 2 * PART + 1):
        stopped = interrupt(clip, tmp_path / name, done, encoding=encoding)
        kept = done // PART * PART
        assert stopped.__notes__ == [f"{kept} of 90 frames of {tmp_path / name} are kept"]
        assert sorted(os.listdir(tmp_path)) == sorted([f".{name}.parts", whole.name])
    assert run_and_count(job_of(clip, tmp_path / name, encoding=encoding)) == 2 * PART
    assert frames_of(tmp_path / name) == frames_of(whole)
    assert pts_of(tmp_path / name) == pts_of(whole)
    assert tone_of(tmp_path / name) == tone_of(whole)
    assert sorted(os.listdir(tmp_path)) == sorted([name, whole.name])


@pytest.mark.parametrize(
    "more",
    [
        {"timeline": TimelineOptions(2, loop=True, scene_threshold=0)},
        {"timeline": TimelineOptions(target_fps=12, scene_threshold=0)},
        {"timeline": TimelineOptions(slow=2, start=1, end=7)},
        {"rendering": RenderOptions(still=0, shutter=180)},
        {"rendering": RenderOptions(48, 40)},
    ],
)
def test_whatever_is_asked_of_the_frames(clip: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    job_of(clip, tmp_path / "whole.mp4", **more).run()
    interrupt(clip, tmp_path / "a.mp4", 50, **more)
    assert run_and_count(job_of(clip, tmp_path / "a.mp4", **more)) > 0
    assert frames_of(tmp_path / "a.mp4") == frames_of(tmp_path / "whole.mp4")


@pytest.mark.parametrize("there", [False, True])
def test_pictures_go_on_with_those_that_are_there(clip: Path, tmp_path: Path, there: bool) -> None:
    job_of(clip, f"{tmp_path}/whole/").run()
    if there:
        (tmp_path / "a").mkdir()
    interrupt(clip, f"{tmp_path}/a/", 57)
    behind = 3  # frames that were made, and not written yet
    assert 57 - behind <= run_and_count(job_of(clip, f"{tmp_path}/a/")) <= 57
    names = sorted(os.listdir(tmp_path / "whole"))
    assert sorted(os.listdir(tmp_path / "a")) == names
    assert len(names) == 2 * COUNT
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a", "whole"]


def test_a_damaged_picture_or_part_is_made_again(clip: Path, tmp_path: Path) -> None:
    job_of(clip, tmp_path / "whole.mp4").run()
    interrupt(clip, tmp_path / "a.mp4", 85)
    first, second = sorted((parts_of(tmp_path / "a.mp4") / "parts").iterdir())
    data = first.read_bytes()
    first.write_bytes(data[:-100] + bytes([data[-100] ^ 1]) + data[-99:])
    assert run_and_count(job_of(clip, tmp_path / "a.mp4")) == PART
    assert frames_of(tmp_path / "a.mp4") == frames_of(tmp_path / "whole.mp4")
    interrupt(clip, f"{tmp_path}/a/", 30)
    broken = parts_of(tmp_path / "a", of_pictures=True) / "parts" / "frame_11.png"
    broken.write_bytes(broken.read_bytes()[:500])
    assert run_and_count(job_of(clip, f"{tmp_path}/a/")) == 10
    assert second.name == "00000040.packets"


def test_a_short_job_goes_straight_to_its_file(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfi.job.render_parts", lambda *_: pytest.fail("in parts"))
    short = TimelineOptions(2, seconds=3)
    stopped = interrupt(clip, tmp_path / "a.mp4", 20, timeline=short)
    assert not hasattr(stopped, "__notes__")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["gif", "apng", "webp"])
def test_what_cannot_be_joined_is_made_in_one_piece_and_says_so(
    clip: Path, tmp_path: Path, kind: str
) -> None:
    interrupt(clip, tmp_path / f"a.{kind}", 60)
    assert os.listdir(tmp_path) == []
    notes = job_of(clip, tmp_path / f"a.{kind}").run().notes
    assert f"{kind.upper()} files are made in one piece: they cannot be joined" in notes


def test_nothing_stays_of_a_run_that_has_finished_nothing(clip: Path, tmp_path: Path) -> None:
    interrupt(clip, tmp_path / "a.mp4", PART - 1)
    assert os.listdir(tmp_path) == []


def test_what_was_seen_of_the_source_is_kept(clip: Path, tmp_path: Path) -> None:
    looked: dict[str, Any] = {"timeline": TimelineOptions(2, threshold="auto")}
    job_of(clip, tmp_path / "whole.mp4", **looked).run()
    interrupt(clip, tmp_path / "a.mp4", 60, **looked)
    told: list[Progress] = []
    cuts = tmp_path / "cuts.txt"
    job_of(clip, tmp_path / "a.mp4", write_scenes=cuts, **looked).run(told.append)
    assert {progress.stage for progress in told} == {"render"}, "nothing is looked through again"
    assert frames_of(tmp_path / "a.mp4") == frames_of(tmp_path / "whole.mp4")
    assert cuts.exists()
    interrupt(clip, tmp_path / "b.mp4", 60, **looked)
    job_of(clip, tmp_path / "b.mp4", fresh=True, **looked).run(told.append)
    assert {progress.stage for progress in told} == {"scan", "render"}
    assert sorted(os.listdir(tmp_path)) == ["a.mp4", "b.mp4", "cuts.txt", "whole.mp4"]


def test_what_was_seen_is_of_those_times_alone() -> None:
    times = [F(0), F(1, 3), F(2, 3)]
    scan = SourceScan(times, F(1), [2], None, [0, 2], [1])
    data = json.loads(json.dumps(scan.as_data()))
    assert SourceScan.of_data(data, times, F(1)) == scan
    assert SourceScan.of_data(data, [F(0), F(1, 2), F(2, 3)], F(1)) is None
    assert SourceScan.of_data(data, times, F(2)) is None
    spoiled: list[Any] = [None, 3, {}, data | {"cuts": None}, data | {"kept": ["x"]}]
    for wrong in spoiled:
        assert SourceScan.of_data(wrong, times, F(1)) is None


# ---- made with something else


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("fps", {"timeline": TimelineOptions(3, scene_threshold=0)}, "fps 3: what"),
        ("still", {"rendering": RenderOptions(still=1)}, "still 1.0: what"),
        ("quality", {"encoding": EncodingOptions(quality=30)}, "quality 30: what"),
        ("model", {"interpolator": type("Other", (Mean,), {})()}, "model Other: what"),
    ],
)
def test_parts_of_another_result_are_refused_and_what_differs_is_said(
    clip: Path, tmp_path: Path, name: str, more: dict[str, Any], words: str
) -> None:
    out = tmp_path / "a.mp4"
    interrupt(clip, out, 60)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=words) as refused:
        job_of(clip, out, **more).run()
    assert refused.value.option == name
    assert "use fresh to begin anew" in str(refused.value)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before, "nothing is lost by that"
    assert run_and_count(job_of(clip, out, fresh=True, **more)) == 0
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_a_changed_input_is_noticed(tmp_path: Path) -> None:
    pictures = [texture(number % 23) for number in range(COUNT)]
    clip = make_clip(tmp_path / "clip.mkv", pictures=pictures, rate=RATE)
    interrupt(clip, tmp_path / "a.mp4", 60)
    os.utime(clip, ns=(1, 1))
    with pytest.raises(OutputError, match=r"^source of \d+ bytes .*was made with of \d+ bytes"):
        job_of(clip, tmp_path / "a.mp4").check()


def test_another_version_is_noticed(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(clip, tmp_path / "a.mp4", 60)
    monkeypatch.setattr("vfi.recipe.__version__", "99.0")
    with pytest.raises(OutputError, match=r"version 99\.0: what an interrupted run has left"):
        job_of(clip, tmp_path / "a.mp4").check()


def test_the_factor_that_is_taken_without_a_word_is_two(clip: Path, tmp_path: Path) -> None:
    interrupt(clip, tmp_path / "a.mp4", 60)
    job_of(clip, tmp_path / "a.mp4", timeline=TimelineOptions(scene_threshold=0)).run()


# ---- what killed runs leave, and two runs at once


def test_what_nobody_knows_is_cleared_away(clip: Path, tmp_path: Path) -> None:
    left = parts_of(tmp_path / "a.mp4") / "parts"
    left.mkdir(parents=True)
    (left / "00000000.packets").write_bytes(b"old")
    (left / ".00000040.part.packets").write_bytes(b"half")
    (tmp_path / ".a.part.mp4").write_bytes(b"half")
    assert run_and_count(job_of(clip, tmp_path / "a.mp4")) == 0
    assert os.listdir(tmp_path) == ["a.mp4"]


def test_a_short_result_in_the_place_of_a_long_one(clip: Path, tmp_path: Path) -> None:
    interrupt(clip, tmp_path / "a.mp4", 60)
    short = {"timeline": TimelineOptions(2, seconds=3)}
    with pytest.raises(OutputError, match="seconds 3: what"):
        job_of(clip, tmp_path / "a.mp4", **short).run()
    job_of(clip, tmp_path / "a.mp4", fresh=True, **short).run()
    assert os.listdir(tmp_path) == ["a.mp4"]


@pytest.mark.parametrize("name", ["a.mp4", "a/"])
def test_two_runs_to_one_result(clip: Path, tmp_path: Path, name: str) -> None:
    def other(progress: Progress) -> None:
        if progress.stage == "render" and progress.done == 50:
            with pytest.raises(OutputError, match="another run is writing it just now"):
                job_of(clip, f"{tmp_path}/{name}").run()

    assert job_of(clip, f"{tmp_path}/{name}").run(other).frames == 2 * COUNT
    assert os.listdir(tmp_path) == [name.strip("/")]
    with pytest.raises(ExistsError):
        job_of(clip, f"{tmp_path}/{name}").run()


def test_parts_stay_where_joining_fails(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_of(clip, tmp_path / "whole.mp4").run()
    with monkeypatch.context() as patched:
        patched.setattr(
            "vfi.media.video.writer.PlanWriter.join",
            lambda *_: (_ for _ in ()).throw(OutputError("no space left on the disk")),
        )
        with pytest.raises(OutputError, match="no space") as failed:
            job_of(clip, tmp_path / "a.mp4").run()
    assert failed.value.__notes__ == [f"90 of 90 frames of {tmp_path / 'a.mp4'} are kept"]
    assert sorted(os.listdir(tmp_path)) == [".a.mp4.parts", "whole.mp4"]
    assert run_and_count(job_of(clip, tmp_path / "a.mp4")) == 2 * COUNT
    assert frames_of(tmp_path / "a.mp4") == frames_of(tmp_path / "whole.mp4")


def test_a_disk_that_is_full_is_told_in_the_name_of_the_result(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.mkv"
    encoding = EncodingOptions("ffv1")
    with small_disk(), pytest.raises(OutputError, match=f"^cannot write {out}: the file grows"):
        job_of(clip, out, encoding=encoding).run()
    assert os.listdir(tmp_path) == []
