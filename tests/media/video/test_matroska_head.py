"""What FFmpeg's muxer leaves out of Matroska is put where it belongs, and no picture moves."""

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import pytest

from tests.helpers.clips import make_clip, moving_square
from vfi import VideoWriter, open_video
from vfi.media.frame import Colour, VideoInfo
from vfi.media.video.hdr import HdrMetadata, MasteringDisplay
from vfi.media.video.matroska_head import _display, describe_picture
from vfi.media.video.structure import structure_of

DISPLAY = MasteringDisplay(
    (F(708, 1000), F(292, 1000)),
    (F(170, 1000), F(797, 1000)),
    (F(131, 1000), F(46, 1000)),
    (F(3127, 10000), F(329, 1000)),
    F(5, 1000),
    F(1000),
)
HDR = HdrMetadata(DISPLAY, (1000, 400))


def info(width: int = 96, height: int = 64, **facts: Any) -> VideoInfo:
    known: dict[str, Any] = {"pixel_format": "yuv420p10le", "bit_depth": 10}
    return VideoInfo(
        Path("x.mkv"), width, height, F(25), F(1, 25), F(1), 3, "ffv1", **(known | facts)
    )


def written(path: Path, like: VideoInfo, codec: str | None = None, **more: Any) -> VideoWriter:
    with VideoWriter(path, like.width, like.height, F(25), like, codec, **more) as writer:
        for number, picture in enumerate(moving_square(3, like.width, like.height)):
            writer.write(picture, F(number, 25))
    return writer


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mkv", "ffv1"), (".mkv", "prores"), (".mkv", "h264"), (".webm", "vp9"), (".webm", "av1")],
)
def test_the_shape_of_pixels_is_kept(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"a{suffix}"
    written(path, info(sample_aspect_ratio=F(16, 15)), codec)
    with av.open(str(path)) as container:  # by FFmpeg's own reader
        assert container.streams.video[0].sample_aspect_ratio == F(16, 15)
    assert structure_of(path, "matroska,webm").damage is None
    with open_video(path) as video:
        assert video.info.sample_aspect_ratio == F(16, 15)
        assert len(list(video)) == 3


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "ffv1"), (".mkv", "prores")])
def test_what_hdr_says_of_itself_is_kept(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"a{suffix}"
    pq = Colour(9, 16, 9, False)
    assert written(path, info(hdr=HDR, colour=pq), codec).notes == []
    with open_video(path) as video:
        found = video.info.hdr
        assert video.info.colour.transfer == 16
    assert found is not None
    assert found.light == (1000, 400)
    assert found.display is not None
    for name in ("red", "green", "blue", "white"):
        assert list(map(float, getattr(found.display, name))) == pytest.approx(
            list(map(float, getattr(DISPLAY, name)))
        )
    assert float(found.display.darkest) == pytest.approx(0.005)
    assert found.display.brightest == 1000


def test_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    """Every part behind the tracks lies where it lay, checksums hold, and it can be sought."""
    plain, path = tmp_path / "plain.mkv", tmp_path / "a.mkv"
    source = make_clip(tmp_path / "s.mkv", 3, audio=F(1, 10))
    written(plain, info(), "ffv1", copy_from=source)
    path.write_bytes(plain.read_bytes())
    assert describe_picture(path, 96, 64, F(16, 15), None)
    before, after = plain.read_bytes(), path.read_bytes()
    assert len(before) == len(after)
    cluster = before.index(b"\x1f\x43\xb6\x75")
    assert before[cluster:] == after[cluster:]
    assert structure_of(path, "matroska,webm").damage is None
    assert structure_of(path, "matroska,webm").remarks == []
    with av.open(str(path)) as container:
        assert len(container.streams) == 2
        container.seek(80_000)
        assert next(container.decode(video=0)).pts is not None


def test_what_is_there_needs_no_room(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    written(path, info(hdr=HDR, sample_aspect_ratio=F(2)), "ffv1")
    there = path.read_bytes()
    assert describe_picture(path, 96, 64, F(2), HDR)
    assert path.read_bytes() == there


def test_where_there_is_no_room_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    written(path, info(), "ffv1")
    data = path.read_bytes()
    void = data.index(b"\xec\x01\x00\x00")  # its size takes eight bytes
    length = int.from_bytes(data[void + 2 : void + 9], "big")
    two = b"\xec\x82\x00\x00" + b"\xec\x01" + (length - 4).to_bytes(7, "big")
    filled = data[:void] + two + data[void + len(two) :]
    path.write_bytes(filled)
    assert not describe_picture(path, 96, 64, F(16, 15), HDR)
    assert path.read_bytes() == filled
    other = tmp_path / "no.mkv"
    other.write_bytes(b"\x1a\x45\xdf\xa3\x80no Matroska")
    assert not describe_picture(other, 96, 64, F(16, 15), None)
    assert other.read_bytes() == b"\x1a\x45\xdf\xa3\x80no Matroska"


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((720, 576), F(16, 15), (768, 576)),
        ((720, 576), F(64, 45), (1024, 576)),
        ((720, 480), F(8, 9), (640, 480)),
        ((720, 480), F(10, 11), (720, 528)),
        ((720, 480), F(32, 27), (720, 405)),
        ((97, 61), F(16, 15), (103, 61)),
    ],
)
def test_the_size_that_is_shown(size: tuple[int, int], aspect: F, shown: tuple[int, int]) -> None:
    found = [int.from_bytes(part.body, "big") for part in _display(*size, aspect)]
    assert tuple(found) == shown


def test_what_has_no_place_is_said(tmp_path: Path) -> None:
    wide = info(sample_aspect_ratio=F(16, 15), hdr=HDR)
    notes = written(tmp_path / "a.avi", wide, "ffv1").notes
    assert any("the shape of the pixels, 16:15, is lost" in note for note in notes)
    assert any("the HDR metadata" in note for note in notes)
    wide = replace(wide, colour=Colour(9, 16, 9, False))
    assert any("colours mean" in n for n in written(tmp_path / "c.avi", wide, "ffv1").notes)
    assert not any("colours mean" in n for n in written(tmp_path / "c.mkv", wide, "ffv1").notes)
    assert any("HDR metadata" in n for n in written(tmp_path / "a.mov", wide, "prores").notes)
    assert not any("shape" in n for n in written(tmp_path / "b.mov", wide, "prores").notes)


def test_what_gif_makes_of_alpha_is_said(tmp_path: Path) -> None:
    clear = info(has_alpha=True, pixel_format="bgra", bit_depth=8)
    assert any("half-transparent" in n for n in written(tmp_path / "a.gif", clear).notes)
    again = replace(clear, codec="gif")
    assert not any("half-transparent" in n for n in written(tmp_path / "b.gif", again).notes)


@pytest.mark.parametrize(("codec", "bits"), [("h264", 12), ("prores", 12), ("prores", 16)])
def test_fewer_bits_are_said(tmp_path: Path, codec: str, bits: int) -> None:
    like = info(bit_depth=bits, pixel_format=f"gbrp{bits}le")
    notes = written(tmp_path / "a.mkv", like, codec).notes
    assert any(f"{bits} bits become 10" in note for note in notes)
    assert written(tmp_path / "b.mkv", like, "ffv1").notes == []
