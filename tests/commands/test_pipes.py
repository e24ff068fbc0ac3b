"""In a pipe: what goes out, and what is said beside it."""

import io
import os
import subprocess
import sys
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import vfi
from tests.helpers.cli import RunVfi
from tests.helpers.clips import make_clip
from tests.test_one_pass import Mean
from vfi.errors import UsageError
from vfi.job import Job
from vfi.media.options import EncodingOptions
from vfi.models.moments import Moments
from vfi.planning import TimelineOptions

VFI = [sys.executable, "-m", "vfi", "video", "--model", "direct"]


def called(*words: str | Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
    words = (*VFI, *map(str, words))
    return subprocess.run(words, capture_output=True, timeout=120, check=False, **more)


def decoded(data: bytes) -> tuple[str, list[bytes]]:
    """The pixel format of a video, and the samples of its frames."""
    with av.open(io.BytesIO(data)) as container:
        frames = list(container.decode(video=0))
    return frames[0].format.name, [_samples(frame) for frame in frames]


def _samples(frame: av.VideoFrame) -> bytes:
    """All samples, without what pads the rows."""
    planes = []
    for plane, part in zip(frame.planes, frame.format.components, strict=False):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        planes.append(rows[:, : plane.width * -(-part.bits // 8)].tobytes())
    return b"".join(planes)


def doubled(clip: Path, out: Path, **encoding: Any) -> list[str]:
    job = Job(
        clip, out, TimelineOptions(fps=2), EncodingOptions(**encoding), interpolator=Mean()
    )  # fmt: skip
    return job.run().notes


@pytest.mark.parametrize("suffix", [".y4m", ".nut"])
@pytest.mark.parametrize(
    "pixel_format",
    ["gray", "gray12le", "yuv411p", "yuv420p", "yuv420p10le", "yuv422p12le", "yuv444p",
     "yuv444p16le", "yuva444p"],
)  # fmt: skip
def test_source_frames_go_through_bit_for_bit(
    tmp_path: Path, suffix: str, pixel_format: str
) -> None:
    clip = make_clip(
        tmp_path / "clip.nut", 4, codec="rawvideo", pixel_format=pixel_format, rate=F(30000, 1001)
    )
    assert doubled(clip, tmp_path / f"out{suffix}") == []
    name, before = decoded(clip.read_bytes())
    written = decoded((tmp_path / f"out{suffix}").read_bytes())
    assert written[0] == name == pixel_format
    assert written[1][::2] == before
    with vfi.open_video(tmp_path / f"out{suffix}") as video:
        assert video.info.frame_rate == F(60000, 1001)
        assert len(video.times()[0]) == 8


def test_rgb_becomes_full_chroma_in_y4m_and_stays_in_nut(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixel_format="bgr0")
    doubled(clip, tmp_path / "out.y4m")
    doubled(clip, tmp_path / "out.nut")
    assert decoded((tmp_path / "out.y4m").read_bytes())[0] == "yuv444p"
    assert decoded((tmp_path / "out.nut").read_bytes())[0] == "rgb24"


def test_full_range_is_said(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3, codec="ffv1", colour=(1, 1, 1, 2))
    doubled(clip, tmp_path / "out.y4m")
    head = (tmp_path / "out.y4m").read_bytes()[:200].split(b"\n")[0]
    assert b"XCOLORRANGE=FULL" in head
    assert b"F50:1" in head


def test_a_varying_rate_has_no_place_in_y4m(tmp_path: Path) -> None:
    times = [F(0), F(1, 25), F(4, 25), F(5, 25)]
    clip = make_clip(tmp_path / "clip.mkv", 4, times=times, time_base=F(1, 1000))
    with pytest.raises(UsageError, match="constant frame rate"):
        doubled(clip, tmp_path / "out.y4m")


def test_standard_output_holds_the_video_alone(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.nut", 3, codec="rawvideo", audio=F(1, 5))
    ended = called(clip, "--out", "-")
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"YUV4MPEG2 W64 H48 F50:1 ")
    name, frames = decoded(ended.stdout)
    assert (name, len(frames)) == ("yuv420p", 6)
    assert frames[::2] == decoded(clip.read_bytes())[1]
    assert b"6 frames, 50 a second" in ended.stderr
    assert b"left out: audio" in ended.stderr
    assert os.listdir(tmp_path) == ["clip.nut"]


def test_audio_goes_along_in_nut(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 5, audio=F(1, 5))
    ended = called(clip, "--out", "-", "--container", "nut", "-q")
    assert (ended.returncode, ended.stderr) == (0, b"")
    with av.open(io.BytesIO(ended.stdout)) as container:
        assert container.format.name == "nut"
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert len(list(container.decode(video=0))) == 10


def test_a_chain_of_three(tmp_path: Path) -> None:
    """Two of us between two others; nothing but the pipes between."""
    clip = make_clip(tmp_path / "clip.y4m", 4, codec="rawvideo")
    words = [*VFI, "-", "--out", "-", "-q"]
    with (
        clip.open("rb") as data,
        subprocess.Popen(words, stdin=data, stdout=subprocess.PIPE) as first,
    ):
        second = subprocess.run(words, stdin=first.stdout, capture_output=True, check=True)
    frames = decoded(second.stdout)[1]
    assert len(frames) == 16
    assert frames[::4] == decoded(clip.read_bytes())[1]


def test_a_reader_that_goes_ends_it_quietly(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 100, codec="ffv1")
    words = [*VFI, str(clip), "--out", "-", "-q"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1000)
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--container", "mp4"), "--container 'mp4': a pipe takes mkv, webm, nut, y4m"),
        (("--codec", "h264"), "yuv4mpegpipe files cannot hold h264; they hold: raw"),
    ],
)
def test_what_cannot_go_through_a_pipe(
    run_vfi: RunVfi, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3)
    ended = run_vfi("video", clip, "--out", "-", "--model", "direct", *words)
    assert ended.code == 2
    assert complaint in ended.complaint
    assert ended.out == ""


def test_nobody_wants_a_video_on_a_terminal(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3)
    monkeypatch.setattr(os, "isatty", lambda handle: True)
    ended = run_vfi("video", clip, "--out", "-", "--model", "direct")
    assert (ended.code, ended.out) == (2, "")
    assert "standard output is a terminal" in ended.complaint
    ended = run_vfi("video", "-", "--out", tmp_path / "o.mkv", "--model", "direct")
    assert ended.code == 2
    assert "standard input is a terminal" in ended.complaint


def test_a_plan_of_a_pipe_needs_no_place(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3)
    ended = called("-", "--dry-run", "--fps", "3", input=clip.read_bytes())
    assert (ended.returncode, ended.stderr) == (0, b"")
    kinds = [line.split()[3] for line in ended.stdout.decode().splitlines()[:9]]
    assert kinds == ["source", "between", "between"] * 2 + ["source", "hold", "hold"]
    ended = called("-", "--fps", "3", input=clip.read_bytes())
    assert ended.returncode == 2
    assert b"has no place beside it" in ended.stderr


class Halves(Mean):
    """A model that makes the middle, and from its own results other halves."""

    times = Moments.HALVES


@pytest.mark.parametrize(
    ("asked", "moment"),
    [({"fps": 3}, "1/3"), ({"target_fps": 60}, "5/12"), ({"target_fps": 24}, "1/24")],
)
def test_moments_that_a_model_does_not_make_are_refused_before_a_pipe_is_read(
    tmp_path: Path, asked: dict[str, Any], moment: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    clip = make_clip(tmp_path / "clip.mkv", 60)
    with subprocess.Popen(["cp", str(clip), str(pipe)]) as writer:
        job = Job(pipe, tmp_path / "o.mkv", TimelineOptions(**asked), interpolator=Halves())
        with job, pytest.raises(UsageError, match=f"needs a frame at {moment} of the way"):
            job.check()
        writer.kill()
    assert not (tmp_path / "o.mkv").exists()


def test_a_file_that_is_called_dash(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_clip(tmp_path / "clip.mkv", 3).rename("-")
    ended = run_vfi("video", "./-", "--out", "o.mkv", "--model", "direct")
    assert ended.code == 0, ended.err
    with vfi.open_video("o.mkv") as video:
        assert len(list(video)) == 6


def test_pipes_from_python(tmp_path: Path) -> None:
    """What is written to standard output is given to it when all is well, and given back."""
    clip = make_clip(tmp_path / "clip.nut", 3, codec="rawvideo")
    script = (
        "import vfi, sys\n"
        f"vfi.interpolate_video({str(clip)!r}, '-', model='direct')\n"
        "print('done')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=120, check=True
    )
    assert ended.stdout.startswith(b"YUV4MPEG2")
    assert ended.stdout.endswith(b"done\n")
    assert np.frombuffer(ended.stdout, np.uint8).size > 6 * 4608
