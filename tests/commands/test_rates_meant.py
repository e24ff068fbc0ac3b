"""A rate that is more likely a slip of the finger is asked about, not rendered for hours."""

from fractions import Fraction
from pathlib import Path

import pytest

import vfi
from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi import UsageError


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two frames at 25 a second."""
    return make_clip(tmp_path / "clip.mkv", pictures=[texture(0), texture(2)])


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_multiple_where_a_rate_was_meant(
    run_vfi: RunVfi, clip: Path, dry: tuple[str, ...]
) -> None:
    ended = run_vfi("video", clip, "--fps", "60", "--model", "direct", *dry)
    assert ended.code == 2
    assert ended.complaint == (
        "Error: --fps 60 makes 1500 frames a second of 25; --target-fps 60 makes 60 a second; "
        "add --yes if that is meant"
    )
    assert names_in(clip.parent) == ["clip.mkv"]


def test_who_insists_gets_it(run_vfi: RunVfi, clip: Path) -> None:
    assert run_vfi("video", clip, "--fps", "9", "--model", "direct", "--yes").code == 0
    assert len(pts_of(clip.with_name("clip_9x.mkv"))) == 18


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fps", "8"), 0),
        (("--fps", "8.01"), 2),
        (("--target-fps", "240"), 0),
        (("--target-fps", "241"), 2),
        (("--slow", "16"), 0),  # as many frames a second as before
        (("--slow", "4", "--fps", "9"), 2),
    ],
)
def test_where_the_line_is(run_vfi: RunVfi, clip: Path, words: tuple[str, ...], code: int) -> None:
    assert run_vfi("video", clip, *words, "--model", "direct", "--dry-run").code == code


def test_a_source_that_is_faster_may_stay_so(run_vfi: RunVfi, tmp_path: Path) -> None:
    fast = make_clip(tmp_path / "fast.mp4", pictures=[texture(0), texture(2)], rate=Fraction(300))
    words = ("video", fast, "--model", "direct", "--dry-run")
    assert run_vfi(*words, "--fps", "1").code == 0
    assert run_vfi(*words, "--slow", "2").code == 0
    assert run_vfi(*words).code == 0  # twice as many is the default; its rate is no slip of ours
    assert run_vfi(*words, "--fps", "9").code == 2


def test_python_is_asked_in_its_own_words(clip: Path) -> None:
    with pytest.raises(UsageError, match=r"; target_fps 60 makes 60 a second; add yes if that"):
        vfi.interpolate_video(clip, fps=60, model="direct")
    frames = list(vfi.interpolated_frames(clip, 9, model="direct", device="cpu", yes=True))
    assert len(frames) == 18


def test_in_a_batch_it_is_a_row(run_vfi: RunVfi, clip: Path, tmp_path: Path) -> None:
    words = ("batch", clip.parent, "--out", tmp_path / "out", "--fps", "9", "--model", "direct")
    ended = run_vfi(*words)
    assert ended.code == 1
    assert "FAILED: --fps 9 makes 225 frames a second of 25; " in ended.out
    assert run_vfi(*words, "--yes").code == 0
