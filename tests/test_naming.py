"""What results are called, and what a folder holds."""

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from vfi.naming import default_output, find_inputs, outputs_for
from vfi.timeline.retiming import Multiply, Retiming, Slow, TargetRate


@pytest.mark.parametrize(
    ("source", "retiming", "expected"),
    [
        ("a/clip.mp4", Multiply(3), "a/clip_3x.mp4"),
        ("a/clip.MKV", Multiply(Fraction(5, 2)), "a/clip_2.5x.MKV"),
        ("a/clip.avi", Multiply(2), "a/clip_2x.mp4"),
        ("a/clip.gif", Multiply(2), "a/clip_2x.mp4"),
        ("a/clip", Multiply(2), "a/clip_2x.mp4"),
        ("a/clip.tar.mp4", Multiply(2), "a/clip.tar_2x.mp4"),
        ("a/clip.mov", TargetRate(60), "a/clip_60fps.mov"),
        ("a/clip.mov", TargetRate(Fraction(60000, 1001)), "a/clip_59.9401fps.mov"),
        ("a/clip.webm", Slow(4), "a/clip_4x_slow.webm"),
        ("a/clip.webm", Slow(4, Multiply(2)), "a/clip_4x_slow.webm"),
    ],
)
def test_a_result_lies_beside_its_source(source: str, retiming: Retiming, expected: str) -> None:
    assert default_output(Path(source), retiming) == Path(expected)


@pytest.mark.parametrize(
    ("source", "codec", "rate", "expected"),
    [
        ("a.mkv", None, 1000, "a_2x.mkv"),
        ("a.mkv", None, 1200, "a_2x.mp4"),
        ("a.MKV", "h265", 1200, "a_2x.mp4"),
        ("a.webm", "vp9", 1200, "a_2x.mp4"),
        ("a.mkv", "ffv1", 1200, "a_2x.avi"),
        ("a.mp4", "gif", 1200, "a_2x.mp4"),  # none shows it, and this one says so
    ],
)
def test_a_result_is_of_a_kind_that_shows_its_rate(
    source: str, codec: str | None, rate: int, expected: str
) -> None:
    """Matroska counts in milliseconds."""
    made = default_output(Path(source), Multiply(2), codec, Fraction(rate))
    assert made == Path(expected)


def test_pictures_that_move_are_videos(tmp_path: Path) -> None:
    """In a folder of their own, and beside still ones, which are a sequence."""
    still, dark = Image.new("RGB", (16, 16), (200, 0, 0)), Image.new("RGB", (16, 16))
    for suffix in ("webp", "avif"):
        for name in ("1", "2"):
            still.save(tmp_path / f"{name}.{suffix}")
        still.save(tmp_path / f"moving.{suffix}", save_all=True, append_images=[dark])
    found = find_inputs(tmp_path, tmp_path / "out")
    moving = [tmp_path / "moving.avif", tmp_path / "moving.webp"]
    assert found.inputs == [tmp_path, *moving]


def test_a_folder_of_pictures_gets_a_folder_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shots = tmp_path / "shots.v1"
    shots.mkdir()
    for source in (shots, shots / "%04d.png", shots / "*.png"):
        assert default_output(source, Multiply(2)) == tmp_path / "shots.v1_2x"
    monkeypatch.chdir(shots)
    assert default_output(Path("."), Multiply(2)) == tmp_path / "shots.v1_2x"


def test_inputs_are_found_in_order_and_results_left_out(tmp_path: Path) -> None:
    for name in (
        *("b.mp4", "a.MOV", "notes.txt", ".c.mp4", "shots/1.png", "shots/2.jpg", "one/1.png"),
        *("out/a.mp4", "out/deep/b.mp4", "x/.git/a.mp4", "x/y/z.webm", "dir.mp4/readme"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = find_inputs(tmp_path, leave_out=tmp_path / "x" / ".." / "out")
    assert [str(path.relative_to(tmp_path)) for path in found.inputs] == [
        "a.MOV",
        "b.mp4",
        "shots",
        "x/y/z.webm",
    ]
    assert [str(path.relative_to(tmp_path)) for path in found.passed_over] == [
        "dir.mp4/readme",
        "notes.txt",
        "one/1.png",
    ]
    assert found.unreadable == {}
    (tmp_path / "1.png").touch()
    (tmp_path / "2.png").touch()
    assert find_inputs(tmp_path, leave_out=tmp_path / "out").inputs[0] == tmp_path


def test_results_mirror_their_sources(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "in/shots").mkdir(parents=True)
    sources = [tmp_path / "in" / name for name in ("a.mov", "b.wmv", "deep/a.mov", "shots", "")]
    assert outputs_for(sources, tmp_path / "in", out) == [
        out / "a.mov",
        out / "b.mp4",
        out / "deep/a.mov",
        out / "shots",
        out / "in",
    ]


def test_no_two_results_have_one_name() -> None:
    sources = [Path("in") / name for name in ("a.avi", "a.mp4", "a.wmv", "b.avi")]
    assert outputs_for(sources, Path("in"), Path("out")) == [
        Path("out/a.avi.mp4"),
        Path("out/a.mp4"),
        Path("out/a.wmv.mp4"),
        Path("out/b.mp4"),
    ]
