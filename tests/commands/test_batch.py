"""`vfi batch`: everything below a folder, whatever one of the files is like."""

import errno
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi.media.pictures.images import write_image
from vfi.memory import SHORT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two videos and a folder of pictures at different depths, a broken file, other things."""
    root = tmp_path / "in"
    (root / "deep/er").mkdir(parents=True)
    (root / "shots").mkdir()
    (root / ".hidden").mkdir()
    pictures = [texture(2 * number) for number in range(3)]
    make_clip(root / "a.mp4", pictures=pictures)
    make_clip(root / "deep/er/b.avi", pictures=pictures, codec="mpeg4")
    make_clip(root / ".hidden/c.mp4", pictures=pictures)
    (root / "deep/broken.mkv").write_bytes(b"no video at all")
    (root / "deep/notes.txt").write_text("words")
    for number, pixels in enumerate(pictures):
        write_image(root / "shots" / f"{number}.png", pixels)
    write_image(root / "deep/single.png", pictures[0])
    return root


@pytest.fixture
def batch(run_vfi: RunVfi) -> RunVfi:
    return lambda *words: run_vfi("batch", *words, "--model", "direct", "--device", "cpu")


def rows_of(table: str) -> dict[str, str]:
    """Name → how it went."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in table.splitlines()}


def test_one_failure_does_not_stop_the_rest(batch: RunVfi, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    ended = batch(folder, "--out", out, "--fps", "3")
    assert ended.code == 1
    rows = rows_of(ended.out)
    broken = rows.pop("deep/broken.mkv")
    assert broken.startswith(f"FAILED: {folder / 'deep/broken.mkv'} ")
    assert rows == {"a.mp4": "9 frames", "deep/er/b.avi": "9 frames", "shots": "9 frames"}
    note, summary = ended.err.splitlines()
    assert summary == "3 of 4 done"
    assert note.endswith(", passed over: deep/notes.txt, deep/single.png")
    assert names_in(out) == [
        "a.mp4",
        "deep/er/b.mp4",
        *(f"shots/frame_{number}.png" for number in range(1, 10)),
    ]
    assert len(pts_of(out / "deep/er/b.mp4")) == 9


def test_all_well_is_exit_code_0(batch: RunVfi, folder: Path, tmp_path: Path) -> None:
    for name in ("broken.mkv", "notes.txt", "single.png"):
        (folder / "deep" / name).unlink()
    ended = batch(folder, "--out", tmp_path / "out")
    assert (ended.code, ended.complaint) == (0, "3 of 3 done")
    anew = batch(folder, "--out", tmp_path / "out", "--overwrite")
    assert (anew.code, anew.complaint) == (0, "3 of 3 done")


def test_a_second_run_does_what_is_left_to_do(
    batch: RunVfi, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there was done before: it is not even looked through."""
    for name in ("broken.mkv", "notes.txt", "single.png"):
        (folder / "deep" / name).unlink()
    out = tmp_path / "out"
    assert batch(folder, "--out", out).code == 0
    before = {name: (out / name).stat().st_mtime_ns for name in names_in(out)}
    make_clip(folder / "new.mp4", pictures=[texture(0), texture(2)])
    again = batch(folder, "--out", out)
    assert (again.code, again.complaint) == (0, "4 of 4 done, 3 of them before")
    assert rows_of(again.out) == {
        "a.mp4": "done before",
        "deep/er/b.avi": "done before",
        "new.mp4": "4 frames",
        "shots": "done before",
    }
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    monkeypatch.setattr("vfi.planned_source.scan_source", lambda *_: pytest.fail("too late"))
    assert batch(folder, "--out", out).code == 0


def test_a_result_that_came_into_being_meanwhile_is_not_done_before(
    batch: RunVfi, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vfi import planned_source, planning

    scan = planning.scan_source

    def slowly(*arguments: Any, **named: Any) -> Any:
        (tmp_path / "out/a.mp4").write_text("somebody else's")
        return scan(*arguments, **named)

    monkeypatch.setattr(planned_source, "scan_source", slowly)
    ended = batch(folder, "--out", tmp_path / "out")
    assert rows_of(ended.out)["a.mp4"].startswith("FAILED: ")
    assert (tmp_path / "out/a.mp4").read_text() == "somebody else's"


def test_a_folder_that_cannot_be_read_does_not_stop_the_rest(
    batch: RunVfi, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.iterdir

    def refuse(path: Path) -> Any:
        if path.name == "er":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    ended = batch(folder, "--out", tmp_path / "out")
    assert ended.code == 1
    rows = rows_of(ended.out)
    assert rows["deep/er"] == f"FAILED: {folder / 'deep/er'} cannot be read: permission denied"
    assert (rows["a.mp4"], rows["shots"]) == ("6 frames", "6 frames")
    assert ended.err.splitlines()[-1] == "2 of 4 done"


def test_what_is_lost_is_said_of_each(batch: RunVfi, tmp_path: Path) -> None:
    """As `vfi video` says it."""
    shots = tmp_path / "in/shots"
    shots.mkdir(parents=True)
    for number in (1, 2, 4):
        write_image(shots / f"{number}.png", texture(number))
    ended = batch(tmp_path / "in", "--out", tmp_path / "out")
    assert ended.code == 0
    note, summary = ended.err.splitlines()
    assert note.startswith(f"Note: shots: {shots / '3.png'} is missing")
    assert summary == "1 of 1 done"


def test_results_inside_the_folder_are_no_inputs(batch: RunVfi, folder: Path) -> None:
    (folder / "deep/broken.mkv").unlink()
    for _ in range(2):
        ended = batch(folder, "--out", folder / "results", "--overwrite")
        assert (ended.code, ended.err.splitlines()[-1]) == (0, "3 of 3 done")


def test_inputs_that_differ_in_suffix_only(batch: RunVfi, tmp_path: Path) -> None:
    """Both would be a.mp4: each gets a result of its own."""
    folder = tmp_path / "in"
    folder.mkdir()
    make_clip(folder / "a.mp4", pictures=[texture(0), texture(2)])
    make_clip(folder / "a.avi", pictures=[texture(0), texture(2), texture(4)], codec="mpeg4")
    ended = batch(folder, "--out", tmp_path / "out", "--overwrite")
    assert ended.code == 0
    assert names_in(tmp_path / "out") == ["a.avi.mp4", "a.mp4"]
    assert len(pts_of(tmp_path / "out/a.mp4")) == 4
    assert len(pts_of(tmp_path / "out/a.avi.mp4")) == 6


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (MemoryError(), SHORT),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), SHORT),
    ],
)
def test_what_nobody_foresaw_does_not_stop_the_rest(
    batch: RunVfi,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    said: str,
) -> None:
    from vfi import planned_source, planning

    make, calls = planning.scan_source, []

    def fail_first(*arguments: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return make(*arguments, **more)

    monkeypatch.setattr(planned_source, "scan_source", fail_first)
    ended = batch(folder, "--out", tmp_path / "out")
    assert ended.code == 1
    assert rows_of(ended.out)["a.mp4"] == f"FAILED: {said}"
    assert ended.err.splitlines()[-1] == "2 of 4 done"


@pytest.mark.parametrize(
    ("folder_name", "out_name", "code", "message"),
    [
        ("gone", "out", 1, "gone is no folder"),
        ("in/a.mp4", "out", 1, "a.mp4 is no folder"),
        ("in/.hidden/..", "in", 2, "is the input folder itself"),
        ("in", "in/a.mp4", 1, "a.mp4 is a file; give a folder"),
        ("nothing", "out", 1, "holds no video and no folder of pictures"),
    ],
)
def test_wrong_folders(
    batch: RunVfi,
    folder: Path,
    tmp_path: Path,
    folder_name: str,
    out_name: str,
    code: int,
    message: str,
) -> None:
    (tmp_path / "nothing").mkdir()
    before = names_in(tmp_path)
    ended = batch(tmp_path / folder_name, "--out", tmp_path / out_name)
    assert (ended.code, names_in(tmp_path)) == (code, before)
    assert message in ended.complaint


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--fps", "x"), "--fps 'x' is not a factor"),
        (("--model", "rife"), "no model 'rife'"),
        (("--shutter", "999"), "--shutter '999': give degrees"),
        (("--codec", "mpeg7"), "no video codec 'mpeg7'"),
    ],
)
def test_wrong_options_are_told_before_any_work(
    run_vfi: RunVfi, folder: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    ended = run_vfi("batch", folder, "--out", tmp_path / "out", *words)
    assert ended.code == 2
    assert message in ended.complaint
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--preset", "zz"), ("--quality", "52"), ("--codec", "gif")])
def test_an_encoding_that_fits_no_result_is_a_wrong_call(
    batch: RunVfi, folder: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = batch(folder, "--out", tmp_path / "out", *words)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.complaint
    assert not (tmp_path / "out").exists()


def test_a_folder_of_pictures_may_have_a_dot_in_its_name(batch: RunVfi, tmp_path: Path) -> None:
    shots = tmp_path / "in" / "shots.v2"
    shots.mkdir(parents=True)
    for number in range(2):
        write_image(shots / f"{number}.png", texture(2 * number))
    ended = batch(tmp_path / "in", "--out", tmp_path / "out")
    assert (ended.code, ended.complaint) == (0, "1 of 1 done")
    assert names_in(tmp_path / "out") == [f"shots.v2/frame_{n}.png" for n in range(1, 5)]


def test_a_quiet_batch(
    batch: RunVfi, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfi.progress.LEAST_BETWEEN", 0.0)
    ended = batch(folder, "--out", tmp_path / "out", "-q")
    assert (ended.code, ended.err) == (1, "")
    assert rows_of(ended.out)["a.mp4"] == "6 frames"
    loud = batch(folder, "--out", tmp_path / "loud")
    assert "shots: made 1 of 6 frames, about " in loud.err
