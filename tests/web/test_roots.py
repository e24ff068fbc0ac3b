"""Nothing outside the folders that were named is found, by whatever name."""

import os
from pathlib import Path

import pytest

from vfi.errors import InputError
from vfi.web.roots import Roots


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    for folder in ("films/old", "films/.hidden", "more", "secret"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("films/a.mp4", "films/b.PNG", "films/notes.txt", "films/.c.mp4", "secret/s.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "films/out").symlink_to(tmp_path / "secret")
    (tmp_path / "films/s.mp4").symlink_to(tmp_path / "secret/s.mp4")
    (tmp_path / "films/inside.mp4").symlink_to(tmp_path / "films/a.mp4")
    return Roots([tmp_path / "films", tmp_path / "more"])


def test_names_inside(roots: Roots, tmp_path: Path) -> None:
    films = tmp_path / "films"
    assert roots.place("a.mp4") == films / "a.mp4"
    assert roots.place("old/../a.mp4") == films / "a.mp4"
    assert roots.place(films / "not-there.mp4") == films / "not-there.mp4"
    assert roots.place(tmp_path / "more") == tmp_path / "more"
    assert roots.place("frame_%05d.png") == films / "frame_%05d.png"
    assert roots.result("new/") == f"{films}/new{os.sep}"
    assert roots.result("new.mkv") == f"{films}/new.mkv"


@pytest.mark.parametrize(
    "name", ["../secret/s.mp4", "/etc/passwd", "out/s.mp4", "s.mp4", "..", "~root/x", "a\0b"]
)
def test_names_outside(roots: Roots, name: str) -> None:
    with pytest.raises(InputError):
        roots.place(name)
    with pytest.raises(InputError):
        roots.check([Path(name)])


def test_a_folder_whose_name_only_begins_alike_is_outside(roots: Roots, tmp_path: Path) -> None:
    (tmp_path / "films2").mkdir()
    with pytest.raises(InputError, match="lies outside the folders that were named"):
        roots.place(tmp_path / "films2")


def test_what_is_shown(roots: Roots, tmp_path: Path) -> None:
    films = tmp_path / "films"
    listing = roots.listing(".")
    assert listing.folder == films
    assert listing.folders == [films / "old"]
    assert listing.videos == [films / "a.mp4", films / "inside.mp4"]
    assert listing.pictures == [films / "b.PNG"]
    assert roots.above(films / "old") == films
    assert roots.above(films) is None


def test_folders_that_are_none(roots: Roots, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        roots.listing("a.mp4")
    with pytest.raises(InputError, match="is no folder"):
        Roots([tmp_path / "nowhere"])
