"""Tags, colour range and the shape of pixels: kept, or said."""

from fractions import Fraction as F
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.clips import make_clip
from tests.helpers.copying import copy
from vfi.media.pictures.images import write_image
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter
from vfi.naming import default_output
from vfi.timeline.retiming import Multiply
from vfi.video import interpolate_video

PHONE = {
    "com.apple.quicktime.make": "Maker",
    "com.apple.quicktime.model": "Model",
    "com.apple.quicktime.location.ISO6709": "+01.0000+002.0000/",
    "com.apple.quicktime.creationdate": "2021-02-03T04:05:06+0200",
    "com.android.version": "11",
}


def tagged(path: Path, tags: dict[str, str]) -> Path:
    clip = make_clip(path.with_name(f"untagged{path.suffix}"), 4)
    with (
        av.open(str(clip)) as given,
        av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out,
    ):
        out.metadata.update(tags)
        video = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
    return path


def tags_of(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {key.lower(): value for key, value in container.metadata.items()}


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv"])
def test_tags_of_phones_are_kept(tmp_path: Path, suffix: str) -> None:
    source = tagged(tmp_path / "a.mov", PHONE)
    assert copy(source, tmp_path / f"b{suffix}").notes == []
    found = tags_of(tmp_path / f"b{suffix}")
    assert {key: found.get(key.lower()) for key in PHONE} == PHONE


def test_tags_without_a_place_are_said(tmp_path: Path) -> None:
    source = tagged(tmp_path / "a.mov", {"title": "A walk", "make": "Maker"})
    notes = copy(source, tmp_path / "b.avi").notes
    assert "left out: tags (make): avi files have no place for them" in notes
    assert tags_of(tmp_path / "b.avi")["title"] == "A walk"
    notes = copy(source, tmp_path / "b.gif").notes
    assert "left out: tags (make, title): gif files have no place for them" in notes


def test_usual_tags_stay_where_players_look_for_them(tmp_path: Path) -> None:
    source = tagged(tmp_path / "a.mkv", {"title": "A walk", "artist": "Somebody"})
    copy(source, tmp_path / "b.mp4")
    assert b"mdta" not in (tmp_path / "b.mp4").read_bytes()
    assert tags_of(tmp_path / "b.mp4")["artist"] == "Somebody"


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_a_limited_range_that_was_said_is_said_again(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    source = make_clip(tmp_path / "a.mkv", 3, colour=(2, 2, 2, 1))
    copy(source, tmp_path / f"b{suffix}", codec=codec)
    for path in (source, tmp_path / f"b{suffix}"):
        with VideoReader(path) as reader:
            assert reader.info.colour.full_range is False


@pytest.mark.parametrize(("suffix", "codec"), [(".mov", "prores"), (".avi", "ffv1")])
@pytest.mark.parametrize("matrix", [1, 6])
def test_what_a_file_cannot_say_of_its_colours_is_not_written(
    tmp_path: Path, suffix: str, codec: str, matrix: int
) -> None:
    """ProRes has no full range, FFV1 in AVI says nothing: the samples are what readers assume."""
    source = make_clip(tmp_path / "a.mkv", 2, colour=(1, 1, matrix, 2), options={"crf": "1"})
    copy(source, tmp_path / f"b{suffix}", codec=codec)
    with VideoReader(source) as one, VideoReader(tmp_path / f"b{suffix}") as two:
        before = next(iter(one)).pixels.astype(float)
        frame = next(iter(two)).pixels
        after = frame.astype(float) / (257 if frame.dtype == np.uint16 else 1)
    assert np.abs(before.mean((0, 1)) - after.mean((0, 1))).max() < 1


def test_colours_of_rgb_at_a_lower_resolution_are_said(tmp_path: Path) -> None:
    for number in range(2):
        picture = np.full((48, 64, 3), 40 * number, np.uint8)
        (tmp_path / "shots").mkdir(exist_ok=True)
        write_image(tmp_path / "shots" / f"{number}.png", picture)
    for name, codec, said in (("a.mp4", "h264", 1), ("a.mkv", "ffv1", 0)):
        done = interpolate_video(
            tmp_path / "shots", tmp_path / name, model="direct", device="cpu", codec=codec
        )
        assert sum("RGB becomes 4:2:0" in note for note in done.notes) == said


def test_both_sides_of_a_size_mean_square_pixels(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", 3, aspect=F(4, 3))
    for sides, expected in (({"width": 32}, F(4, 3)), ({"width": 86, "height": 48}, F(1))):
        out = tmp_path / f"{len(sides)}.mp4"
        interpolate_video(source, out, model="direct", device="cpu", **sides)
        with VideoReader(out) as reader:
            assert reader.info.sample_aspect_ratio == expected
            assert reader.info.width == sides["width"]


def test_frames_of_no_source_have_no_note(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, F(25)) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8), F(0))
    assert writer.notes == []


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_becomes_h265_where_no_codec_is_asked_for(tmp_path: Path, transfer: int) -> None:
    source = make_clip(
        tmp_path / "a.mkv", 2, pixel_format="yuv420p10le", colour=(9, transfer, 9, 1)
    )
    copy(source, tmp_path / "b.mp4")
    with VideoReader(tmp_path / "b.mp4") as reader:
        assert (reader.info.codec, reader.info.pixel_format) == ("hevc", "yuv420p10le")


@pytest.mark.parametrize(
    ("depth", "codec", "said"),
    [("10le", None, True), ("", None, False), ("10le", "h265", False), ("10le", "ffv1", False)],
)
def test_ten_bits_that_few_players_show_are_said(
    tmp_path: Path, depth: str, codec: str | None, said: bool
) -> None:
    clip = make_clip(tmp_path / "a.mkv", 2, pixel_format=f"yuv420p{depth}")
    with (
        VideoReader(clip) as source,
        VideoWriter(tmp_path / "b.mkv", 64, 48, F(25), source.info, codec) as writer,
    ):
        for frame in source:
            writer.write(frame.pixels, frame.time)
    note = "few players show 10 bits of h264; more show those of h265"
    assert (note in writer.notes) == said


def test_a_codec_names_a_file_that_holds_it() -> None:
    for codec, name in (("prores", "a_2x.mov"), ("h265", "a_2x.mp4"), ("ffv1", "a_2x.mkv")):
        assert default_output(Path("a.mp4"), Multiply(F(2)), codec) == Path(name)
