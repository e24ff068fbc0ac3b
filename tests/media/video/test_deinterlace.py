"""Interlaced video: whole frames at the same rate, unless they are to be left."""

from fractions import Fraction as F
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.clips import make_clip
from vfi import Job, RenderOptions, UsageError, open_video

WIDTH, HEIGHT, COUNT = 96, 64, 6


def bar(place: int) -> np.ndarray:
    """A bright bar on grey, two pixels further with every field."""
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture[:, 10 + 4 * place : 26 + 4 * place] = 220
    return picture


@pytest.fixture
def fields(tmp_path: Path) -> Path:
    path = tmp_path / "fields.mp4"
    options = {"x264-params": "bff=1:interlaced=1", "crf": "5"}
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(COUNT):
            both = bar(2 * number + 1)
            both[1::2] = bar(2 * number)[1::2]  # libx264 flags the lower field as the first
            out.mux(video.encode(av.VideoFrame.from_ndarray(both, format="rgb24")))
        out.mux(video.encode(None))
    return path


def combs(pixels: np.ndarray) -> float:
    """How much each line differs from the mean of those above and below it."""
    rows = pixels[..., 1].astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


def test_interlaced_frames_become_whole_ones(fields: Path) -> None:
    with open_video(fields) as video:
        assert video.info.interlaced
        frames = list(video)
        assert any("deinterlaced" in note for note in video.notes)
    assert [float(frame.time) for frame in frames] == [number / 25 for number in range(COUNT)]
    with open_video(fields, deinterlace="off") as video:
        left = list(video)
        assert any("combs" in note for note in video.notes)
    assert max(combs(frame.pixels) for frame in frames) < 2
    assert min(combs(frame.pixels) for frame in left) > 4
    assert all(frame.decoded is None for frame in frames)  # no longer as it was decoded


def test_a_job_says_so_and_leaves_them_if_told(fields: Path, tmp_path: Path) -> None:
    for how, word in (("auto", "deinterlaced"), ("off", "combs")):
        rendering = RenderOptions(deinterlace=how)
        with Job(fields, tmp_path / f"{how}.mkv", rendering=rendering, model="direct") as job:
            assert any(word in note for note in job.run().notes)
    with pytest.raises(UsageError, match="auto, off or bob"):
        RenderOptions(deinterlace="weave")


def test_each_field_becomes_a_frame(fields: Path) -> None:
    """Twice the rate, no combs, and the bar stands where it stood in each of the fields."""
    with open_video(fields, deinterlace="bob") as video:
        assert (video.info.frame_rate, video.info.frame_count) == (50, 2 * COUNT)
        times, end = video.times()
        frames = list(video)
        assert any("a frame is made of each field, 50 a second" in note for note in video.notes)
    assert times == [F(number, 50) for number in range(2 * COUNT)]
    assert end == F(2 * COUNT, 50)
    assert [frame.time for frame in frames] == times
    for number, frame in enumerate(frames):
        assert combs(frame.pixels) < 2
        bright = np.nonzero(frame.pixels[HEIGHT // 2, :, 1] > 160)[0]
        assert abs(bright.mean() - (17.5 + 4 * number)) < 1.5


def test_fields_of_a_job_are_interpolated(fields: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    rendering = RenderOptions(deinterlace="bob")
    rendered = Job(fields, out, rendering=rendering, model="direct").run()
    assert rendered.frames == 4 * COUNT
    assert rendered.schedule.frame_rate == 100


def test_whole_frames_are_left_alone_by_bob(tmp_path: Path) -> None:
    with open_video(make_clip(tmp_path / "a.mp4", 4), deinterlace="bob") as video:
        assert video.info.frame_rate == 25
        assert len(list(video)) == len(video.times()[0]) == 4


def test_progressive_video_is_left_alone(tmp_path: Path) -> None:
    with open_video(make_clip(tmp_path / "a.mp4", 4)) as video:
        assert all(frame.decoded is not None for frame in video)
        assert not any("interlaced" in note for note in video.notes)
