"""The frame around all commands: exit codes, one line a failure, and readers that go away."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import vfi
from tests.helpers.cli import RunVfi
from tests.helpers.textures import texture
from vfi import commands
from vfi.commands import COMMANDS
from vfi.media.pictures.images import read_image, write_image

ROOT = Path(__file__).parents[2]
NO_MEMORY = "Error: memory ran out; smaller pictures or the model 'direct' need less"


def caused(error: Exception, cause: Exception) -> Exception:
    """What `raise error from cause` raises."""
    error.__cause__ = cause
    return error


def test_help_lists_the_commands_in_the_order_of_need(run_vfi: RunVfi) -> None:
    for word in ("--help", "-h"):
        ended = run_vfi(word)
        assert (ended.code, ended.err) == (0, "")
        listed = ended.out[ended.out.index("Commands:") :].splitlines()[1:]
        assert [line.split()[0] for line in listed if line.strip()] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run_vfi: RunVfi, name: str) -> None:
    ended = run_vfi(name, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: vfi {name} ")
    assert "\\b" not in ended.out  # click's mark, which a raw docstring would show


def test_fps_is_said_to_multiply(run_vfi: RunVfi) -> None:
    said = " ".join(run_vfi("video", "--help").out.split())
    assert "--fps N multiplies the frame rate" in said


def test_version(run_vfi: RunVfi) -> None:
    assert run_vfi("--version").out == f"vfi, version {vfi.__version__}\n"


def test_no_word_is_answered_with_the_help(run_vfi: RunVfi) -> None:
    ended = run_vfi()
    assert ended.code in (0, 2)  # depends on click's version
    assert "Usage: vfi " in ended.out + ended.err


@pytest.mark.parametrize(
    ("words", "about", "place"),
    [
        (("polate",), "polate", "vfi"),
        (("interpolate",), "--one", "vfi interpolate"),
        (("interpolate", "--count", "many"), "many", "vfi interpolate"),
        (("video", "--zzz"), "--zzz", "vfi video"),
        (("weights", "import", "a"), "--out", "vfi weights import"),
    ],
)
def test_a_wrong_call_is_one_line(
    run_vfi: RunVfi, words: tuple[str, ...], about: str, place: str
) -> None:
    ended = run_vfi(*words)
    assert ended.code == 2
    assert ended.complaint.startswith("Error: ")
    assert about in ended.complaint
    assert ended.complaint.endswith(f" See {place} --help.")


class TestFailures:
    """Whatever a command raises."""

    @pytest.fixture
    def raising(self, run_vfi: RunVfi, monkeypatch: pytest.MonkeyPatch) -> Any:
        from vfi.commands import info

        def call(error: BaseException) -> Any:
            def fail() -> None:
                raise error

            monkeypatch.setattr(info, "command", click.command("info")(fail))
            return run_vfi("info")

        return call

    @pytest.mark.parametrize(
        ("error", "code", "complaint"),
        [
            (vfi.UsageError("wrong\n  call"), 2, "Error: wrong call"),
            (vfi.InputError("bad input"), 1, "Error: bad input"),
            (vfi.WeightsError("bad weights"), 1, "Error: bad weights"),
            (vfi.DeviceError("no device"), 1, "Error: no device"),
            (vfi.OutputError("no output"), 1, "Error: no output"),
            (OSError(28, "No space left on device"), 1, "Error: No space left on device"),
            (FileNotFoundError(2, "Gone", "a.txt"), 1, "Error: a.txt: Gone"),
            (MemoryError(), 1, NO_MEMORY),
            (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), 1, NO_MEMORY),
            (OSError(12, "Cannot allocate memory"), 1, NO_MEMORY),
            (caused(vfi.InputError("a.mp4 is damaged near 0.00 s"), MemoryError()), 1, NO_MEMORY),
            (
                caused(vfi.DeviceError("not enough memory on cpu"), MemoryError()),
                1,
                "Error: not enough memory on cpu",
            ),
            (KeyboardInterrupt(), 130, "Interrupted; nothing is left half-written."),
            (click.Abort(), 130, "Interrupted; nothing is left half-written."),
        ],
    )
    def test_one_line(self, raising: Any, error: BaseException, code: int, complaint: str) -> None:
        ended = raising(error)
        assert (ended.code, ended.complaint, ended.out) == (code, complaint, "")

    def test_a_bug_is_not_hidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from vfi.commands import info

        def fail() -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(info, "command", click.command("info")(fail))
        monkeypatch.setattr(sys, "argv", ["vfi", "info"])
        with pytest.raises(ZeroDivisionError):
            commands.main()


@pytest.mark.parametrize("door", [["-m", "vfi"], ["cli.py"]])
def test_a_reader_that_goes_away_is_no_failure(door: list[str]) -> None:
    """As in `vfi weights list | head -1`; through both doors of a checkout."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [sys.executable, *door, "weights", "list"],
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_interrupt_within_executed_text_ends_with_130(tmp_path: Path) -> None:
    """Python notes such an interrupt as unhandled, and `python -m` would die by the signal."""
    (tmp_path / "interrupted.py").write_text(
        "import sys, click\n"
        "from vfi.commands import info, main\n"
        "def interrupt(): raise KeyboardInterrupt\n"
        "def run(): exec('interrupt()')\n"
        "info.command = click.command('info')(run)\n"
        "sys.argv = ['vfi', 'info']\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 130
    assert ended.stderr.split("\n") == ["", "Interrupted; nothing is left half-written.", ""]


class TestNumbers:
    @pytest.mark.parametrize(
        "words",
        [
            "interpolate a b --time {}",
            "interpolate a b --time 1/{}",
            "interpolate a b --count {}",
            *(
                f"video a --{name} {{}}"
                for name in ("fps", "target-fps", "slow", "input-fps", "start", "end", "seconds",
                             "max-hold", "threshold", "tolerance", "scene-threshold", "shutter",
                             "still", "width", "height", "quality")
            ),
        ],
    )  # fmt: skip
    def test_5000_digits_are_one_short_line(self, run_vfi: RunVfi, words: str) -> None:
        ended = run_vfi(*words.format("9" * 5000).split())
        assert ended.code == 2
        assert len(ended.complaint) < 300

    @pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
    @pytest.mark.parametrize(
        "words",
        ["video a --still", "video a --scene-threshold", "video a --tolerance",
         "flow a b --largest", "splat --alpha", "benchmark vimeo90k --data a --select-hardest"],
    )  # fmt: skip
    def test_what_is_not_finite_is_no_number(self, run_vfi: RunVfi, words: str, value: str) -> None:
        ended = run_vfi(*words.split(), value)
        assert ended.code == 2
        assert words.split()[-1] in ended.complaint


class TestStreamsThatCannotBeWritten:
    """What cannot be said does not undo what is done."""

    @pytest.fixture
    def call(self, tmp_path: Path) -> Any:
        write_image(tmp_path / "a.tif", texture(0))
        write_image(tmp_path / "b.tif", texture(2))

        def run(words: str, streams: str) -> subprocess.CompletedProcess[str]:
            line = f"{sys.executable} -m vfi {words} {streams}"
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            return subprocess.run(
                line, shell=True, cwd=tmp_path, capture_output=True, text=True, env=environment
            )

        return run

    @pytest.mark.parametrize(
        "streams", [">/dev/full", "2>/dev/full", "2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"]
    )
    def test_a_whole_result_is_a_success(self, call: Any, tmp_path: Path, streams: str) -> None:
        words = "interpolate a.tif b.tif -m direct --device cpu -o o.png"
        ended = call(words, streams)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert read_image(tmp_path / "o.png").pixels.shape == texture(0).shape

    def test_text_that_is_the_result_is_a_failure_if_lost(self, call: Any) -> None:
        ended = call("weights list", ">/dev/full")
        assert ended.returncode == 1
        assert ended.stderr == "Error: No space left on device\n"

    @pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
    def test_a_failure_keeps_its_code(self, call: Any, streams: str) -> None:
        assert call("interpolate a.tif none.tif", streams).returncode == 1
