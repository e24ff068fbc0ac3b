"""A validation set of one's own: shots of videos that people name."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.helpers.clips import make_clip
from vfi import InputError, open_video
from vfi.evaluation.datasets.clips import validation_clips

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks/make_validation.py"


def test_shots_are_cut_and_can_be_measured_on(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 20, rate=Fraction(25))
    out = tmp_path / "set"
    call = [sys.executable, str(SCRIPT), f"{clip}@0.2", "--out", str(out), "--frames", "9"]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    made = Path(done.stdout.strip())
    with open_video(made) as written, open_video(clip) as source:
        shot = [frame.pixels for frame in source][5:14]  # 0.2 s at 25 a second
        assert [frame.time for frame in written] == [Fraction(k, 25) for k in range(9)]
    with open_video(made) as written:
        for frame, pixels in zip(written, shot, strict=True):
            assert abs(frame.pixels.astype(int) - pixels).max() <= 1  # RGB and back
    assert len(validation_clips(out).names) == 2  # from frames 0 and 6


def test_a_set_that_is_not_there_says_where_such_come_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"make_validation\.py makes a like set"):
        validation_clips(tmp_path / "validation")
