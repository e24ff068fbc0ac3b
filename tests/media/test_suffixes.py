"""The one list of video suffixes: FFmpeg reads what it names, and everything that looks uses it."""

from pathlib import Path

import av
import pytest

from tests.helpers.clips import make_clip
from vfi.evaluation.datasets.clips import find_clips
from vfi.media.containers import SUFFIXES
from vfi.media.suffixes import _READ_BY, MAY_MOVE, VIDEO_SUFFIXES
from vfi.media.video.reader import VideoReader
from vfi.naming import find_inputs
from vfi.training.data.store import clip_names

CODECS = {
    ".apng": ("apng", "rgb24"),
    ".asf": ("wmv2", "yuv420p"),
    ".avi": ("mpeg4", "yuv420p"),
    ".gif": ("gif", "bgr8"),
    ".m2v": ("mpeg2video", "yuv420p"),
    ".mpg": ("mpeg2video", "yuv420p"),
    ".mxf": ("mpeg2video", "yuv420p"),
    ".vob": ("mpeg2video", "yuv420p"),
    ".webm": ("libvpx-vp9", "yuv420p"),
    ".wmv": ("wmv2", "yuv420p"),
    ".y4m": ("wrapped_avframe", "yuv420p"),
}


def test_this_ffmpeg_has_every_format() -> None:
    there = {name for names in av.formats_available for name in names.split(",")}
    assert set(_READ_BY) <= there
    assert len(set(VIDEO_SUFFIXES)) == len(VIDEO_SUFFIXES)
    assert set(SUFFIXES) <= {*VIDEO_SUFFIXES, *MAY_MOVE}  # what is written can be read


@pytest.mark.parametrize("suffix", [*CODECS, ".mkv", ".ts", ".m2ts", ".h264", ".nut", ".3gp"])
def test_each_is_found_and_read(tmp_path: Path, suffix: str) -> None:
    codec, pixel_format = CODECS.get(suffix, ("libx264", "yuv420p"))
    clip = make_clip(tmp_path / f"a{suffix.upper()}", 4, codec=codec, pixel_format=pixel_format)
    assert find_inputs(tmp_path, tmp_path / "out").inputs == [clip]
    assert find_clips(tmp_path) == (clip,)
    assert clip_names(tmp_path) == {"a"}
    with VideoReader(clip) as reader:
        assert len(list(reader)) == 4
