"""A run that is stopped from outside, whichever way, leaves nothing half-written."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cli import names_in
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from vfi.commands.signals import Stopped, stopping
from vfi.stopping import listening, look

SAID = {
    signal.SIGINT: (130, "Interrupted; nothing is left half-written."),
    signal.SIGTERM: (143, "Terminated; nothing is left half-written."),
    signal.SIGHUP: (129, "Hung up; nothing is left half-written."),
}


def start(*words: object, ignored: tuple[signal.Signals, ...] = ()) -> "subprocess.Popen[str]":
    def signals() -> None:
        # A shell that starts tests in the background has them ignore SIGINT.
        for number in SAID:
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, "-m", "vfi", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=signals,
    )


def stop(
    process: "subprocess.Popen[str]", folder: Path, *numbers: signal.Signals, after: int = 0
) -> tuple[str, list[str]]:
    """Send the signals while it writes into the folder; its stdout and the lines of its stderr.

    after: of how many files and folders.
    """
    try:
        deadline = time.monotonic() + 60
        while len(list(folder.rglob("*"))) <= after:  # a temporary file: it is writing
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        for number in numbers:
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return out, [line for line in err.splitlines() if line.strip()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A video that keeps `--fps 8` busy for long enough."""
    (tmp_path / "in").mkdir()
    pictures = [texture(2 * number) for number in range(8)] * 25
    return make_clip(
        tmp_path / "in" / "long.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (signal.SIGINT, "out.mkv"),
        (signal.SIGTERM, "out.mkv"),
        (signal.SIGHUP, "out.mkv"),
    ],
)
def test_nothing_is_left_half_written(
    source: Path, folder: Path, number: signal.Signals, name: str
) -> None:
    process = start("video", source, "--fps", "8", "--model", "direct", "--out", folder / name)
    out, lines = stop(process, folder, number)
    assert (process.returncode, lines) == (SAID[number][0], [SAID[number][1]])
    assert out == ""
    assert os.listdir(folder) == []


def test_pictures_that_are_there_are_kept_and_the_call_that_goes_on_is_said(
    source: Path, folder: Path
) -> None:
    words = ["video", source, "--fps", "8", "--model", "direct", "--out", f"{folder}/pictures"]
    process = start(*words)
    _, lines = stop(process, folder, signal.SIGINT, after=4)
    there = sum(name.endswith(".png") for name in names_in(folder))
    assert there > 0
    call = shlex.join(["vfi", *map(str, words), "--resume"])
    kept = f"{there} of 1600 frames of {folder / 'pictures'} are kept"
    assert (process.returncode, lines) == (130, [f"Interrupted; {kept}; this goes on: {call}"])


def test_a_batch_stops_too_and_does_not_go_on_with_the_next(source: Path, folder: Path) -> None:
    (source.parent / "second.mkv").write_bytes(source.read_bytes())
    process = start("batch", source.parent, "--out", folder, "--fps", "8", "--model", "direct")
    out, lines = stop(process, folder, signal.SIGTERM, signal.SIGHUP)  # as service managers do
    # Of signals that come at once Python answers the lowest number first.
    ended = (process.returncode, "".join(lines))
    assert ended in (SAID[signal.SIGTERM], SAID[signal.SIGHUP])
    assert out == ""
    assert names_in(folder) == []


def test_a_hangup_that_is_ignored_stays_ignored(source: Path, folder: Path) -> None:
    """As under nohup: it goes on, until it is really stopped."""
    words = ("video", source, "--fps", "8", "--model", "direct", "--out", folder / "out.mkv")
    process = start(*words, ignored=(signal.SIGHUP,))
    _, lines = stop(process, folder, signal.SIGHUP, signal.SIGTERM)
    assert (process.returncode, lines) == (143, [SAID[signal.SIGTERM][1]])


def test_a_repeated_signal_does_not_break_off_the_cleaning_up() -> None:
    before = signal.getsignal(signal.SIGTERM)
    cleaned = []

    def stopped_twice() -> None:
        with stopping():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            finally:
                os.kill(os.getpid(), signal.SIGHUP)
                cleaned.append(True)

    with pytest.raises(Stopped):
        stopped_twice()
    assert cleaned
    assert signal.getsignal(signal.SIGTERM) is before


LOST = """
import signal, sys, time
from vfi.commands.signals import stopping

class Dying:
    def __del__(self):
        signal.raise_signal(int(sys.argv[1]))

try:
    with stopping():
        dying = Dying()
        del dying
        time.sleep(20)
    print("it went on")
except BaseException as stopped:
    print(type(stopped).__name__)
"""


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "KeyboardInterrupt"), (signal.SIGTERM, "Stopped")]
)
def test_the_word_to_stop_is_not_lost_in_a_destructor(number: signal.Signals, name: str) -> None:
    """Python ignores what is raised there."""
    done = subprocess.run(
        [sys.executable, "-c", LOST, str(int(number))],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert (done.stdout, done.stderr) == (f"{name}\n", "")


@pytest.fixture
def heeded() -> Iterator[None]:
    """SIGINT as at a terminal: a shell that starts tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_a_second_interrupt_does_not_wait_for_the_frame() -> None:
    reached = []

    def interrupted() -> None:
        with stopping(), listening():
            signal.raise_signal(signal.SIGINT)
            reached.append("asked")  # the first one only asks
            signal.raise_signal(signal.SIGINT)
            reached.append("went on")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert reached == ["asked"]
    look()  # nothing stays asked after the block


@pytest.mark.parametrize("moment", [0.05, 0.4])
def test_a_second_interrupt_does_not_wait_for_frames_that_are_being_made(
    tmp_path: Path, folder: Path, moment: float
) -> None:
    pictures = [texture(2 * number, 1200, 1600) for number in range(3)]
    source = make_clip(tmp_path / "large.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0")
    process = start("video", source, "--fps", "8", "--model", "direct", "--out", folder / "o.mkv")
    deadline = time.monotonic() + 60
    while not any(folder.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    lines = [line for line in err.splitlines() if line.strip()]
    assert (process.returncode, lines) == (130, [SAID[signal.SIGINT][1]])
    assert os.listdir(folder) == []
