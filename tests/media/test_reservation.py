"""Two runs to one result, and what killed runs leave."""

import os
import signal
import subprocess
import sys
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.clips import leftovers
from vfi.errors import ExistsError, OutputError
from vfi.media.output import replacing
from vfi.media.pictures.sequence_writer import SequenceWriter
from vfi.media.reservation import Reservation, move_new, temporary_name

PICTURE = np.full((8, 8, 3), 90, np.uint8)

# Takes what it is asked to take, says so, and waits to be killed.
TAKES = """
import sys, time
from fractions import Fraction
from pathlib import Path
import numpy as np
from vfi.media.output import replacing
from vfi.media.pictures.sequence_writer import SequenceWriter
path = Path(sys.argv[2])
if sys.argv[1] == "file":
    with replacing(path) as temporary:
        temporary.write_text("half")
        print("there", flush=True)
        time.sleep(60)
writer = SequenceWriter(path, 2)
writer.write(np.zeros((8, 8, 3), np.uint8), Fraction(0))
print("there", flush=True)
time.sleep(60)
"""


def other_run(kind: str, path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", TAKES, kind, str(path)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "there\n"
    return run


def write(kind: str, path: Path) -> None:
    if kind == "file":
        with replacing(path) as temporary:
            temporary.write_text("whole")
    else:
        with SequenceWriter(path, 2) as writer:
            writer.write(PICTURE, F(0))
            writer.write(PICTURE, F(1))


@pytest.mark.parametrize("kind", ["file", "new folder", "folder"])
def test_a_result_belongs_to_one_run_until_that_ends_or_is_killed(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / ("a.txt" if kind == "file" else "shots")
    if kind == "folder":
        path.mkdir()
    run = other_run(kind, path)
    try:
        with pytest.raises(OutputError, match="another run is writing it"):
            write(kind, path)
        assert len(leftovers(tmp_path)) == 1  # theirs, untouched
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert len(leftovers(tmp_path)) == 1
    write(kind, path)
    assert leftovers(tmp_path) == []
    if kind == "file":
        assert path.read_text() == "whole"
    else:
        assert sorted(p.name for p in path.iterdir()) == ["frame_1.png", "frame_2.png"]


def test_pictures_that_come_meanwhile_are_neither_replaced_nor_deleted(tmp_path: Path) -> None:
    for there in (False, True):
        folder = tmp_path / f"shots{there}"
        if there:
            folder.mkdir()
        writer = SequenceWriter(folder, 2)
        writer.write(PICTURE, F(0))
        folder.mkdir(exist_ok=True)
        (folder / "frame_1.png").write_text("theirs")
        (folder / "frame_7.png").write_text("theirs")
        with pytest.raises(ExistsError, match="has got pictures meanwhile"):
            writer.close()
        assert {p.name: p.read_text() for p in folder.iterdir()} == {
            "frame_1.png": "theirs",
            "frame_7.png": "theirs",
        }
        assert leftovers(tmp_path) == []


def test_other_files_that_come_meanwhile_are_left_where_they_are(tmp_path: Path) -> None:
    writer = SequenceWriter(tmp_path / "shots", 1)
    writer.write(PICTURE, F(0))
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "notes.txt").write_text("theirs")
    writer.close()
    assert sorted(p.name for p in (tmp_path / "shots").iterdir()) == ["frame_1.png", "notes.txt"]


def test_pictures_that_a_killed_run_had_put_aside_come_back(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    aside = folder / temporary_name(folder, of_pictures=True) / "old"
    aside.mkdir(parents=True)
    (aside / "frame_1.png").write_text("old")
    (folder / "frame_2.png").write_text("newer")
    (aside / "frame_2.png").write_text("old")
    writer = SequenceWriter(folder, 2, overwrite=True)
    writer.abort()
    assert {p.name: p.read_text() for p in folder.iterdir()} == {
        "frame_1.png": "old",
        "frame_2.png": "newer",
    }


def test_names_of_every_length(tmp_path: Path) -> None:
    for stem in ("a", "b" * 251, "ü" * 125):
        with replacing(tmp_path / f"{stem}.txt") as temporary:
            assert temporary.name.endswith(".part.txt")
            temporary.write_text(stem)
        assert (tmp_path / f"{stem}.txt").read_text() == stem
    assert temporary_name(Path("b" * 251 + ".txt")) != temporary_name(Path("c" * 251 + ".txt"))


def test_hundreds_of_files_at_once(tmp_path: Path) -> None:
    held = [Reservation(tmp_path / f"{n}.txt", tmp_path) for n in range(400)]
    assert len(os.listdir("/proc/self/fd")) < 300 if os.path.exists("/proc/self/fd") else True
    for one in held:
        one.release(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_never_moved_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError("no hard links here")

    for number in range(2):
        (tmp_path / "new").write_text("new")
        (tmp_path / "old").write_text("old")
        with pytest.raises(FileExistsError):
            move_new(tmp_path / "new", tmp_path / "old")
        assert (tmp_path / "old").read_text() == "old"
        move_new(tmp_path / "new", tmp_path / f"moved{number}")
        assert (tmp_path / f"moved{number}").read_text() == "new"
        assert not (tmp_path / "new").exists()
        monkeypatch.setattr(os, "link", no_links)
