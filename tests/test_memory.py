"""Memory that runs out is said to have run out, and nothing else is blamed for it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vfi
from tests.helpers.clips import make_clip
from vfi.media.pictures.images import write_image
from vfi.memory import NO_THREADS, SHORT, Shortage, blame_shortage, need, shortage

resource = pytest.importorskip("resource")

# In a process of its own for each room: whoever has had memory once, has it still.
UNDER_LIMITS = """
import os, resource, sys
import cv2, numpy
from vfi.media.pictures.images import read_image
from vfi.media.video.reader import VideoReader
from vfi.memory import shortage

def read(path):
    if path.endswith(".mkv"):
        with VideoReader(path) as video:
            return sum(1 for _ in video)
    return read_image(path)

def outcome(path, room):
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + (room << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, -1))
    try:
        read(path)
        said = "read"
    except BaseException as error:
        kind = "short" if shortage(error) else "wrong"
        said = f"{kind} {type(error).__name__} {' '.join(str(error).split())}"
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    return said

for path in sys.argv[1:]:
    for room in (0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 512):
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            print(room, outcome(path, room), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux counts addresses")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".exr", ".mkv"])
def test_a_sound_file_is_never_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    pixels = np.random.default_rng(1).integers(0, 256, (700, 1000, 3), np.uint8)
    if suffix == ".mkv":
        make_clip(path, pictures=[pixels] * 3)
    else:
        write_image(path, pixels)
    call = [sys.executable, "-c", UNDER_LIMITS, str(path)]
    ended = subprocess.run(call, capture_output=True, text=True, timeout=120, check=True)
    said = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    assert len(said) == 15, ended
    assert said["512"] == "read"
    assert [word for word in said.values() if not word.startswith(("read", "short "))] == []
    assert said["0"].startswith("short "), "without room nothing can be read"


def test_no_room_for_the_libraries_is_one_line(tmp_path: Path) -> None:
    for name in "ab":
        write_image(tmp_path / f"{name}.png", np.zeros((48, 64, 3), np.uint8))
    call = [sys.executable, "-m", "vfi", "interpolate", "a.png", "b.png"]
    ended = subprocess.run(
        call,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20)),
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: memory is limited to 600 MiB (ulimit -v), and ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), SHORT),
        (OSError(12, "Cannot allocate memory"), SHORT),
        (RuntimeError("could not create a primitive"), SHORT),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), SHORT),
        (RuntimeError("can't start new thread"), NO_THREADS),
        (Shortage("no addresses"), "no addresses"),
        (ValueError("a number"), None),
        (BlockingIOError(11, "a pipe is full"), None),
        (vfi.InputError("the tool says: out of memory"), None),
    ],
)
def test_what_ran_out(error: Exception, said: str | None) -> None:
    assert shortage(error) == said


def test_what_an_error_comes_from_counts() -> None:
    damaged, not_found = vfi.InputError("a.png is damaged"), OSError("could not be found")
    damaged.__cause__ = MemoryError()
    not_found.__context__ = OSError("libllvmlite.so: failed to map segment from shared object")
    assert shortage(damaged) == shortage(not_found) == SHORT
    not_found.__suppress_context__ = True  # raise … from None
    assert shortage(not_found) is None


def test_of_a_decoder_no_more_threads_are_a_shortage() -> None:
    with pytest.raises(Shortage, match="no more threads"):
        blame_shortage(BlockingIOError(11, "Resource temporarily unavailable"))
    blame_shortage(ValueError("invalid data"))


def test_asking_for_memory() -> None:
    need(0)
    need(1 << 20)
    for count in (1 << 60, 1 << 70):
        with pytest.raises(Shortage, match="memory ran out"):
            need(count)
