"""20 GB are planned, or refused, by what says what is in them: they are never read whole."""

import os
import struct
from fractions import Fraction as F
from pathlib import Path

import pytest

from tests.helpers.clips import make_clip
from vfi.errors import InputError
from vfi.job import Job
from vfi.media.suffixes import VIDEO_SUFFIXES
from vfi.media.video.reader import VideoReader
from vfi.planning import TimelineOptions

GB = 10**9
MOST = 64 << 20  # bytes that may be read


def bytes_read() -> int:
    """How many this process has read so far; Linux tells."""
    try:
        told = Path("/proc/self/io").read_text()
    except OSError:
        pytest.skip("this system does not tell how much was read")
    return int(told.split()[1])


@pytest.mark.parametrize("suffix", sorted(VIDEO_SUFFIXES))
def test_a_file_that_was_only_laid_out_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"download{suffix}"
    path.touch()
    os.truncate(path, 20 * GB)  # a hole: it takes no room
    before = bytes_read()
    with pytest.raises(InputError, match="begins with nothing but zeros"):
        VideoReader(path)
    assert bytes_read() - before < MOST


def test_what_is_only_called_a_gif_is_not_searched(tmp_path: Path) -> None:
    path = tmp_path / "no.gif"
    path.write_bytes(b"something else")
    os.truncate(path, 20 * GB)
    before = bytes_read()
    with pytest.raises(InputError, match="no video that vfi can read"):
        VideoReader(path)
    assert bytes_read() - before < MOST


def test_a_large_video_is_planned_by_what_is_said_of_its_frames(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "large.mp4", 8)
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(struct.pack(">I4sQ", 1, b"free", 20 * GB))  # ISO 14496-12, 8.1.2
    os.truncate(path, end + 20 * GB)
    before = bytes_read()
    job = Job(path, tmp_path / "made.mp4", TimelineOptions(fps=F(2)))
    job.check()
    assert len(job.plan()) == 16
    assert bytes_read() - before < MOST
