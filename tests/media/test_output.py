import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.clips import leftovers
from vfi.errors import ExistsError, OutputError, UsageError
from vfi.media.output import check_distinct, check_writable, replacing


def interrupted(target: Path, interruption: type[BaseException]) -> None:
    with replacing(target, overwrite=True) as temporary:
        temporary.write_text("half")
        raise interruption


def test_file_appears_whole_and_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with replacing(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.suffix == ".txt"
        temporary.write_text("whole")
    assert target.read_text() == "whole"
    assert leftovers(tmp_path) == []


def test_result_has_ordinary_permissions(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("x")
    ordinary = tmp_path / "b.txt"
    ordinary.write_text("x")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "a.txt", ordinary)}
    assert len(modes) == 1


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_nothing_is_left_after_an_interruption(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    with pytest.raises(interruption):
        interrupted(tmp_path / "a.txt", interruption)
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_kept_without_overwrite(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with (
        pytest.raises(ExistsError),
        replacing(target),
    ):
        pytest.fail("not reached")
    assert target.read_text() == "old"
    with pytest.raises(KeyboardInterrupt):
        interrupted(target, KeyboardInterrupt)
    assert target.read_text() == "old"
    with replacing(target, overwrite=True) as temporary:
        temporary.write_text("new")
    assert target.read_text() == "new"


def test_file_made_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    writing = replacing(target)
    writing.__enter__().write_text("ours")
    target.write_text("theirs")
    with pytest.raises(OutputError, match="meanwhile"):
        writing.__exit__(None, None, None)
    assert target.read_text() == "theirs"
    assert leftovers(tmp_path) == []


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        check_writable(tmp_path / "no" / "a.txt")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="not a folder"):
        check_writable(tmp_path / "file" / "a.txt")
    with pytest.raises(UsageError, match="is a folder"):
        check_writable(tmp_path)


def test_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(OutputError, match="not writable"):
        check_writable(tmp_path / "a.txt")


def test_full_disk_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, replacing(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == f"cannot write {tmp_path / 'a.txt'}: no space left on the disk"
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
import numpy as np
from fractions import Fraction
from vfi.errors import ExistsError, OutputError
from vfi.media.pictures.images import write_image
from vfi.media.pictures.flow_files import write_flow
from vfi.media.video.writer import VideoWriter
import numpy.random
folder = sys.argv[1]
noise = numpy.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
def video():
    with VideoWriter(f"{folder}/v{suffix}", 160, 120, Fraction(25)) as writer:
        for index in range(30):
            writer.write(np.roll(noise, index * 7, axis=1), Fraction(index, 25))
jobs = [lambda s=s: write_image(f"{folder}/i{s}", noise) for s in (".png", ".tif", ".exr")]
jobs += [lambda: write_flow(f"{folder}/f.flo", noise[:, :, :2])]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for suffix in (".mp4", ".mkv", ".avi"):
    jobs.append(video)
for number, job in enumerate(jobs):
    if number >= 4:
        suffix = (".mp4", ".mkv", ".avi")[number - 4]
    try:
        job()
    except OutputError as error:
        assert "\\n" not in str(error)
        print("refused", error)
    else:
        print("WRITTEN")
"""


def test_disk_that_fills_up_while_writing(tmp_path: Path) -> None:
    """A limit on the size of files makes real writes fail, in libraries too."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert all(line.startswith("refused cannot write") for line in lines), lines
    assert list(tmp_path.iterdir()) == []


class TestSpecialFiles:
    def test_a_pipe_is_never_replaced(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe.mp4"
        os.mkfifo(pipe)
        for path in (pipe, Path("/dev/null")):
            for overwrite in (False, True):
                with pytest.raises(UsageError, match="is a pipe or a device; give the name"):
                    check_writable(path, overwrite)
        with pytest.raises(UsageError, match="pipe"), replacing(pipe, overwrite=True):
            pytest.fail("not reached")
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_a_link_to_a_device_is_one(self, tmp_path: Path) -> None:
        (tmp_path / "out.png").symlink_to("/dev/null")
        with pytest.raises(UsageError, match="device"):
            check_writable(tmp_path / "out.png", overwrite=True)

    def test_a_link_that_leads_nowhere_exists(self, tmp_path: Path) -> None:
        link = tmp_path / "a.txt"
        link.symlink_to(tmp_path / "gone.txt")
        with pytest.raises(ExistsError):
            check_writable(link)
        with replacing(link, overwrite=True) as temporary:
            temporary.write_text("new")
        assert link.read_text() == "new"
        assert not (tmp_path / "gone.txt").exists()

    def test_a_link_that_came_meanwhile_is_not_replaced(self, tmp_path: Path) -> None:
        def write() -> None:
            with replacing(tmp_path / "a.txt") as temporary:
                temporary.write_text("new")
                (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")

        with pytest.raises(OutputError, match="has come into being"):
            write()
        assert (tmp_path / "a.txt").is_symlink()


class TestDistinct:
    @pytest.fixture
    def source(self, tmp_path: Path) -> Path:
        (tmp_path / "in.mp4").write_text("precious")
        return tmp_path / "in.mp4"

    def test_an_output_that_is_the_input(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "link.mp4").symlink_to("in.mp4")
        os.link(source, tmp_path / "hard.mp4")
        (tmp_path / "here").symlink_to(tmp_path)
        monkeypatch.chdir(tmp_path)
        for name in ("in.mp4", "./in.mp4", "link.mp4", "hard.mp4", "here/in.mp4", str(source)):
            with pytest.raises(UsageError, match=r"^--out .* is the input itself; choose another"):
                check_distinct([("--out", Path(name))], [source])
        check_distinct([("--out", Path("other.mp4")), ("--flow", None)], [source, None])

    def test_two_outputs_of_one_name(self, source: Path, tmp_path: Path) -> None:
        for one, two in (
            (tmp_path / "a.png", tmp_path / "no" / ".." / "a.png"),
            (source, tmp_path / "." / "in.mp4"),
        ):
            with pytest.raises(UsageError, match=r"^--out and --flow are the same file, "):
                check_distinct([("--out", one), ("--flow", two)], [])

    def test_an_input_that_is_not_there_is_somebody_elses_complaint(self, tmp_path: Path) -> None:
        check_distinct([("--out", tmp_path / "a.png")], [tmp_path / "a.png"])
