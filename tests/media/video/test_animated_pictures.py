"""Animated PNG, WebP and AVIF: read with their times and alpha, written to be played for ever."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vfi
from tests.helpers.textures import texture
from vfi.errors import InputError, UsageError
from vfi.media.pictures.animated_webp import AnimatedWebpReader
from vfi.media.source import open_video
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter

LENGTHS = (40, 50, 60, 70)  # milliseconds
SHARP: dict[str, Any] = {"scene_threshold": 0, "still": 0, "model": "direct", "device": "cpu"}


def pictures(alpha: bool) -> list[np.ndarray]:
    """Four, of which the parts that are seen through move."""
    frames = [texture(2 * number) for number in range(4)]
    if not alpha:
        return frames
    veil = np.full((48, 64), 255, np.uint8)
    veils = [np.roll(np.where(np.arange(64) < 32, veil, 128), 2 * n, 1) for n in range(4)]
    return [np.dstack([frame, veil]) for frame, veil in zip(frames, veils, strict=True)]


def animated(path: Path, frames: list[np.ndarray], lengths: tuple[int, ...] = LENGTHS) -> Path:
    images = [Image.fromarray(frame) for frame in frames]
    more = {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
    images[0].save(path, save_all=True, append_images=images[1:], duration=list(lengths), **more)
    return path


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("name", ["a.webp", "a.png"])
def test_an_animated_picture_is_a_video(tmp_path: Path, name: str, alpha: bool) -> None:
    frames = pictures(alpha)
    with open_video(animated(tmp_path / name, frames)) as video:
        times, end = video.times()
        assert [1000 * time for time in (*times, end)] == [0, 40, 90, 150, 220]
        assert video.info.has_alpha == alpha
        assert (video.info.width, video.info.height) == (64, 48)
        assert not video.info.has_audio
        for (shown, frame), time in zip(zip(video, frames, strict=True), times, strict=True):
            assert shown.time == time
            assert np.array_equal(shown.pixels, frame)
        again = video.reopen()
        assert len(list(again)) == 4


def test_it_is_read_once_and_closed_twice(tmp_path: Path) -> None:
    video = AnimatedWebpReader(animated(tmp_path / "a.webp", pictures(False)))
    assert len(list(video)) == 4
    with pytest.raises(InputError, match="has been read already"):
        next(iter(video))
    video.close()
    video.close()


@pytest.mark.parametrize("length", [0, 10])
def test_frames_that_no_browser_shows_so_shortly(tmp_path: Path, length: int) -> None:
    path = animated(tmp_path / "a.webp", pictures(False), (40, length or 1, 40, 40))
    data = path.read_bytes()
    at = data.index(b"ANMF", data.index(b"ANMF") + 1)
    path.write_bytes(data[: at + 20] + length.to_bytes(3, "little") + data[at + 23 :])
    times, end = open_video(path).times()
    assert [1000 * time for time in (*times, end)] == [0, 40, 140, 180, 220]


@pytest.mark.parametrize("part", [0.3, 0.7, 0.99])
def test_a_webp_that_is_cut_off_is_damaged(tmp_path: Path, part: float) -> None:
    path = animated(tmp_path / "a.webp", pictures(False))
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(InputError, match="cut off"):
        open_video(path)


def test_a_webp_whose_picture_is_damaged_is_never_just_shorter(tmp_path: Path) -> None:
    path = animated(tmp_path / "a.webp", pictures(False))
    data = bytearray(path.read_bytes())
    at = data.index(b"VP8L", len(data) // 2) + 8
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged"):
        list(open_video(path))


def test_a_colour_profile_is_named(tmp_path: Path) -> None:
    images = [Image.fromarray(frame) for frame in pictures(False)]
    path = tmp_path / "a.webp"
    images[0].save(path, save_all=True, append_images=images[1:], duration=40, icc_profile=b"icc")
    assert open_video(path).notes == [f"colour profile of {path} is lost"]


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("suffix", [".webp", ".apng"])
@pytest.mark.parametrize("rate", [F(25), F(24000, 1001)])
def test_written_pictures_come_back(tmp_path: Path, suffix: str, alpha: bool, rate: F) -> None:
    frames = pictures(alpha)
    path = tmp_path / f"a{suffix}"
    with VideoWriter(path, 64, 48, rate, alpha=alpha) as writer:
        for number, frame in enumerate(frames):
            writer.write(frame, number / rate)
        assert writer.notes == []
    with open_video(path) as video:
        # Parts that do not change are transparent in the file: that is no transparency of it.
        assert video.info.has_alpha == alpha
        times, end = video.times()
        for number, (shown, frame) in enumerate(zip(video, frames, strict=True)):
            assert np.array_equal(shown.pixels, frame)
            assert abs(times[number] - number / rate) <= F(1, 1000)
        assert abs(end - 4 / rate) <= F(2, 1000)
    with Image.open(path) as image:
        assert image.info["loop"] == 0  # for ever


def still_ground() -> list[np.ndarray]:
    """A square that moves, opaque, on a ground that does not."""
    frames = [np.full((48, 64, 3), 90, np.uint8) for _ in range(4)]
    for number, frame in enumerate(frames):
        frame[10:20, 5 * number : 5 * number + 10] = (220, 40, 30)
    return frames


@pytest.mark.parametrize("hole", [False, True])
def test_transparency_that_comes_later_is_seen(tmp_path: Path, hole: bool) -> None:
    frames = [np.dstack([f, np.full((48, 64), 255, np.uint8)]) for f in still_ground()]
    if hole:
        frames[2][30:40, 30:40, 3] = 0
    with VideoWriter(tmp_path / "a.webp", 64, 48, F(25), alpha=True) as writer:
        for number, frame in enumerate(frames):
            writer.write(frame, F(number, 25))
    with open_video(tmp_path / "a.webp") as video:
        assert video.info.has_alpha == hole
        for shown, frame in zip(video, frames, strict=True):
            seen = frame[:, :, 3] > 0
            assert np.array_equal(shown.pixels[:, :, :3][seen], frame[:, :, :3][seen])
            if hole:
                assert np.array_equal(shown.pixels[:, :, 3], frame[:, :, 3])


def test_16_bits_stay_in_an_animated_png(tmp_path: Path) -> None:
    frames = [frame.astype(np.uint16) * 257 + 3 for frame in pictures(False)]
    with VideoWriter(tmp_path / "a.apng", 64, 48, F(25), bit_depth=16) as writer:
        for number, frame in enumerate(frames):
            writer.write(frame, F(number, 25))
    with open_video(tmp_path / "a.apng") as video:
        assert all(np.array_equal(s.pixels, f) for s, f in zip(video, frames, strict=True))


def test_avif_is_an_output(tmp_path: Path) -> None:
    frames = pictures(True)
    with VideoWriter(tmp_path / "a.avif", 64, 48, F(25), alpha=True, quality=10) as writer:
        for number, frame in enumerate(frames):
            writer.write(frame, F(number, 25))
        assert any("transparency is lost" in note for note in writer.notes)
    with open_video(tmp_path / "a.avif") as video:
        assert video.times() == ([F(n, 25) for n in range(4)], F(4, 25))
        for shown, frame in zip(video, frames, strict=True):
            assert np.abs(shown.pixels.astype(int) - frame[:, :, :3]).mean() < 6


def moving_avif(path: Path) -> Path:
    images = [Image.fromarray(frame) for frame in pictures(True)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=40, quality=95)
    return path


def test_alpha_of_an_avif_lies_in_a_stream_of_its_own(tmp_path: Path) -> None:
    with open_video(moving_avif(tmp_path / "a.avif")) as video:
        assert video.info.has_alpha
        assert video.notes == []
        for shown, frame in zip(video, pictures(True), strict=True):
            assert np.abs(shown.pixels.astype(int) - frame)[:, :, 3].mean() < 2
            assert np.abs(shown.pixels.astype(int) - frame)[:, :, :3].mean() < 12  # 4:2:0


def test_source_frames_of_an_avif_stay_bit_for_bit(tmp_path: Path) -> None:
    source = moving_avif(tmp_path / "a.avif")
    rendered = vfi.interpolate_video(source, tmp_path / "a.mkv", codec="ffv1", **SHARP)
    assert not [note for note in rendered.notes if "stream" in note or "transparency" in note]
    with open_video(source) as before, open_video(tmp_path / "a.mkv") as after:
        assert after.info.pixel_format == "yuva420p"
        made = [frame.pixels for frame in after][::2]
        for shown, kept in zip(before, made, strict=True):
            assert np.array_equal(shown.pixels, kept)
    lost = vfi.interpolate_video(source, tmp_path / "a.mp4", **SHARP).notes
    assert [note for note in lost if "transparency is lost" in note]


def test_alpha_that_ends_before_its_picture_is_damage(
    tmp_path: Path,
) -> None:
    video = VideoReader(moving_avif(tmp_path / "a.avif"))
    plane = video._alpha
    assert plane is not None
    plane.next((48, 64))
    with pytest.raises(InputError, match="its transparency does not fit its frames"):
        [frame.pixels for frame in video]


@pytest.mark.parametrize("suffix", [".webp", ".apng"])
def test_more_frames_than_browsers_show_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(UsageError, match=r"90\.9091 frames a second at most.* 10 ms or less"):
        VideoWriter(tmp_path / f"a{suffix}", 64, 48, F(100))


def test_an_animated_webp_is_interpolated(tmp_path: Path) -> None:
    frames = pictures(True)
    source = animated(tmp_path / "a.webp", frames, (40, 40, 40, 40))
    rendered = vfi.interpolate_video(source, tmp_path / "b.webp", **SHARP)
    assert rendered.frames == 8
    assert rendered.notes == []
    with open_video(tmp_path / "b.webp") as video:
        # The last one, which is held, is no picture of its own in the file.
        assert video.times() == ([F(n, 50) for n in range(7)], F(8, 50))
        made = [frame.pixels for frame in video]
    assert all(np.array_equal(one, two) for one, two in zip(made[::2], frames, strict=True))


def test_a_varying_rate_says_that_the_last_length_is_a_guess(tmp_path: Path) -> None:
    source = animated(tmp_path / "a.webp", pictures(False))
    rendered = vfi.interpolate_video(source, tmp_path / "b.apng", **SHARP)
    assert "apng files show the last frame about as long as the others" in rendered.notes
