"""A writer of arrays takes its rate as a whole number, a fraction or a decimal one."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import vfi


@pytest.mark.parametrize("rate", [48, 12.5, Fraction(24000, 1001)])
def test_any_number_is_a_rate(tmp_path: Path, rate: Fraction | float) -> None:
    path = tmp_path / "a.mkv"
    with vfi.VideoWriter(path, 64, 48, rate, codec="ffv1") as out:
        for number in range(3):
            out.write(np.zeros((48, 64, 3), np.uint8), number / Fraction(rate))
    with vfi.open_video(path) as video:
        assert len(list(video)) == 3
        assert abs(video.info.frame_rate - Fraction(rate)) < Fraction(rate) / 1000
