from collections.abc import Sequence
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.clips import leftovers, make_clip, moving_square
from vfi.errors import ExistsError, OutputError, UsageError
from vfi.media.frame import Colour, VideoInfo
from vfi.media.video.codecs import CODECS
from vfi.media.video.colour import format_facts
from vfi.media.video.pixel_formats import Wanted, choose_pixel_format
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter

RATE = F(25)


def write(
    path: Path, pictures: list[np.ndarray], rate: F | None = RATE, **settings: Any
) -> VideoWriter:
    height, width = pictures[0].shape[:2]
    with VideoWriter(path, width, height, rate, **settings) as writer:
        for index, picture in enumerate(pictures):
            writer.write(picture, index / (rate or RATE))
    return writer


def read(path: Path) -> tuple[list[np.ndarray], Sequence[F], F, VideoInfo]:
    with VideoReader(path) as reader:
        times, end = reader.times()
        return [frame.pixels for frame in reader], times, end, reader.info


def flat(colour: tuple[int, ...], dtype: Any = np.uint8) -> np.ndarray:
    return np.full((48, 64, len(colour)), colour, dtype)


# ---- times


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi"])
@pytest.mark.parametrize("rate", [F(60000, 1001), F(24000, 1001), F(72), F(125, 3)])
def test_constant_rates(tmp_path: Path, suffix: str, rate: F) -> None:
    options = {"deadline": "realtime"} if suffix == ".webm" else None
    write(tmp_path / f"a{suffix}", moving_square(8), rate, encoder_options=options)
    _, times, end, info = read(tmp_path / f"a{suffix}")
    exact = suffix in (".mp4", ".mov", ".avi")
    tolerance = F(0) if exact else F(1, 1000)  # Matroska counts milliseconds
    assert len(times) == 8
    assert all(abs(time - index / rate) <= tolerance for index, time in enumerate(times))
    assert abs(end - 8 / rate) <= 2 * tolerance
    if exact:
        assert info.frame_rate == rate


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=8),
    st.sampled_from([F(1, 1000), F(1, 90000), F(1001, 60000), F(1, 12800)]),
)
@settings(max_examples=15)
def test_variable_rate_is_exact(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], tick: F
) -> None:
    if steps[-1] * tick <= F(1, 1000):  # as a last frame's time not believed where others are long
        steps = [*steps[:-1], steps[-1] + 90]
    path = tmp_path_factory.mktemp("vfr") / "a.mp4"
    times = [sum(steps[:k]) * tick for k in range(len(steps))]
    end = sum(steps) * tick
    with VideoWriter(path, 16, 16, None, time_base=tick, preset="ultrafast") as writer:
        for time in times:
            writer.write(np.zeros((16, 16, 3), np.uint8), time)
        writer.close(end)
    assert read(path)[1:3] == (times, end)


def test_times_off_the_grid_of_the_rate(tmp_path: Path) -> None:
    times = [F(0), F(1, 50), F(3, 50), F(5, 50)]
    with VideoWriter(tmp_path / "a.mp4", 64, 48, F(25)) as writer:
        for time in times:
            writer.write(flat((0, 0, 0)), time)
    assert read(tmp_path / "a.mp4")[1] == times


def test_end_of_the_last_frame(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, RATE) as writer:
        writer.write(flat((0, 0, 0)), F(0))
        writer.close(F(3))
    assert read(tmp_path / "a.mp4")[2] == 3


def test_drift_over_ten_hours(tmp_path: Path) -> None:
    """A frame every half hour is where it belongs to the tick."""
    rate = F(60000, 1001)
    times = [count / rate for count in range(0, 10 * 216_000 + 1, 108_000)]
    with VideoWriter(tmp_path / "a.mp4", 64, 48, rate) as writer:
        for time in times:
            writer.write(flat((0, 0, 0)), time)
    assert read(tmp_path / "a.mp4")[1] == times


def test_frames_out_of_order(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, RATE) as writer:
        writer.write(flat((0, 0, 0)), F(1, 25))
        for time in (F(1, 25), F(0)):
            with pytest.raises(UsageError, match="in order"):
                writer.write(flat((0, 0, 0)), time)


# ---- pixels


@pytest.mark.parametrize(
    ("codec", "suffix", "near"),
    [
        ("h264", ".mp4", 1.5),
        ("h265", ".mp4", 1.5),
        ("av1", ".mkv", 1.5),
        ("vp9", ".webm", 1.5),
        ("prores", ".mov", 1.5),
        ("ffv1", ".mkv", 0),
        ("png", ".mov", 0),
        ("qtrle", ".mov", 0),
        ("gif", ".gif", 4),
    ],
)
@pytest.mark.parametrize("size", [(48, 64), (47, 63)])
def test_every_codec_and_odd_sizes(
    tmp_path: Path, codec: str, suffix: str, near: float, size: tuple[int, int], capfd: Any
) -> None:
    ramp = np.linspace(30, 220, 64).astype(np.uint8)
    picture = np.dstack([np.tile(ramp, (48, 1)), np.tile(ramp[8:56, None], (1, 64)), flat((90,))])
    picture = picture[: size[0], : size[1]]
    write(tmp_path / f"a{suffix}", [picture] * 3, codec=codec)
    pixels, times, _, info = read(tmp_path / f"a{suffix}")
    assert (info.height, info.width) == size
    assert len(times) == 3
    scale = 257 if pixels[0].dtype == np.uint16 else 1
    assert np.abs(pixels[0] / scale - picture).mean() <= near
    assert capfd.readouterr() == ("", "")  # encoders do not print


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("full", [False, True])
def test_flat_colour_survives_reading_and_writing(tmp_path: Path, matrix: int, full: bool) -> None:
    """Original and interpolated frames go the same way; neither may shift or drift."""
    colours = [(200, 60, 30), (30, 90, 200), (128, 128, 128), (255, 255, 255), (0, 0, 0)]
    tags = (matrix if matrix != 6 else 6, 1, matrix, 2 if full else 1)
    path = make_clip(
        tmp_path / "a.mkv",
        pictures=[flat(c) for c in colours],
        codec="ffv1",
        colour=tags,
    )
    first, _, _, info = read(path)
    for generation in range(3):
        target = tmp_path / f"{generation}.mp4"
        write(target, read(path)[0], like=info, quality=1)
        path = target
    last, _, _, after = read(path)
    assert after.colour == info.colour
    for one, two in zip(first, last, strict=True):
        assert np.abs(one.astype(int) - two).max() <= 1


def test_colour_tags_are_those_of_the_source(tmp_path: Path) -> None:
    hdr = Colour(primaries=9, transfer=16, matrix=9, full_range=False)
    like = VideoInfo(
        tmp_path, 64, 48, RATE, F(1, 25), F(1), None, "hevc", "yuv420p10le", 10, colour=hdr
    )
    for codec, suffix in (("h264", ".mp4"), ("h265", ".mkv"), ("av1", ".mp4"), ("vp9", ".webm")):
        path = tmp_path / f"{codec}{suffix}"
        write(path, [flat((9, 9, 9), np.uint16)] * 2, like=like, codec=codec)
        info = read(path)[3]
        assert info.colour == hdr, codec


@pytest.mark.parametrize(("codec", "suffix"), [("h265", ".mp4"), ("h264", ".mkv"), ("av1", ".mkv")])
def test_static_hdr_metadata(tmp_path: Path, codec: str, suffix: str) -> None:
    display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    source = make_clip(
        tmp_path / "a.mp4",
        2,
        codec="libx265",
        pixel_format="yuv420p10le",
        colour=(9, 16, 9, 1),
        # Without B frames: x265 leaves the decoding times of a clip of two frames to chance.
        options={
            "x265-params": f"log-level=none:bframes=0:master-display={display}:max-cll=1000,400"
        },
    )
    pixels, _, _, info = read(source)
    assert info.hdr is not None
    assert info.hdr.display is not None
    assert info.hdr.display.green == (F(265, 1000), F(690, 1000))
    assert (info.hdr.display.brightest, info.hdr.display.darkest) == (1000, F(5, 1000))
    assert info.hdr.light == (1000, 400)
    write(tmp_path / f"b{suffix}", pixels, like=info, codec=codec)
    after = read(tmp_path / f"b{suffix}")[3]
    assert after.colour == info.colour
    assert after.hdr is not None
    assert after.hdr.light == (1000, 400)
    assert after.hdr.display is not None
    for one, two in zip(info.hdr.display.red, after.hdr.display.red, strict=True):
        assert abs(one - two) <= F(1, 50_000)  # AV1 has its own steps
    assert abs(after.hdr.display.brightest - 1000) < 1


def test_unspecified_stays_unspecified_unless_the_size_would_mislead(tmp_path: Path) -> None:
    like = VideoInfo(tmp_path, 64, 48, RATE, F(1, 25), F(1), None, "h264", "yuv420p", 8)
    write(tmp_path / "a.mp4", [flat((9, 9, 9))], like=like)
    assert read(tmp_path / "a.mp4")[3].colour.matrix == 2
    large = np.zeros((8, 1280, 3), np.uint8)  # a reader would now take it for BT.709
    write(tmp_path / "b.mp4", [large], like=like)
    assert read(tmp_path / "b.mp4")[3].colour.matrix == 6


def test_pictures_become_bt709(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [flat((200, 60, 30))] * 2, quality=1)
    pixels, _, _, info = read(tmp_path / "a.mp4")
    assert info.colour == Colour(1, 1, 1, False)
    assert np.abs(pixels[0].astype(int) - (200, 60, 30)).max() <= 2


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mp4"), ("h265", ".mp4"), ("av1", ".mp4"), ("prores", ".mov"), ("ffv1", ".mkv")],
)
def test_ten_bits_stay_ten_bits(tmp_path: Path, codec: str, suffix: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    picture = np.repeat(np.tile(ramp, (48, 1))[:, :, None], 3, axis=2)
    quality = None if codec in ("prores", "ffv1") else 1
    write(tmp_path / f"a{suffix}", [picture] * 2, codec=codec, bit_depth=10, quality=quality)
    pixels, _, _, info = read(tmp_path / f"a{suffix}")
    assert info.bit_depth == 10
    assert np.abs(pixels[0].astype(int) - picture).mean() < 65535 / 1023  # one level of 10 bits
    assert len(np.unique(pixels[0][:, :, 0])) > 55  # not encoded from 8 bits


def test_sixteen_bit_frames_into_eight_are_rounded(tmp_path: Path) -> None:
    write(tmp_path / "a.mov", [flat((0x7FFF, 0x8100, 0x8101), np.uint16)], codec="qtrle")
    assert read(tmp_path / "a.mov")[0][0][0, 0].tolist() == [127, 128, 129]


def test_lossless_keeps_the_format_of_the_source(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mkv", 3, codec="ffv1", pixel_format="yuv422p10le")
    pixels, _, _, info = read(source)
    write(tmp_path / "b.mkv", pixels, like=info, codec="ffv1")
    again, _, _, after = read(tmp_path / "b.mkv")
    assert after.pixel_format == "yuv422p10le"
    difference = np.abs(again[0].astype(int) - pixels[0])
    assert difference.mean() < 257  # one level of 8 bits: chroma is resampled


@pytest.mark.parametrize(
    ("source", "codec", "chosen"),
    [
        ("yuv444p", "prores", "yuv444p10le"),
        ("yuva444p10le", "prores", "yuva444p10le"),
        ("yuv422p", "prores", "yuv422p10le"),
        ("yuv420p", "prores", "yuv422p10le"),
        ("yuvj420p", "ffv1", "yuv420p"),
        ("yuvj422p", "ffv1", "yuv422p"),
        ("uyvy422", "ffv1", "yuv422p"),
        ("nv12", "ffv1", "yuv420p"),
        ("rgb24", "ffv1", "bgr0"),
        ("pal8", "png", "rgba"),  # frames between two have more colours than either
        ("yuv444p", "h264", "yuv420p"),
        ("yuv422p10le", "h265", "yuv420p10le"),
        ("yuv420p", "h264", "yuv420p"),
        ("rgb24", "h264", "yuv420p"),
        ("gray", "h264", "yuv420p"),
    ],
)
def test_chroma_is_kept_where_players_show_it_and_else_a_note_says_so(
    source: str, codec: str, chosen: str
) -> None:
    bits, _, _, alpha = format_facts(source)
    row = CODECS[codec]
    wanted = Wanted(bits, alpha, 64, 48, source)
    found, notes = choose_pixel_format(row, row.encoders[0], wanted)
    assert found == chosen
    reduced = [note for note in notes if note.startswith("chroma 4:")]
    assert len(reduced) == (codec in ("h264", "h265") and source.startswith(("yuv444", "yuv422")))
    if reduced:
        assert f"{':'.join(source[3:6])} becomes 4:2:0" in reduced[0]


def test_full_range_of_a_camera_stays_yuv_and_bit_exact(tmp_path: Path) -> None:
    """yuvj420p is an old name for yuv420p with a tag: no reason to store RGB."""
    source = make_clip(
        tmp_path / "a.avi", 2, codec="mjpeg", pixel_format="yuvj420p", colour=(1, 1, 5, 2)
    )
    with VideoReader(source) as reader:
        info = reader.info
        with VideoWriter(tmp_path / "b.mkv", 64, 48, F(25), info, "ffv1") as writer:
            for frame in reader:
                writer.write(frame.pixels, frame.time, frame.decoded)
    after = read(tmp_path / "b.mkv")[3]
    assert (info.pixel_format, after.pixel_format) == ("yuvj420p", "yuv420p")
    assert after.colour.full_range is True
    with av.open(str(source)) as one, av.open(str(tmp_path / "b.mkv")) as two:
        for before, now in zip(one.decode(video=0), two.decode(video=0), strict=True):
            for plane, kept in zip(before.planes, now.planes, strict=True):
                assert rows(kept).tobytes() == rows(plane).tobytes()


def rows(plane: Any) -> np.ndarray:
    samples = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return samples[: plane.height, : plane.width]


def test_pixel_format_asked_for(tmp_path: Path) -> None:
    """A pattern of single pixels of colour survives 4:4:4."""
    picture = flat((60, 60, 60))
    picture[:, ::2] = (200, 40, 40)
    write(tmp_path / "a.mp4", [picture] * 2, pixel_format="yuv444p", quality=1)
    assert np.abs(read(tmp_path / "a.mp4")[0][0].astype(int) - picture).mean() < 2
    with pytest.raises(UsageError, match="no pixel format 'rgb24'; it has: yuv420p"):
        write(tmp_path / "b.mp4", [picture], pixel_format="rgb24")
    with pytest.raises(UsageError, match="even width"):
        write(tmp_path / "b.mp4", [picture[:47]], pixel_format="yuv420p")


def test_alpha(tmp_path: Path) -> None:
    picture = np.dstack([flat((90, 90, 90)), np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))])
    for codec, suffix in (("prores", ".mov"), ("ffv1", ".mkv"), ("png", ".mov"), ("vp9", ".webm")):
        path = tmp_path / f"{codec}{suffix}"
        writer = write(path, [picture] * 2, codec=codec, alpha=True)
        assert writer.notes == []
        back = read(path)[0][0]
        assert back.shape == picture.shape, codec
        scale = 257 if back.dtype == np.uint16 else 1
        assert np.abs(back[:, :, 3] / scale - picture[:, :, 3]).max() < 4
    writer = write(tmp_path / "a.mp4", [picture] * 2, alpha=True)
    assert any("transparency" in note for note in writer.notes)


def test_pixel_shape_is_kept(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", 2, aspect=F(4, 3))
    pixels, _, _, info = read(source)
    for suffix in (".mp4", ".mkv", ".mov"):
        write(tmp_path / f"b{suffix}", pixels, like=info)
        assert read(tmp_path / f"b{suffix}")[3].sample_aspect_ratio == F(4, 3)


def test_upright_video_is_not_turned_twice(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", 2, rotation=90)
    pixels, _, _, info = read(source)
    write(tmp_path / "b.mp4", pixels, like=info, copy_from=source)
    again, _, _, after = read(tmp_path / "b.mp4")
    assert again[0].shape == pixels[0].shape
    assert after.rotation == 0


# ---- failures


def test_nothing_is_left_after_an_interruption(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "a.mp4", 64, 48, RATE)

    def interrupted() -> None:
        with writer:
            writer.write(flat((0, 0, 0)), F(0))
            assert leftovers(tmp_path)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="closed"):
        writer.write(flat((0, 0, 0)), F(1))


def test_existing_file_needs_overwrite(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", [flat((0, 0, 0))])
    before = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(ExistsError):
        write(tmp_path / "a.mp4", [flat((9, 0, 0))])
    assert (tmp_path / "a.mp4").read_bytes() == before
    write(tmp_path / "a.mp4", [flat((90, 0, 0))] * 2, overwrite=True)
    assert len(read(tmp_path / "a.mp4")[1]) == 2


def test_no_frames(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frames"):
        VideoWriter(tmp_path / "a.mp4", 64, 48, RATE).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("a.xyz", {}, r"videos end in \.mp4"),
        ("a", {}, "videos end in"),
        ("a.mp4", {"codec": "divx"}, "no video codec 'divx'; there are: h264"),
        ("a.webm", {"codec": "h264"}, "webm files cannot hold h264; they hold: av1, vp9"),
        ("a.mkv", {"codec": "ffv1", "quality": 3}, "no quality"),
        ("a.webm", {"preset": "slow"}, "no presets"),
        ("a.avi", {"rate": None}, "constant frame rate"),
        ("a.mp4", {"rate": F(0)}, "must be positive"),
        ("a.mp4", {"time_base": F(-1)}, "must be positive"),
    ],
)
def test_wrong_calls(tmp_path: Path, name: str, settings: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        write(tmp_path / name, [flat((0, 0, 0))], **settings)
    assert list(tmp_path.iterdir()) == []


def test_encoder_that_refuses_its_options(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"libx264 cannot be opened: .*quickly"):
        write(tmp_path / "a.mp4", [flat((0, 0, 0))], encoder_options={"preset": "quickly"})
    assert list(tmp_path.iterdir()) == []


def test_frame_of_another_size(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, RATE) as writer:
        writer.write(flat((0, 0, 0)), F(0))
        with pytest.raises(UsageError, match="64"):
            writer.write(np.zeros((64, 48, 3), np.uint8), F(1))
        with pytest.raises(UsageError, match="uint8 or uint16"):
            writer.write(np.zeros((48, 64, 3), np.int32), F(1))


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        VideoWriter(tmp_path / "no" / "a.mp4", 64, 48, RATE)


def test_file_starts_playing_elsewhere(tmp_path: Path) -> None:
    """FFmpeg itself agrees on the number of frames."""
    write(tmp_path / "a.mp4", moving_square(12), F(30000, 1001))
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert len(list(container.decode(video=0))) == 12
        assert container.streams.video[0].average_rate == F(30000, 1001)
