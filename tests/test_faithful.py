"""The survey of docs/media.md: what it calls kept is kept, and what it calls lost is lost."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import faithful
from benchmarks.faithful import PROPERTIES, ROWS, Property, facts_of, make_source, survives
from benchmarks.fields import make_fields, make_telecine, times_of

pytestmark = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="the ffmpeg command, which is the reference, is not installed",
)
PAGE = Path(__file__).parent.parent / "docs" / "media.md"


def named(name: str) -> Property:
    return next(wanted for wanted in PROPERTIES if wanted.name == name)


@pytest.mark.parametrize(
    ("name", "suffix", "codec", "mark"),
    [
        ("10 bit", ".mkv", "ffv1", "="),
        ("alpha", ".mkv", "ffv1", "="),
        ("8 bit", ".mp4", "h264", "≈"),
        ("full range", ".mov", "prores", "≈ as limited"),
        ("alpha", ".mp4", "h264", "("),
        ("anamorphic", ".mkv", "ffv1", "="),
        ("rotated", ".mkv", "ffv1", "≈"),  # what is turned goes through RGB
    ],
)
def test_a_cell_of_the_table(tmp_path: Path, name: str, suffix: str, codec: str, mark: str) -> None:
    source = make_source(tmp_path, named(name))
    found = survives(source, named(name), tmp_path / f"out{suffix}", codec)
    assert found.mark == mark, found


def test_a_silent_loss_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the transfer lost without a word, the table would say so."""
    wanted = replace(named("8 bit"), facts=("transfer",))
    source = make_source(tmp_path, wanted)
    said = faithful.facts_of
    monkeypatch.setattr(
        faithful,
        "facts_of",
        lambda path: said(path) | ({} if path == source else {"transfer": "linear"}),
    )
    found = survives(source, wanted, tmp_path / "out.mkv", "ffv1")
    assert (found.mark, str(found)) == ("✗", "**✗ transfer**")


def test_sources_are_what_they_are_called(tmp_path: Path) -> None:
    for name, fact, value in (
        ("12 bit", "bits", 12),
        ("4:2:2", "chroma", "422"),
        ("full range", "range", "pc"),
        ("anamorphic", "aspect", "16:15"),
        ("rotated", "size", (64, 96)),
    ):
        assert facts_of(make_source(tmp_path, named(name)))[fact] == value
    steps = np.diff(times_of(make_telecine(tmp_path / "film.mpg"))) * 60000 / 1001
    assert {round(step) for step in steps} == {2, 3}
    assert len(times_of(make_fields(tmp_path / "fields.mp4"))) == 10


def test_the_page_has_every_row() -> None:
    page = PAGE.read_text("utf-8")
    for suffix, codec in ROWS:
        assert f"| {suffix} | {codec} |" in page
    assert "✗" not in page.split(faithful.BEGIN)[1]
