"""Boxes of MP4 and AVIF, read without a decoder."""

import struct
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers.clips import make_clip
from vfi.errors import InputError
from vfi.media.isobmff import auxiliary_tracks, boxes, picture_sizes
from vfi.media.source import open_video

ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"


def moving(path: Path) -> Path:
    images = [Image.new("RGBA", (64, 48), (200, 40 * n, 30, 40 * n)) for n in range(3)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=40)
    return path


def test_boxes_are_listed_with_where_their_content_is() -> None:
    data = struct.pack(">I4s2x", 10, b"aaaa") + struct.pack(">I4sQ3x", 1, b"bbbb", 19)
    data += struct.pack(">I4s5x", 0, b"cccc")  # up to the end
    found = [(b"aaaa", 8, 10), (b"bbbb", 26, 29), (b"cccc", 37, 42)]
    assert list(boxes(data, 0, len(data))) == found


def test_a_plane_of_depth_is_no_alpha(tmp_path: Path) -> None:
    path = moving(tmp_path / "a.avif")
    assert auxiliary_tracks(path) == {2: "alpha"}
    with open_video(path) as video:
        assert video.info.has_alpha
    data = path.read_bytes()
    assert ALPHA in data
    path.write_bytes(data.replace(ALPHA, ALPHA[:-5] + b"depth"))
    assert auxiliary_tracks(path) == {2: "depth"}
    with open_video(path) as video:
        assert not video.info.has_alpha
        assert [frame.pixels.shape for frame in video] == [(48, 64, 3)] * 3


def test_an_avif_of_too_many_pixels_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = moving(tmp_path / "a.avif")
    assert set(picture_sizes(path.read_bytes())) == {(64, 48)}
    monkeypatch.setenv("VFI_MAX_PIXELS", str(64 * 48 - 1))
    with pytest.raises(InputError, match="is 64x48: more than 3071 pixels; set VFI_MAX_PIXELS"):
        open_video(path)


@pytest.mark.parametrize("cut", [0, 4, 30, 200, 700])
def test_what_is_broken_has_none(tmp_path: Path, cut: int) -> None:
    path = moving(tmp_path / "a.avif")
    path.write_bytes(path.read_bytes()[:cut])
    assert auxiliary_tracks(path) == {}


def test_a_video_has_none(tmp_path: Path) -> None:
    assert auxiliary_tracks(make_clip(tmp_path / "a.mp4", 2)) == {}
    assert auxiliary_tracks(tmp_path / "gone.mp4") == {}
