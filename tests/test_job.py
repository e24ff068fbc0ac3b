"""One job for everybody: refused early and alike, planned without a trace, run once."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

import vfi
from tests.helpers.cli import names_in
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi.errors import ExistsError, InputError, UsageError
from vfi.job import Job
from vfi.media.options import EncodingOptions
from vfi.media.pictures.images import write_image
from vfi.media.video import reader
from vfi.planning import TimelineOptions
from vfi.progress import Progress
from vfi.rendering.render import RenderOptions
from vfi.timeline.retiming import Multiply, Slow, TargetRate
from vfi.video import FrameWishes, VideoWishes

COUNT = 4
LOSSLESS: dict[str, Any] = {"codec": "ffv1", "pixel_format": "bgr0"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    pictures = [texture(2 * number) for number in range(COUNT)]
    return make_clip(tmp_path / "clip.mkv", pictures=pictures, **LOSSLESS)


class Mean:
    """Stands in for an interpolator: `pair(one, two).at(t)` is their mean, whatever t."""

    def pair(self, one: Any, two: Any) -> "Mean":
        self.middle = ((one.astype(np.uint16) + two) // 2).astype(one.dtype)
        return self

    def at(self, t: Any) -> Any:
        return self.middle


def job_of(clip: Path, out: str = "out.mkv", **more: Any) -> Job:
    sharp = RenderOptions(still=0)
    encoding = EncodingOptions("ffv1")
    return Job(clip, clip.with_name(out), interpolator=Mean(), rendering=sharp,
               encoding=encoding, **more)  # fmt: skip


# ---- options


def test_numbers_may_be_text_and_are_exact() -> None:
    assert TimelineOptions(fps="2.5").retiming == Multiply(Fraction(5, 2))
    assert TimelineOptions(target_fps=23.976).retiming == TargetRate(Fraction(24000, 1001))
    assert TimelineOptions(slow=4).retiming == Slow(4)
    assert TimelineOptions(slow=4, target_fps=60).retiming == Slow(4, TargetRate(60))
    assert TimelineOptions().retiming == Multiply(2)
    options = TimelineOptions(start="1:30.5", seconds=1e-5, max_hold=Fraction(1, 4))
    assert options.start == Fraction(181, 2)
    assert options.seconds == Fraction(1, 100_000)
    assert options.max_hold == Fraction(1, 4)
    assert RenderOptions(shutter="180").shutter == 180


def test_options_are_values() -> None:
    one = TimelineOptions(fps="3", start=1.5)
    assert one == TimelineOptions(3, start="1.5")
    assert hash(one) == hash(TimelineOptions(3, start="1.5"))
    assert replace(one, fps=None, slow=2) == TimelineOptions(slow=2, start=1.5)
    assert replace(one, loop=True).fps == 3
    assert hash(EncodingOptions("h264")) == hash(EncodingOptions("h264", encoder_options={}))
    assert replace(RenderOptions(8, shutter=90), height=6) == RenderOptions(8, 6, shutter=90)


def test_the_words_of_the_one_call_are_those_of_the_options() -> None:
    names = {f.name for kind in (TimelineOptions, RenderOptions) for f in fields(kind)}
    assert set(get_type_hints(FrameWishes)) == names - {"fps"}
    encoding = {f.name for f in fields(EncodingOptions)}
    assert set(get_type_hints(VideoWishes)) == names - {"fps"} | encoding
    with pytest.raises(TypeError, match="there is no option 'speed'"):
        vfi.interpolate_video("a.mp4", speed=3)  # type: ignore[call-arg]


# ---- refused early


def test_what_is_there_is_refused_before_anything_is_read(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfi.planned_source.scan_source", lambda *_: pytest.fail("too late"))
    clip.with_name("out.mkv").write_text("precious")
    with pytest.raises(ExistsError, match=r"out\.mkv exists already; use overwrite to replace it$"):
        job_of(clip).check()
    with pytest.raises(ExistsError):
        job_of(clip).run()
    assert clip.with_name("out.mkv").read_text() == "precious"


def test_a_rate_that_the_container_cannot_show_is_refused_early(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfi.planned_source.scan_source", lambda *_: pytest.fail("too late"))
    with pytest.raises(UsageError, match="50 frames a second at most"):
        Job(clip, clip.with_name("a.gif"), TimelineOptions(8), interpolator=Mean()).check()


def test_a_mask_of_another_size_is_refused(clip: Path) -> None:
    mask = np.zeros((48, 60), np.uint8)
    with pytest.raises(InputError, match="60x48, the frames are 64x48") as caught:
        Job(clip, rendering=RenderOptions(mask=mask), interpolator=Mean()).check()
    assert caught.value.option == "mask"


# ---- running


def test_check_and_plan_touch_nothing_and_run_writes(clip: Path) -> None:
    with job_of(clip, timeline=TimelineOptions(3)) as job:
        job.check()
        schedule = job.plan()
        assert len(schedule) == 3 * COUNT
        assert names_in(clip.parent) == ["clip.mkv"]
        rendered = job.run()
    assert rendered.path == clip.with_name("out.mkv")
    assert (rendered.frames, len(pts_of(rendered.path))) == (12, 12)
    assert list(rendered.schedule) == list(schedule)
    with vfi.open_video(rendered.path) as made:
        frames = [frame.pixels for frame in made]
    for number in range(COUNT):
        assert np.array_equal(frames[3 * number], texture(2 * number))
    middle = (texture(0).astype(np.uint16) + texture(2)) // 2
    assert np.array_equal(frames[1], middle)


def test_a_job_can_be_run_again(clip: Path) -> None:
    job = job_of(clip, overwrite=True)
    assert job.run().frames == job.run().frames == 2 * COUNT


@pytest.mark.parametrize(("scene_threshold", "opened"), [(15.0, 2), (0.0, 1)])
def test_a_source_is_scanned_once_and_opened_once_more_to_be_looked_through(
    clip: Path, monkeypatch: pytest.MonkeyPatch, scene_threshold: float, opened: int
) -> None:
    calls: list[str] = []

    def counted(name: str) -> None:
        original = getattr(reader, name)

        def call(*arguments: Any) -> Any:
            calls.append(name)
            return original(*arguments)

        monkeypatch.setattr(reader, name, call)

    counted("open_input")
    counted("scan_packets")
    job_of(clip, timeline=TimelineOptions(scene_threshold=scene_threshold)).run()
    assert calls.count("open_input") == opened
    assert calls.count("scan_packets") == 1


def test_progress_is_told_of_every_frame(clip: Path) -> None:
    told: list[Progress] = []
    job_of(clip).run(told.append)
    steps = [(one.stage, one.done, one.total) for one in told]
    scan = [("scan", done, COUNT) for done in range(COUNT + 1)]
    assert steps == scan + [("render", done, 2 * COUNT) for done in range(2 * COUNT + 1)]
    assert told[COUNT + 1].remaining is None
    assert told[-1].remaining == 0


def test_the_cuts_are_written(clip: Path) -> None:
    scenes = clip.with_name("cuts.json")
    pictures = [texture(0), texture(2), *(texture(n, seed=9) for n in (0, 2))]
    cut = make_clip(clip.with_name("cut.mkv"), pictures=pictures, **LOSSLESS)
    listed = clip.with_name("cuts.txt")
    listed.write_text("2\n")
    job_of(cut, timeline=TimelineOptions(scenes=listed), write_scenes=scenes).run()
    assert '"frame": 2' in scenes.read_text()


# ---- frames, lazily


def test_frames_come_one_after_the_other(clip: Path) -> None:
    frames = vfi.interpolated_frames(clip, 2, interpolator=Mean(), still=0)
    assert isinstance(frames, Iterator)
    time, pixels, kind = next(frames)
    assert (time, kind) == (0, "source")
    assert np.array_equal(pixels, texture(0))
    rest = list(frames)
    assert [frame.time for frame in rest] == [Fraction(n, 50) for n in range(1, 2 * COUNT)]
    assert [frame.kind for frame in rest] == ["between", "source"] * (COUNT - 1) + ["hold"]
    assert names_in(clip.parent) == ["clip.mkv"]


def test_frames_may_be_left_in_the_middle(clip: Path) -> None:
    frames = vfi.interpolated_frames(clip, 2, interpolator=Mean())
    next(frames)
    frames.close()
    with pytest.raises(StopIteration):
        next(frames)


def test_frames_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    for number in range(3):
        write_image(tmp_path / "shots" / f"{number}.png", texture(2 * number))
    made = list(vfi.interpolated_frames(tmp_path / "shots", interpolator=Mean(), input_fps=10))
    assert [frame.time for frame in made] == [Fraction(n, 20) for n in range(6)]


# ---- a user's script

SCRIPT = """
from fractions import Fraction
from pathlib import Path

import numpy as np

import vfi

source, folder = Path("clip.mkv"), Path(".")
with vfi.open_video(source) as video:
    info: vfi.VideoInfo = video.info
    size: tuple[int, int] = (info.width, info.height)
    with vfi.VideoWriter(folder / "copy.mkv", *size, info.frame_rate, codec="ffv1") as writer:
        for frame in video:
            time: Fraction = frame.time
            writer.write(frame.pixels[:, ::-1], time)

total = np.zeros((size[1], size[0], 3))
kinds: list[str] = []
for moment, pixels, kind in vfi.interpolated_frames(source, fps=2, model="direct", device="cpu"):
    total += pixels
    kinds.append(kind)
print(len(kinds), float(moment))

def show(progress: vfi.Progress) -> None:
    assert progress.done <= progress.total

rendered: vfi.Rendered = vfi.interpolate_video(
    source, "slow.mkv", slow="2", codec="ffv1", model="direct", device="cpu", progress=show
)
print(rendered.frames, rendered.path)

job = vfi.Job(
    source,
    timeline=vfi.TimelineOptions(target_fps=60, start=0.04),
    encoding=vfi.EncodingOptions(quality=20),
    rendering=vfi.RenderOptions(width=32),
    model="direct",
)
schedule: vfi.Schedule = job.plan()
print(len(schedule), schedule.frame_rate)
try:
    job.check()
except vfi.UsageError as error:
    print(error.option)
"""


@pytest.mark.slow
def test_a_users_script_is_typed_and_runs(clip: Path) -> None:
    script = clip.with_name("script.py")
    script.write_text(SCRIPT)
    root = Path(vfi.__file__).parent.parent
    for words in (
        ["-m", "mypy", "--strict", "--cache-dir", str(root / ".mypy_cache"), "script.py"],
        ["script.py"],
    ):
        done = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            text=True,
            cwd=clip.parent,
            env={"PYTHONPATH": str(root), "MYPYPATH": str(root), "PATH": ""},
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split("\n")[:3] == ["8 0.14", "8 slow.mkv", "7 60"]
    with vfi.open_video(clip.with_name("copy.mkv")) as copy:
        assert [frame.time for frame in copy] == [Fraction(n, 25) for n in range(COUNT)]


class TestFollowing:
    """What one job has seen another one need not look for."""

    def scans(self, job: Job) -> int:
        told: list[str] = []
        with job:
            job.plan(lambda step: told.append(step.stage))
        return told.count("scan")

    def test_another_rate_is_planned_at_once(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "a.mp4", 6)
        first = Job(clip, timeline=TimelineOptions(fps=2), model="direct")
        assert self.scans(first) == 7
        wishes = (TimelineOptions(fps=3, at_cut="blend"), TimelineOptions(slow=2, loop=True))
        for timeline in wishes:
            second = Job(clip, timeline=timeline, model="direct")
            second.follow(first)
            assert self.scans(second) == 0
            assert len(second.plan()) == len(Job(clip, timeline=timeline, model="direct").plan())

    def test_whatever_is_sought_otherwise_is_looked_for(self, tmp_path: Path) -> None:
        clip = make_clip(tmp_path / "a.mp4", 6)
        first = Job(clip, model="direct")
        first.plan()
        for timeline in (TimelineOptions(threshold=5), TimelineOptions(scene_threshold=3)):
            second = Job(clip, timeline=timeline, model="direct")
            second.follow(first)
            assert self.scans(second) == 7
        make_clip(clip, 8)
        second = Job(clip, model="direct")
        second.follow(first)
        assert self.scans(second) == 9
