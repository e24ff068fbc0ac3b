"""GIF files: every pixel of few colours, every delay one that players keep."""

import re
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.helpers.clips import make_clip, pts_of
from vfi.errors import UsageError
from vfi.media.video.palette import Palette, colours_of, numbers_of
from vfi.media.video.writer import VideoWriter
from vfi.video import interpolate_video

Pixels = np.ndarray[Any, Any]


def drawings(count: int, holes: bool) -> list[Pixels]:
    """Pictures of 20 colours each, other ones every time; every third is the first one again."""
    random = np.random.default_rng(0)
    pictures: list[Pixels] = []
    for number in range(count):
        colours = random.integers(0, 256, (20, 3), dtype=np.uint8)
        picture = np.full((32, 40, 4), 255, np.uint8)
        picture[:, :, :3] = colours[random.integers(0, 20, (32, 40))]
        if number % 3 == 2:
            picture = pictures[0].copy()
            picture[4:6, 7:9] = (9, 9, 9, 255)
        if holes and number % 3 != 0:
            picture[5:20, 8 + number : 20 + number] = 0
        pictures.append(picture)
    return pictures


def seen_by_ffmpeg(path: Path) -> list[Pixels]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]


def seen_by_pillow(path: Path) -> list[Pixels]:
    with Image.open(path) as image:
        return [np.array(picture.convert("RGBA")) for picture in ImageSequence.Iterator(image)]


def delays(path: Path) -> list[int]:
    """The delays of all pictures, in 1/100 s, straight from the file."""
    data = path.read_bytes()
    controls = re.finditer(rb"\x21\xf9\x04.(..).\x00\x2c", data, re.DOTALL)
    return [int.from_bytes(control[1], "little") for control in controls]


@pytest.mark.parametrize("holes", [False, True])
def test_pictures_of_few_colours_come_back_bit_for_bit(tmp_path: Path, holes: bool) -> None:
    pictures = drawings(7, holes)
    with VideoWriter(tmp_path / "a.gif", 40, 32, F(10), alpha=holes) as writer:
        for number, picture in enumerate(pictures):
            writer.write(picture if holes else picture[:, :, :3], F(number, 10))
    for reader in (seen_by_ffmpeg, seen_by_pillow):
        found = reader(tmp_path / "a.gif")
        assert len(found) == 7
        for one, two in zip(pictures, found, strict=True):
            np.testing.assert_array_equal(one[:, :, 3], two[:, :, 3])
            shown = one[:, :, 3] > 0
            np.testing.assert_array_equal(one[shown], two[shown])


def test_a_still_picture_costs_little(tmp_path: Path) -> None:
    picture = drawings(1, holes=False)[0][:, :, :3]
    sizes = []
    for count in (1, 5):
        with VideoWriter(tmp_path / f"{count}.gif", 40, 32, F(10)) as writer:
            for number in range(count):
                writer.write(picture, F(number, 10))
        sizes.append((tmp_path / f"{count}.gif").stat().st_size)
    assert sizes[1] - sizes[0] < 4 * 820  # a palette, and one pixel


@pytest.mark.parametrize("colours", [2, 255, 256, 257])
def test_a_palette_keeps_256_colours(colours: int) -> None:
    values = np.arange(24 * 32) % colours
    picture = np.stack([values % 256, values // 256 * 90, 255 - values % 256], axis=1)
    pixels = picture.reshape(24, 32, 3).astype(np.uint8)
    frame = Palette(32, 24).frame(pixels)
    shown = colours_of(frame)[numbers_of(frame)]
    assert (shown[:, :, 3] == 255).all()
    assert np.array_equal(shown[:, :, :3], pixels) == (colours <= 256)


@pytest.mark.parametrize("rate", [F(50), F(45), F(100, 3), F(24000, 1001)])
def test_no_delay_is_shorter_than_players_keep(tmp_path: Path, rate: F) -> None:
    picture = drawings(1, holes=False)[0][:, :, :3]
    with VideoWriter(tmp_path / "a.gif", 40, 32, rate) as writer:
        for number in range(30):
            writer.write(picture, number / rate)
    found = delays(tmp_path / "a.gif")
    assert len(found) == 30
    assert min(found) >= 2
    assert abs(sum(found) - 100 * 30 / rate) <= 1


def test_a_fast_gif_is_refused_before_it_is_rendered(tmp_path: Path) -> None:
    source = tmp_path / "a.gif"
    with VideoWriter(source, 40, 32, F(100, 3)) as writer:
        for number, picture in enumerate(drawings(5, holes=False)):
            writer.write(picture[:, :, :3], F(3 * number, 100))
    with pytest.raises(UsageError, match="50 frames a second at most"):
        interpolate_video(source, tmp_path / "b.gif", model="direct", device="cpu")
    assert [p.name for p in tmp_path.iterdir()] == ["a.gif"]


@pytest.mark.parametrize(("suffix", "tick"), [(".mkv", F(1, 1000)), (".gif", F(1, 100))])
def test_times_too_close_for_the_clock_still_rise_and_catch_up(
    tmp_path: Path, suffix: str, tick: F
) -> None:
    path = tmp_path / f"a{suffix}"
    times = [F(0), F(1, 3000), F(2, 3000), F(1, 5), F(2, 5)]
    with VideoWriter(path, 64, 48, None, time_base=F(1, 90_000)) as writer:
        for number, time in enumerate(times):
            writer.write(np.full((48, 64, 3), 40 * number, np.uint8), time)
        with pytest.raises(UsageError, match="frames come in order"):
            writer.write(np.zeros((48, 64, 3), np.uint8), F(2, 5))
    found = pts_of(path)
    step = 1 if suffix == ".mkv" else 2
    assert [round(t / tick) for t in found] == [
        0,
        step,
        2 * step,
        *(round(t / tick) for t in times[3:]),
    ]


def test_more_frames_than_milliseconds_are_refused(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mkv", 2, rate=F(24))
    with pytest.raises(UsageError, match="1000 frames a second at most, not 1440"):
        interpolate_video(source, tmp_path / "b.mkv", 60, model="direct", device="cpu", yes=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.mkv"]
