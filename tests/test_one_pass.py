"""A pipe, which can be read once, gives what the same file gives that is looked through first."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vfi
from tests.helpers.clips import make_clip, moving_square
from tests.helpers.drawings import animation
from vfi.errors import InputError, UsageError
from vfi.job import Job
from vfi.media.source import open_video
from vfi.one_pass import OnePass
from vfi.planning import TimelineOptions

KINDS = {
    "y4m": {"codec": "rawvideo", "container_options": {"strict": "-1"}},
    "mkv": {},
    "nut": {"codec": "ffv1"},
    "ts": {},
    "h264": {},
    "avi": {"options": {"bf": "2"}},
}


@contextmanager
def piped(path: Path, data: bytes | None = None) -> Iterator[Path]:
    """A named pipe into which somebody writes what a file holds."""
    pipe = path.with_suffix(".pipe")
    os.mkfifo(pipe)
    content = path.read_bytes() if data is None else data

    def write() -> None:
        try:
            with pipe.open("wb") as end:
                end.write(content)
        except BrokenPipeError:  # the reader has read enough
            pass

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield pipe
    finally:
        writer.join(30)
        pipe.unlink()


class Mean:
    """The frame between two is their mean."""

    model = "mean"

    def pair(self, one: Any, two: Any) -> "Mean":
        self.one, self.two = one.astype(float), two.astype(float)
        self.dtype = one.dtype
        return self

    def at(self, t: Any) -> Any:
        return np.rint(self.one + (self.two - self.one) * float(t)).astype(self.dtype)


def made(source: Path, **wishes: Any) -> list[tuple[F, str, Any]]:
    """Time, kind and pixels of every frame of a result."""
    frames = vfi.interpolated_frames(source, interpolator=Mean(), **wishes)
    return [(frame.time, frame.kind, frame.pixels.copy()) for frame in frames]


def check_same(path: Path, **wishes: Any) -> int:
    expected = made(path, **wishes)
    with piped(path) as pipe:
        found = made(pipe, **wishes)
    assert [frame[:2] for frame in found] == [frame[:2] for frame in expected]
    for (_, _, one), (_, _, two) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, two)
    return len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_what_ffmpeg_reads_from_a_pipe(tmp_path: Path, kind: str) -> None:
    clip = make_clip(tmp_path / f"clip.{kind}", 12, rate=F(24000, 1001), **KINDS[kind])
    assert check_same(clip, fps=3) == 36


@pytest.mark.parametrize(
    "pixel_format",
    ["gray", "gray10le", "gray16le", "yuv411p", "yuv420p", "yuv420p10le", "yuv420p16le",
     "yuv422p", "yuv422p12le", "yuv444p", "yuv444p9le", "yuv444p14le", "yuva444p"],
)  # fmt: skip
def test_y4m_of_every_depth_and_chroma(tmp_path: Path, pixel_format: str) -> None:
    clip = make_clip(tmp_path / "clip.y4m", 4, pixel_format=pixel_format, **KINDS["y4m"])
    assert check_same(clip) == 8


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawings on twos, then some on ones, and a real cut in between; 96 frames."""
    first = animation([2], 3, 48, small=True)[0]
    second = animation([1], 8, 48, small=True)[0]
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    return make_clip(path, pictures=[*first, *second], codec="ffv1")


@pytest.mark.parametrize(
    "wishes",
    [
        {"fps": 2},
        {"fps": 2, "threshold": "auto"},
        {"fps": 2, "threshold": 60},
        {"target_fps": 60, "threshold": "auto", "at_cut": "blend", "loop": True},
        {"slow": 2, "shutter": 180},
        {"fps": 2, "threshold": "auto", "max_hold": "0.05", "start": "0.7", "seconds": "1.5"},
        {"target_fps": 7, "start": 1},
    ],
    ids=str,
)
def test_cuts_and_drawings_are_the_same(film: Path, wishes: dict[str, Any]) -> None:
    check_same(film, **wishes)


def test_the_cut_is_found_and_written(film: Path, tmp_path: Path) -> None:
    with piped(film) as pipe:
        job = Job(pipe, tmp_path / "out.mkv", interpolator=Mean(), write_scenes=tmp_path / "c.txt")
        rendered = job.run()
    assert rendered.frames == len(rendered.schedule) == 192
    assert list(rendered.schedule.shots.cuts) == [48]
    assert (tmp_path / "c.txt").read_text().splitlines()[1:] == ["48  # 00:00:01.920"]
    with vfi.open_video(tmp_path / "out.mkv") as video:
        assert len(list(video)) == 192


def test_a_list_of_cuts_serves_a_pipe(film: Path, tmp_path: Path) -> None:
    (tmp_path / "cuts.txt").write_text("10\n0:03.0\n4000\n")
    with piped(film) as pipe, open_video(pipe) as source:
        once = OnePass(source, TimelineOptions(fps=2, scenes=tmp_path / "cuts.txt"))
        once.drain()
    assert list(once.schedule.whole().shots.cuts) == [10, 75]


def test_a_pipe_is_planned_without_being_rendered(film: Path, tmp_path: Path) -> None:
    with piped(film) as pipe, Job(pipe, tmp_path / "o.mkv", interpolator=Mean()) as job:
        assert len(job.plan()) == 192
        assert job.estimate() == 0
        with pytest.raises(UsageError, match="can be read once only"):
            job.run()


def test_few_frames_are_in_memory(tmp_path: Path) -> None:
    """However long a drawing is held: of its repeats no picture is kept."""
    still = moving_square(2)
    clip = make_clip(tmp_path / "c.nut", pictures=[still[0]] * 200 + [still[1]], codec="ffv1")
    with piped(clip) as pipe, open_video(pipe) as source:
        once = OnePass(source, TimelineOptions(fps=2, threshold=5))
        frames = iter(once.schedule)
        next(frames), next(frames)
        assert len({id(frame) for frame in once.kept}) <= 3
        assert once.schedule.live.settled


def test_a_part_closes_the_pipe(tmp_path: Path) -> None:
    """Whoever writes is told that nobody reads any more, and is not left hanging."""
    clip = make_clip(tmp_path / "clip.y4m", 400, **KINDS["y4m"])
    with piped(clip) as pipe:
        assert len(made(pipe, seconds="0.4")) == 20


def test_a_pipe_that_ends_in_a_frame_is_damaged(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.y4m", 6, **KINDS["y4m"])
    short = clip.read_bytes()[:-1000]
    with (
        piped(clip, short) as pipe,
        pytest.raises(InputError, match="is cut off: its last frame is not all there"),
    ):
        made(pipe)
    clip.write_bytes(short)
    with pytest.raises(InputError, match="is cut off: its last frame is not all there"):
        made(clip)


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("nothing at all\n" * 9)
    with (
        piped(tmp_path / "text.txt") as pipe,
        pytest.raises(InputError, match="no video that vfi can read"),
    ):
        made(pipe)


def test_a_pipe_has_no_place_for_a_result(film: Path) -> None:
    refused = pytest.raises(UsageError, match="say where the result goes")
    with piped(film) as pipe, Job(pipe, interpolator=Mean()) as job, refused:
        job.check()


def test_it_is_read_once(film: Path) -> None:
    with piped(film) as pipe, open_video(pipe) as source:
        with pytest.raises(UsageError, match="times are not known yet"):
            source.times()
        assert len(list(source)) == 96
        with pytest.raises(InputError, match="read already"):
            next(iter(source))
        with pytest.raises(UsageError, match="once only"):
            source.reopen()
        assert source.info.once


def test_standard_input(film: Path, tmp_path: Path) -> None:
    words = ["video", "-", "--out", "o.nut.mkv", "--model", "direct", "--seconds", "0.2", "-q"]
    with film.open("rb") as data:
        ended = subprocess.run(
            [sys.executable, "-m", "vfi", *words],
            stdin=data, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    with vfi.open_video(tmp_path / "o.nut.mkv") as video:
        assert len(list(video)) == 10
