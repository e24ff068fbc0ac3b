import itertools
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.helpers.clips import HEIGHT, WIDTH, make_clip, moving_square, pts_of
from vfi.errors import InputError
from vfi.media.video.reader import VideoReader


def read(path: Path) -> tuple[list[np.ndarray], list[F], F]:
    """Read a clip, and check what always has to hold."""
    with VideoReader(path) as reader:
        times, end = reader.times()
        frames = list(reader)
    assert [f.time for f in frames] == times
    assert times[0] == 0
    assert all(one < two for one, two in itertools.pairwise(times))
    assert end > times[-1]
    return [f.pixels for f in frames], times, end


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".ts", ".avi"])
@pytest.mark.parametrize("rate", [F(25), F(24000, 1001), F(60000, 1001)])
def test_constant_rates(tmp_path: Path, suffix: str, rate: F) -> None:
    options = {"bf": "0"} if suffix == ".avi" else {"bf": "2"}
    path = make_clip(tmp_path / f"a{suffix}", 9, rate=rate, options=options)
    _, times, end = read(path)
    tick = {".mkv": F(1, 1000), ".ts": F(1, 90000)}.get(suffix, F(0))
    assert len(times) == 9
    assert all(abs(time - index / rate) <= tick for index, time in enumerate(times))
    assert abs(end - 9 / rate) <= 2 * tick
    with VideoReader(path) as reader:
        assert abs(reader.info.frame_rate - rate) < F(1, 10)


def test_exact_times_of_23_976(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", 7, rate=F(24000, 1001))
    _, times, end = read(path)
    assert times == [F(1001 * k, 24000) for k in range(7)]
    assert end == F(7 * 1001, 24000)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_rate(tmp_path: Path, suffix: str) -> None:
    times = [F(t, 1000) for t in (0, 33, 66, 500, 533, 1500, 1510)]
    path = make_clip(tmp_path / f"a{suffix}", 7, times=times, time_base=F(1, 1000))
    assert read(path)[1] == times


def test_pictures_in_order_with_b_frames(tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(12)]
    path = make_clip(tmp_path / "a.mp4", pictures=pictures, options={"bf": "3", "crf": "1"})
    with av.open(str(path)) as container:
        decoding_order = [p.pts for p in container.demux(video=0) if p.pts is not None]
    assert decoding_order != sorted(decoding_order)  # there are B-frames
    levels = [round(float(p.mean()) / 20) for p in read(path)[0]]
    assert levels == list(range(12))


def test_avi_with_b_frames(tmp_path: Path) -> None:
    """AVI has no presentation times at all."""
    pictures = [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(12)]
    path = make_clip(tmp_path / "a.avi", pictures=pictures, options={"bf": "2", "crf": "1"})
    pixels, times, _ = read(path)
    assert [round(float(p.mean()) / 20) for p in pixels] == list(range(12))
    assert [b - a for a, b in itertools.pairwise(times)] == [F(1, 25)] * 11


def test_avi_starts_at_zero(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.avi", 5, options={"bf": "2"}, audio=F(1, 5))
    with VideoReader(path) as reader:
        assert reader.info.start == 0


def test_raw_stream_without_any_times(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.h264", 8, options={"bf": "2"})
    pixels, times, end = read(path)
    assert len(pixels) == 8
    assert times == [F(k, 25) for k in range(8)]
    assert end == F(8, 25)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_late_start(tmp_path: Path, suffix: str) -> None:
    times = [F(8, 5) + F(k, 25) for k in range(6)]
    path = make_clip(tmp_path / f"a{suffix}", 6, times=times, options={"bf": "0"})
    _, found, _ = read(path)
    assert found == [F(k, 25) for k in range(6)]
    with VideoReader(path) as reader:
        assert reader.info.start == pts_of(path)[0] >= F(8, 5)


def test_frames_before_zero_are_not_shown(tmp_path: Path) -> None:
    """MP4 puts times below zero before the beginning of its edit list."""
    times = [F(k, 25) for k in range(-3, 4)]
    path = make_clip(tmp_path / "a.mp4", 7, times=times, options={"bf": "0", "g": "1"})
    pixels, found, _ = read(path)
    assert found == [F(k, 25) for k in range(4)]
    assert np.abs(pixels[0].astype(int) - moving_square(4)[3]).mean() < 8


def test_edit_list_hides_the_first_frames(tmp_path: Path) -> None:
    """MP4 with an edit list that begins in the middle of a group of pictures."""
    path = make_clip(tmp_path / "a.mp4", 20, options={"bf": "0", "g": "20"})
    data = bytearray(path.read_bytes())
    at = data.index(b"elst")
    # version, flags, count, duration, media time, rate: begin 4 frames in.
    assert int.from_bytes(data[at + 8 : at + 12], "big") == 1
    scale_at = data.index(b"mdhd") + 16
    scale = int.from_bytes(data[scale_at : scale_at + 4], "big")
    data[at + 12 : at + 16] = (640).to_bytes(4, "big")  # milliseconds of the movie
    data[at + 16 : at + 20] = (scale * 4 // 25).to_bytes(4, "big")
    path.write_bytes(data)
    pixels, times, _ = read(path)
    assert len(times) == 16
    expected = moving_square(20)[4]
    assert np.abs(pixels[0].astype(int) - expected).mean() < 8


def test_open_gop_at_the_start(tmp_path: Path) -> None:
    """A recording that begins in the middle: leading pictures refer to what is not there."""
    whole = make_clip(
        tmp_path / "a.ts",
        40,
        options={"x264-params": "open-gop=1:keyint=10:min-keyint=10:bframes=3:scenecut=0"},
    )
    with av.open(str(whole)) as given, av.open(str(tmp_path / "b.ts"), "w") as cut:
        source = given.streams.video[0]
        target = cut.add_stream_from_template(source)
        keys = 0
        for packet in given.demux(source):
            keys += packet.is_keyframe
            if packet.dts is not None and keys >= 2:
                packet.stream = target
                cut.mux(packet)
    pixels, times, _ = read(tmp_path / "b.ts")
    assert 25 <= len(pixels) <= 30
    assert all(b - a == F(1, 25) for a, b in itertools.pairwise(times))


def test_repeated_time_stamps_are_repaired(tmp_path: Path) -> None:
    """Written by hand into a transport stream, whose writer takes them."""
    path = make_clip(tmp_path / "a.ts", 6, options={"bf": "0"})
    with av.open(str(path)) as given, av.open(str(tmp_path / "b.mkv"), "w") as changed:
        source = given.streams.video[0]
        target = changed.add_stream_from_template(source)
        for index, packet in enumerate(p for p in given.demux(source) if p.dts is not None):
            stamp = [0, 1, 1, 2, 3, 4][index] * 3600
            packet.stream, packet.pts, packet.dts = target, stamp, stamp
            changed.mux(packet)
    first = read(tmp_path / "b.mkv")
    assert first[1] == [F(t, 1000) for t in (0, 40, 60, 80, 120, 160)]  # spread evenly
    assert read(tmp_path / "b.mkv")[1] == first[1]


def test_one_frame(tmp_path: Path) -> None:
    pixels, times, end = read(make_clip(tmp_path / "a.mp4", 1, rate=F(30)))
    assert len(pixels) == 1
    assert times == [0]
    assert end == F(1, 30)


# ---- pixels


@pytest.mark.parametrize("angle", [0, 90, 180, -90])
def test_rotation(tmp_path: Path, angle: int) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:12, :16] = (240, 20, 20)  # red at the upper left
    path = make_clip(tmp_path / "a.mp4", pictures=[picture] * 3, rotation=angle)
    pixels = read(path)[0][0]
    expected = np.rot90(picture, angle // 90)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 6
    with VideoReader(path) as reader:
        info = reader.info
    assert (info.height, info.width) == expected.shape[:2]
    assert info.rotation == -angle % 360


@pytest.mark.parametrize("span", [1, 2])
@pytest.mark.parametrize("matrix", [1, 6, 9])
def test_matrix_and_range_of_the_file(tmp_path: Path, matrix: int, span: int) -> None:
    colours = [(200, 30, 40), (20, 180, 60), (30, 50, 220), (250, 250, 250), (5, 5, 5)]
    weights = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 16, 16, "yuv444p"
        context = video.codec_context
        context.colorspace, context.color_range = matrix, span
        for index, colour in enumerate(colours):
            frame = av.VideoFrame(16, 16, "yuv444p")
            for plane, value in zip(frame.planes, yuv(colour, weights, span), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.colorspace, frame.color_range = index, matrix, span
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    for pixels, colour in zip(read(path)[0], colours, strict=True):
        assert np.abs(pixels.astype(int) - colour).max() <= 2
    with VideoReader(path) as reader:
        assert reader.info.colour.matrix == matrix
        assert reader.info.colour.full_range == (span == 2)


def yuv(colour: tuple[int, ...], weights: tuple[float, float], span: int) -> list[int]:
    red, green, blue = (c / 255 for c in colour)
    luma = weights[0] * red + (1 - sum(weights)) * green + weights[1] * blue
    chroma = (blue - luma) / (2 - 2 * weights[1]), (red - luma) / (2 - 2 * weights[0])
    if span == 2:
        return [round(255 * luma), *(round(255 * c + 128) for c in chroma)]
    return [round(219 * luma + 16), *(round(224 * c + 128) for c in chroma)]


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix"),
    [
        ("libx265", "yuv420p10le", ".mp4"),
        ("ffv1", "yuv422p10le", ".mkv"),
        ("prores_ks", "yuv422p10le", ".mov"),
    ],
)
def test_ten_bits(tmp_path: Path, codec: str, pixel_format: str, suffix: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    picture = np.repeat(np.tile(ramp, (48, 1))[:, :, None], 3, axis=2)
    options = {"x265-params": "log-level=none:lossless=1"} if codec == "libx265" else {}
    path = make_clip(
        tmp_path / f"a{suffix}",
        pictures=[picture] * 3,
        codec=codec,
        pixel_format=pixel_format,
        options=options,
    )
    pixels = read(path)[0][0]
    assert pixels.dtype == np.uint16
    assert pixels.max() > 65300  # full range
    assert np.abs(pixels.astype(int) - picture).mean() < 400  # 1.5 levels of 8 bits
    with VideoReader(path) as reader:
        assert reader.info.bit_depth == 10


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix", "near"),
    [
        ("qtrle", "argb", ".mov", 0),
        ("png", "rgba", ".mov", 0),
        ("ffv1", "yuva420p", ".mkv", 1),
        ("prores_ks", "yuva444p10le", ".mov", 300),
        ("libvpx-vp9", "yuva420p", ".webm", 12),
    ],
)
def test_alpha(tmp_path: Path, codec: str, pixel_format: str, suffix: str, near: int) -> None:
    picture = np.full((48, 64, 4), 128, np.uint8)
    picture[:, :, 3] = np.linspace(0, 255, 64).astype(np.uint8)
    path = make_clip(
        tmp_path / f"a{suffix}", pictures=[picture] * 2, codec=codec, pixel_format=pixel_format
    )
    pixels = read(path)[0][0]
    assert pixels.shape == (48, 64, 4)
    scale = 257 if pixels.dtype == np.uint16 else 1
    assert np.abs(pixels[:, :, 3].astype(int) - picture[:, :, 3].astype(int) * scale).max() <= near
    with VideoReader(path) as reader:
        assert reader.info.has_alpha


def test_gif_has_alpha_only_where_it_is_used(tmp_path: Path) -> None:
    from PIL import Image

    opaque = [Image.new("RGB", (32, 24), (10 * k, 90, 30)) for k in range(4)]
    opaque[0].save(
        tmp_path / "a.gif", save_all=True, append_images=opaque[1:], duration=[70, 30, 200, 50]
    )
    pixels, times, end = read(tmp_path / "a.gif")
    assert pixels[0].shape == (24, 32, 3)
    assert times == [0, F(7, 100), F(10, 100), F(30, 100)]
    assert end == F(35, 100)
    clear = [Image.new("RGBA", (32, 24), (0, 0, 0, 0)) for _ in range(2)]
    clear[1].putpixel((3, 3), (255, 0, 0, 255))
    clear[0].save(tmp_path / "b.gif", save_all=True, append_images=clear[1:], duration=50)
    assert read(tmp_path / "b.gif")[0][0].shape == (24, 32, 4)


def test_facts(tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "a.mp4", 5, audio=F(1, 5), colour=(1, 1, 1, 1), aspect=F(4, 3), rotation=90
    )
    with VideoReader(path) as reader:
        info = reader.info
    assert info.codec == "h264"
    assert info.pixel_format == "yuv420p"
    assert info.has_audio
    assert (info.colour.primaries, info.colour.transfer, info.colour.matrix) == (1, 1, 1)
    assert info.sample_aspect_ratio == F(3, 4)  # turned with the picture
    assert info.duration == F(1, 5)
    assert info.frame_count == 5
    assert not info.interlaced


@pytest.mark.parametrize("orientation", [1, 6])
def test_exif_of_a_camera_does_not_hide_the_rotation(tmp_path: Path, orientation: int) -> None:
    """FFmpeg gives Exif as a kind of side data that PyAV 18 does not know."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "A camera"
    Image.fromarray(moving_square(1)[0]).save(tmp_path / "photo.jpg", exif=exif, quality=95)
    data = (tmp_path / "photo.jpg").read_bytes()
    with av.open(str(tmp_path / "camera.mov"), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        container.start_encoding()
        for number in range(2):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, F(1, 25)
            packet.pts = packet.dts = number
            container.mux(packet)
    with VideoReader(tmp_path / "camera.mov") as reader:
        assert reader.info.rotation == (90 if orientation == 6 else 0)
        frames = [frame.pixels for frame in reader]
    upright = moving_square(1)[0]
    if orientation == 6:
        upright = np.rot90(upright, -1)
    assert len(frames) == 2
    assert np.abs(frames[1].astype(int) - upright).mean() < 4


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_moving_pictures_and_pages_in_one_file(tmp_path: Path, suffix: str) -> None:
    """FFmpeg plays animated PNG, and takes the first page of a TIFF."""
    pages = [Image.new("RGB", (16, 16), (40 * n, 0, 0)) for n in range(3)]
    path = tmp_path / f"a{suffix}"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with VideoReader(path) as reader:
        count = len(list(reader))
        assert count == (3 if suffix == ".png" else 1)
        only = [f"{path} holds 3 pictures; only the first is used"]
        assert reader.notes == (only if count == 1 else [])
    pages[0].save(tmp_path / "one.webp")
    with VideoReader(tmp_path / "one.webp") as reader:
        assert reader.notes == []


def test_read_once(tmp_path: Path) -> None:
    with VideoReader(make_clip(tmp_path / "a.mp4", 3)) as reader:
        assert len(list(reader)) == 3
        with pytest.raises(InputError, match="read already"):
            list(reader)
    reader.close()


def test_stopping_early_is_fine(tmp_path: Path) -> None:
    with VideoReader(make_clip(tmp_path / "a.mp4", 30)) as reader:
        for frame in reader:
            if frame.time > F(1, 10):
                break
    assert frame.pixels.shape == (48, 64, 3)


def test_names_that_look_like_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "http:"
    folder.mkdir()
    path = make_clip(tmp_path / "a.mp4", 3).rename(folder / "a:b %d.mp4")
    assert len(read(path)[0]) == 3
