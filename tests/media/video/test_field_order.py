"""Frames that are left interlaced are flagged so, with the field that comes first."""

from fractions import Fraction as F
from pathlib import Path

import av
import numpy as np
import pytest

import vfi
from vfi import Job, RenderOptions, open_video
from vfi.media.options import EncodingOptions
from vfi.media.video.field_order import FieldFlags, field_order_of
from vfi.planning import TimelineOptions

ORDERS = ("tt", "bb")


@pytest.fixture(params=ORDERS)
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    path, flags = tmp_path / "in.mkv", FieldFlags(request.param)
    with av.open(str(path), "w") as out:
        video = out.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        for number in range(3):
            picture = np.full((64, 96, 3), 90, np.uint8)
            picture[1::2, 10 + 4 * number : 26 + 4 * number] = 220
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame = flags.flagged(frame)
            frame.pts, frame.time_base = number, F(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path, request.param


def orders_in(path: Path) -> list[str | None]:
    with av.open(str(path)) as container:
        return [field_order_of(frame) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("o.mkv", "h264"),
        ("o.mp4", "h264"),
        ("o.mkv", "ffv1"),
        ("o.mov", "prores"),
        ("o.y4m", "raw"),
    ],
)
def test_left_as_they_are_they_are_flagged(clip: tuple[Path, str], name: str, codec: str) -> None:
    source, order = clip
    out = source.with_name(name)
    left = RenderOptions(deinterlace="off")
    quality = 5 if codec == "prores" else None
    wishes = TimelineOptions(fps=2), EncodingOptions(codec, quality), left
    made = Job(source, out, *wishes, model="direct").run()
    word = {"tt": "top", "bb": "bottom"}[order]
    assert any(f"left so, {word} field first: they show combs" in note for note in made.notes)
    assert not any("not flagged" in note for note in made.notes)
    assert orders_in(out) == [order] * 6
    assert f"field_order={order}" in made.encoding


def test_where_it_cannot_be_flagged_that_is_said(clip: tuple[Path, str]) -> None:
    source, order = clip
    left = RenderOptions(deinterlace="off")
    with open_video(source, deinterlace="off") as video:
        assert video.info.field_order == order
    for encoding, rendering in (
        (EncodingOptions("h265"), left),
        (EncodingOptions(), RenderOptions(deinterlace="off", height=32)),
    ):
        out = source.with_name("o.mkv")
        made = Job(
            *(source, out, TimelineOptions(fps=2), encoding, rendering),
            overwrite=True,
            model="direct",
        ).run()
        assert "the frames are interlaced, and are not flagged so in the file" in made.notes
        assert orders_in(out) == [None] * 6


def test_whole_frames_are_not_flagged(clip: tuple[Path, str]) -> None:
    source, _ = clip
    out = source.with_name("o.mkv")
    made = vfi.interpolate_video(source, out, fps=2, model="direct")
    assert "field_order" not in made.encoding
    assert orders_in(out) == [None] * 6
