"""Straight and premultiplied alpha: told apart, and what moves keeps its colour at the edges."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import vfi
from vfi.media.pictures.alpha import premultiplied, straight
from vfi.media.pictures.images import Picture, read_image, write_image
from vfi.pair_job import PairJob, moments

RED = np.array([1.0, 0.25, 0.0])


def matte(centre: float) -> np.ndarray:
    """A disc of one colour whose edge is soft over eight pixels: straight RGBA floats."""
    y, x = np.mgrid[:48, :64].astype(np.float32)
    alpha = np.clip((14 - np.hypot(x - centre, y - 24)) / 8, 0, 1)
    colours = np.where(alpha[..., None] > 0, RED, 0)
    return np.dstack([colours, alpha]).astype(np.float32)


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    return np.rint(pixels * 255).astype(np.uint8)


def test_there_and_back() -> None:
    pixels = matte(30)
    np.testing.assert_allclose(straight(premultiplied(pixels)), pixels, atol=1e-6)
    small = np.array([[[200, 100, 0, 128], [9, 9, 9, 0]]], np.uint8)
    assert premultiplied(small).tolist() == [[[100, 50, 0, 128], [0, 0, 0, 0]]]
    assert straight(np.array([[[100, 50, 0, 128], [9, 9, 9, 0]]], np.uint8)).tolist() == [
        [[199, 100, 0, 128], [9, 9, 9, 0]]
    ]


class TestFiles:
    def test_a_straight_tiff_of_others_is_read_as_stored(self, tmp_path: Path) -> None:
        """OpenCV multiplies the colours of such a file by its alpha."""
        pixels = np.full((4, 5, 4), (200, 100, 50, 128), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a.tif")
        read = read_image(tmp_path / "a.tif")
        assert (read.premultiplied, read.pixels[0, 0].tolist()) == (False, [200, 100, 50, 128])

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
    @pytest.mark.parametrize("multiplied", [False, True])
    def test_a_tiff_says_which(self, tmp_path: Path, dtype: Any, multiplied: bool) -> None:
        """By the tag ExtraSamples: 1 is associated alpha, 2 unassociated."""
        pixels = (matte(30) * (1 if dtype is np.float32 else np.iinfo(dtype).max)).astype(dtype)
        path = tmp_path / "a.tif"
        write_image(path, Picture(pixels, premultiplied=multiplied))
        if dtype is np.uint8:
            with Image.open(path) as image:
                assert image.tag_v2[338] == ((1,) if multiplied else (2,))
        read = read_image(path)
        assert read.premultiplied == multiplied
        np.testing.assert_array_equal(read.pixels, pixels)

    @pytest.mark.parametrize(("suffix", "multiplied"), [(".exr", True), (".png", False)])
    def test_other_formats_are_one_or_the_other(
        self, tmp_path: Path, suffix: str, multiplied: bool
    ) -> None:
        write_image(tmp_path / f"a{suffix}", matte(30))
        assert read_image(tmp_path / f"a{suffix}").premultiplied == multiplied

    def test_from_one_format_to_the_other(self, tmp_path: Path) -> None:
        there = premultiplied(matte(30))
        write_image(tmp_path / "a.exr", there)
        write_image(tmp_path / "b.png", read_image(tmp_path / "a.exr"))
        png = read_image(tmp_path / "b.png").pixels / 65535
        inside = there[..., 3] > 0.01
        assert np.abs(png[inside][:, :3] - RED).max() < 0.01
        write_image(tmp_path / "c.exr", read_image(tmp_path / "b.png"))
        back = read_image(tmp_path / "c.exr").pixels
        np.testing.assert_allclose(back[inside], there[inside], atol=1e-3)


@pytest.mark.parametrize("kind", ["exr", "premultiplied tif", "straight tif", "png"])
def test_a_moving_matte_keeps_its_edge(tmp_path: Path, kind: str) -> None:
    """At each pixel that can be seen the colour is that of the disc, and none is beyond alpha."""
    suffix, multiplied = kind.split()[-1], kind in ("exr", "premultiplied tif")
    paths = [tmp_path / f"{n}.{suffix}" for n in range(2)]
    for path, centre in zip(paths, (28, 34), strict=True):
        pixels = premultiplied(matte(centre)) if multiplied else matte(centre)
        stored = pixels if suffix == "exr" else as_bytes(pixels)
        write_image(path, Picture(stored, premultiplied=multiplied))
    out = tmp_path / f"out.{suffix}"
    PairJob(paths[0], paths[1], out, moments(()), model="direct").run()
    made = read_image(out)
    assert made.premultiplied == multiplied
    scale = 1 if suffix == "exr" else 255
    pixels = made.pixels / scale
    alpha = pixels[..., 3]
    assert np.abs(alpha - matte(31)[..., 3]).mean() < 0.02
    seen = alpha > 0.2
    colours = (straight(pixels) if multiplied else pixels)[seen][:, :3]
    assert np.abs(colours - RED).max() < 0.05
    if multiplied:
        assert (pixels[..., 0] <= alpha + 1.5 / scale).all()


def test_a_sequence_of_exr(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    sources = [premultiplied(matte(28 + 3 * number)) for number in range(3)]
    for number, pixels in enumerate(sources):
        write_image(folder / f"{number}.exr", pixels)
    for workers in ({}, {"shutter": 180}):
        out = tmp_path / f"out{len(workers)}"
        vfi.interpolate_video(folder, f"{out}/", fps=2, model="direct", **workers)
        frames = [read_image(path).pixels for path in sorted(out.iterdir())]
        assert len(frames) == 6
        for frame in frames:
            seen = frame[..., 3] > 0.3
            assert np.abs(straight(frame)[seen][:, :3] - RED).max() < 0.05
    untouched = [read_image(path).pixels for path in sorted((tmp_path / "out0").iterdir())][::2]
    np.testing.assert_array_equal(untouched, sources)


def test_in_a_video_they_are_straight(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(2):
        write_image(folder / f"{number}.exr", premultiplied(matte(28 + 3 * number)))
    vfi.interpolate_video(folder, tmp_path / "o.mov", fps=2, model="direct", codec="png")
    with vfi.open_video(tmp_path / "o.mov") as video:
        frame = next(iter(video)).pixels / 65535
    seen = frame[..., 3] > 0.05
    assert np.abs(frame[seen][:, :3] - RED).max() < 0.01
