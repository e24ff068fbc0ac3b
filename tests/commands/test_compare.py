"""`vfi compare`: a video, a picture or a page of two videos."""

from fractions import Fraction as F
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip, moving_square, pts_of
from tests.helpers.pages import Page
from vfi.media.pictures.images import read_image


@pytest.fixture
def clips(tmp_path: Path) -> tuple[Path, Path]:
    """Half a second at 24 and at 60 frames a second."""
    one = make_clip(tmp_path / "one.mp4", 12, rate=F(24))
    return one, make_clip(tmp_path / "two.mp4", 30, rate=F(60))


def test_every_frame_of_both_has_its_own_moment(run_vfi: RunVfi, clips: tuple[Path, Path]) -> None:
    ended = run_vfi("compare", *clips)
    out = clips[0].with_name("one-two.mp4")
    assert (ended.code, ended.out) == (0, f"{out}\n")
    both = {F(number, 24) for number in range(12)} | {F(number, 60) for number in range(30)}
    assert pts_of(out) == sorted(both)
    with av.open(str(out)) as container:
        assert container.streams.video[0].width == 2 * 64 + 4
    assert "36 moments" in ended.err


def test_one_rate_stays_constant(run_vfi: RunVfi, tmp_path: Path) -> None:
    one = make_clip(tmp_path / "one.mp4", 5)
    two = make_clip(tmp_path / "two.mp4", 10, rate=F(50))
    assert run_vfi("compare", one, two, "--out", tmp_path / "c.avi").code == 0
    with av.open(str(tmp_path / "c.avi")) as container:
        assert container.streams.video[0].average_rate == 50
        assert len(list(container.decode(video=0))) == 10


def test_a_picture_has_a_row_for_each_moment(run_vfi: RunVfi, tmp_path: Path) -> None:
    pictures = moving_square(10)
    other = [np.zeros_like(pictures[0])] * 10
    one = make_clip(tmp_path / "one.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0")
    two = make_clip(tmp_path / "two.mkv", pictures=other, codec="ffv1", pixel_format="bgr0")
    out = tmp_path / "c.png"
    assert run_vfi("compare", one, two, "--at", "0.1", "--at", "0.31", "--out", out).code == 0
    seen = read_image(out).pixels
    bar = seen.shape[0] // 2 - 48 - 2
    assert seen.shape == (2 * (48 + bar) + 4, 2 * 64 + 4, 3)
    assert np.array_equal(seen[bar : bar + 48, :64], pictures[2])
    assert np.array_equal(seen[-48:, :64], pictures[7])
    assert not seen[-48:, 68:].any()


def test_a_page_shows_where_they_differ_most(run_vfi: RunVfi, tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), 100, np.uint8)] * 12
    other = list(pictures)
    other[3] = np.full((48, 64, 3), 110, np.uint8)
    one = make_clip(tmp_path / "one.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0")
    two = make_clip(tmp_path / "<two>.mkv", pictures=other, codec="ffv1", pixel_format="bgr0")
    out = tmp_path / "c.html"
    assert run_vfi("compare", one, two, "--out", out).code == 0
    page = Page(out.read_text("utf-8"))
    text = " ".join(page.text)
    assert page.open == []
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert len(page.images) == 6 * 3  # of each sixth: A, B, difference
    assert page.circles == 12
    assert "frame 3 of A, 3 of B" in " ".join(text.split())
    assert f"{20 * np.log10(25.5):.2f} dB" in text
    assert "<two>.mkv" in text


def test_a_longer_one_is_said_to_go_on(run_vfi: RunVfi, tmp_path: Path) -> None:
    one = make_clip(tmp_path / "one.mp4", 5)
    two = make_clip(tmp_path / "two.mp4", 15)
    ended = run_vfi("compare", one, two, "--how", "blink")
    assert "two.mp4 goes on for another 0.4 s" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--how", "blink", "--out", "c.png"], "--how: a picture cannot blink"),
        (["--how", "sideways"], "--how 'sideways' is unknown"),
        (["--at", "1", "--out", "c.mp4"], "a video shows all moments"),
        (["--at", "9", "--out", "c.png"], "--at 9 s: both end at 0.5 s"),
        (["--start", "9"], "--start 9 s: nothing is left"),
        (["--out", "c.txt"], "give the name of a video, a picture or a page"),
        (["--out", "c.avi"], "constant frame rate"),
        (["--out", "one.mp4", "--overwrite"], "is the input itself"),
    ],
)
def test_wrong_calls(
    run_vfi: RunVfi,
    clips: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(clips[0].parent)
    ended = run_vfi("compare", "one.mp4", "two.mp4", *words)
    assert ended.code == 2
    assert said.removeprefix("--how: ") in ended.complaint
    assert names_in(clips[0].parent) == ["one.mp4", "two.mp4"]


def test_what_is_there_stays(run_vfi: RunVfi, clips: tuple[Path, Path]) -> None:
    out = clips[0].with_name("one-two.mp4")
    out.write_bytes(b"mine")
    assert run_vfi("compare", *clips).code == 1
    assert out.read_bytes() == b"mine"
