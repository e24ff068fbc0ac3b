"""`vfi preview`: the page, and what is said of the whole."""

import re
from pathlib import Path

import pytest

from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mkv", pictures=[texture(3 * k) for k in range(5)])


def test_a_page_and_a_time(run_vfi: RunVfi, clip: Path) -> None:
    ended = run_vfi("preview", clip, "--fps", "3", "--model", "direct", "--each", "1")
    assert (ended.code, ended.out) == (0, f"{clip.with_name('clip_preview.html')}\n")
    assert re.search(r"2 moments; all of it will take about \d+ s with direct", ended.err)
    assert names_in(clip.parent) == ["clip.mkv", "clip_preview.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "."], "is a folder"),
        (["--out", "clip.mkv", "--overwrite"], "is the input itself"),
        (["--fps", "60"], "makes 1500 frames a second of 25"),
        (["--fps", "0.5"], "--fps '0.5' is below 1"),
    ],
)
def test_wrong_calls(
    run_vfi: RunVfi, clip: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(clip.parent)
    ended = run_vfi("preview", "clip.mkv", *words)
    assert ended.code == 2
    assert said in ended.complaint
    assert names_in(clip.parent) == ["clip.mkv"]
