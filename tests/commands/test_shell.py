"""What a shell wants of us: completion, a man page, a log."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.cli import RunVfi
from tests.helpers.clips import make_clip
from vfi.commands import COMMANDS
from vfi.media.pictures.images import write_image


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(run_vfi: RunVfi, shell: str) -> None:
    ended = run_vfi("completion", shell)
    assert (ended.code, ended.err) == (0, "")
    assert f"_VFI_COMPLETE={shell}_complete" in ended.out
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=ended.out, text=True, check=False)
        assert checked.returncode == 0


def test_words_are_completed() -> None:
    def words(line: str) -> list[str]:
        variables = {"_VFI_COMPLETE": "bash_complete", "COMP_WORDS": line,
                     "COMP_CWORD": str(len(line.split(" ")) - 1)}  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "vfi"], env=variables, capture_output=True, text=True, check=True
        )
        return [each.partition(",")[2] for each in done.stdout.splitlines()]

    assert words("vfi pre") == ["preview", "presets"]
    assert "--threshold" in words("vfi video --t")


def test_every_command_has_a_man_page(run_vfi: RunVfi) -> None:
    page = run_vfi("man").out
    assert page.startswith('.TH "VFI" "1"')
    for name in COMMANDS:
        assert f"\\fBvfi {name}\\fR" in page
        below = run_vfi("man", name).out
        assert re.search(rf"^vfi\\-{name} \\- \S", below, re.MULTILINE), name
        assert all(line.isascii() for line in below.splitlines())
    ended = run_vfi("man", "nothing")
    assert (ended.code, "no command 'nothing'" in ended.complaint) == (2, True)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not there")
def test_groff_has_nothing_to_complain_of(run_vfi: RunVfi) -> None:
    for name in ((), ("video",), ("batch",)):
        page = run_vfi("man", *name).out
        made = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert made.stderr == ""
        assert "OPTIONS" in re.sub(r".\x08", "", made.stdout)


def test_a_log_holds_what_is_said_and_the_details(run_vfi: RunVfi, tmp_path: Path) -> None:
    clip, log = make_clip(tmp_path / "clip.mkv", 3), tmp_path / "run.log"
    words = ("video", clip, "--out", tmp_path / "o.mkv", "--model", "direct", "--log", log)
    ended = run_vfi(*words)
    assert ended.code == 0
    assert "encoding" not in ended.err
    lines = log.read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", line) for line in lines)
    said = [line[20:] for line in lines]
    assert said[0].startswith("vfi video ")
    assert any(line.startswith("source     ") and "yuv420p, 64x48" in line for line in said)
    assert any(line.startswith("encoding   matroska, libx264") for line in said)
    for line in ended.err.splitlines():
        assert line in said
    ended = run_vfi(*words)  # a second call is written behind it
    assert ended.code == 1
    assert log.read_text().splitlines()[-1].endswith(ended.complaint)
    assert len(log.read_text().splitlines()) == len(lines) + 2


def test_more_is_said_to_whoever_wants_it(run_vfi: RunVfi, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3)
    ended = run_vfi("video", clip, "-v", "--out", tmp_path / "o.mkv", "--model", "direct")
    assert "model      direct" in ended.err
    assert "encoding   matroska, libx264, yuv420p" in ended.err
    assert "working" in ended.err


@pytest.mark.parametrize(
    "command", ["video", "interpolate", "batch", "preview", "compare", "train", "benchmark speed"]
)
def test_whatever_takes_time_can_keep_a_log(run_vfi: RunVfi, command: str) -> None:
    said = run_vfi(*command.split(), "--help").out
    assert "--log" in said
    assert "-v, --verbose" in said


def test_the_log_of_pictures_and_of_a_batch(run_vfi: RunVfi, tmp_path: Path) -> None:
    one, two, log = tmp_path / "1.png", tmp_path / "2.png", tmp_path / "run.log"
    for path in (one, two):
        write_image(path, np.zeros((32, 48, 3), np.uint8))
    assert run_vfi("interpolate", one, two, "--model", "direct", "--log", log).err == ""
    said = [line[20:] for line in log.read_text().splitlines()]
    assert said[1:] == [
        f"source     {one}: 48x32, uint8",
        f"source     {two}: 48x32, uint8",
        "model      direct",
        "times      1/2",
    ]
    folder = tmp_path / "in"
    folder.mkdir()
    make_clip(folder / "clip.mkv", 2)
    words = ("batch", folder, "-o", tmp_path / "out", "--model", "direct", "-q", "--log", log)
    assert run_vfi(*words).code == 0
    added = [line[20:] for line in log.read_text().splitlines()[len(said) :]]
    assert added[1].startswith("source     ")
    assert added[-1] == "clip.mkv  4 frames"


def test_a_log_that_cannot_be_written(run_vfi: RunVfi, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 3)
    ended = run_vfi("video", clip, "--log", tmp_path / "none" / "run.log")
    assert ended.code == 1
    assert "No such file or directory" in ended.complaint
