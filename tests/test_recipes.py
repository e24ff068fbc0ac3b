"""Every recipe of docs/recipes.md, run as it stands there, on clips of a second."""

import os
import re
import subprocess
import sys
from fractions import Fraction as F
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest

import vfi
from tests.helpers.clips import make_clip, moving_square
from vfi.media.pictures.images import write_image

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
_RECIPE = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPES = {title: _BLOCK.findall(text) for title, text in _RECIPE.findall(PAGE.read_text("utf-8"))}

# What each has to leave: file, frames, rate.
RESULTS: dict[str, list[tuple[str, int, F]]] = {
    "Film for a screen of 60 a second": [("film_60fps.mkv", 60, F(60))],
    "Animation drawn on twos": [("cartoon_2x.mkv", 48, F(48))],
    "PAL to NTSC, and back": [
        ("pal_29.97fps.mkv", 30, F(30000, 1001)),
        ("ntsc_25fps.mkv", 25, F(25)),
    ],
    "Old film at 18 frames a second": [("home.mov", 24, F(24))],
    "Slow motion of a phone's clip": [("phone_4x_slow.mp4", 48, F(30))],
    "A smoother GIF": [("smooth.gif", 20, F(20))],
    "A folder overnight": [("results/one.mkv", 12, F(48)), ("results/two.mkv", 12, F(48))],
    "A trial first": [("trial.mkv", 24, F(48))],
    "In a pipe of ffmpeg": [("piped.mkv", 48, F(48))],
    "An edit in DaVinci Resolve or Premiere": [
        ("for_the_edit.mov", 48, F(48)),
        ("edited.mp4", 48, F(48)),
    ],
    "For keeping": [("kept.mkv", 48, F(48))],
    "Pictures out": [],
    "Wishes of one's own": [("mine.mkv", 48, F(48))],
    "In moviepy": [("moviepy.mp4", 48, F(48))],
    "In Python, frame by frame": [("frames.mkv", 48, F(48))],
}


def make_inputs(folder: Path) -> None:
    """What the recipes take, each of a second at most."""
    make_clip(folder / "film.mkv", 24, rate=F(24), audio=F(1))
    held = [picture for picture in moving_square(12) for _ in range(2)]
    make_clip(folder / "cartoon.mkv", pictures=held, rate=F(24))
    make_clip(folder / "pal.mkv", 25)
    make_clip(folder / "ntsc.mkv", 30, rate=F(30000, 1001))
    make_clip(folder / "phone.mp4", 12, rate=F(30), audio=F(2, 5))
    make_clip(folder / "clip.gif", 10, rate=F(10), codec="gif", pixel_format="rgb8")
    for name in ("videos", "scan"):
        (folder / name).mkdir()
    for name in ("one", "two"):
        make_clip(folder / "videos" / f"{name}.mkv", 6, rate=F(24))
    for number, picture in enumerate(moving_square(18)):
        write_image(folder / "scan" / f"scan_{number:03}.png", picture)


def make_programs(folder: Path) -> None:
    """`vfi` as it is here, and an ffmpeg."""
    folder.mkdir()
    (folder / "vfi").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vfi "$@"\n')
    (folder / "vfi").chmod(0o755)
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())


def test_every_recipe_has_its_result() -> None:
    assert set(RECIPES) == set(RESULTS)
    assert all(RECIPES.values())


@pytest.mark.skipif(
    not os.environ.get("VFI_TEST_RECIPES"), reason="they take minutes: make recipes"
)
@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe(tmp_path: Path, title: str) -> None:
    make_inputs(tmp_path)
    make_programs(tmp_path / "bin")
    place = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for kind, text in RECIPES[title]:
        words = ["bash", "-eo", "pipefail", "-c"] if kind == "sh" else [sys.executable, "-c"]
        done = subprocess.run(
            [*words, text], cwd=tmp_path, env=os.environ | {"PATH": place}, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    for name, frames, rate in RESULTS[title]:
        with vfi.open_video(tmp_path / name) as video:
            assert len(list(video)) == frames, name
            assert abs(video.info.frame_rate - rate) < rate / 1000, name
    if title == "Pictures out":
        assert len(list((tmp_path / "frames").iterdir())) == 48
