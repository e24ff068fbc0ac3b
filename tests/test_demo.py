"""What `make demo` does, on a clip made here."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.cli import names_in
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi import InputError, demo
from vfi.analysis.scenes import SceneDetector
from vfi.evaluation.metrics import psnr
from vfi.figures.drawn_clip import RATE, SHOTS, draw_clip, drawn_frames
from vfi.media.pictures.images import read_image


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clip_of(folder: Path, count: int) -> Path:
    pictures = [texture(2 * number) for number in range(count)]
    return make_clip(folder / "clip.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0")


def test_a_named_clip(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["demo", str(clip_of(here, 4))])
    for _ in range(2):  # a second time replaces the first
        demo.main()
    assert names_in(here / "demo") == [
        "clip_3x.mp4",
        *(f"{name}.png" for name in ("middle", "one", "truth", "two")),
    ]
    assert len(pts_of(here / "demo/clip_3x.mp4")) == 12
    for name, right in (("one", 0), ("truth", 2), ("two", 4)):
        assert np.array_equal(read_image(here / f"demo/{name}.png").pixels, texture(right))
    said = capsys.readouterr().out
    assert "4 frames of clip.mkv became 12, 75 a second" in said
    assert "demo/clip_3x.mp4" in said
    assert " dB, where their average has " in " ".join(said.split())


def test_a_clip_that_is_too_short(here: Path) -> None:
    with pytest.raises(InputError, match="has only 2 frames; the demonstration needs three"):
        demo.demonstrate(clip_of(here, 2), here / "demo")
    assert not (here / "demo").exists()


def test_wrong_clips_are_one_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["demo", "gone.mp4"])
    with pytest.raises(SystemExit) as end:
        demo.main()
    assert end.value.code == "Error: gone.mp4 does not exist"


def test_the_drawn_clip(tmp_path: Path) -> None:
    """It is the same each time, its one cut is found, and neighbours resemble one another."""
    frames = list(drawn_frames())
    assert len(frames) == sum(SHOTS)
    assert all(np.array_equal(a, b) for a, b in zip(frames, drawn_frames(), strict=True))
    detector = SceneDetector()
    cuts = [cut for frame in frames for cut in detector.update(frame)]
    assert [*cuts, *detector.finish()] == [SHOTS[0]]
    for number, (one, two) in enumerate(pairwise(frames), start=1):
        assert (psnr(one, two) > 14) == (number != SHOTS[0])
        assert not np.array_equal(one, two)
    clip = draw_clip(tmp_path / "drawn.mp4")
    assert pts_of(clip) == [number / RATE for number in range(sum(SHOTS))]
