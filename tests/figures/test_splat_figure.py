"""The figure that compares splatting modes, on a square that passes over a background."""

from pathlib import Path

import av
import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.figures import splat_figure
from vfi.media.pictures.images import read_image


@pytest.fixture
def passing():
    """A white square moves 16 to the right, over a grey background that stands still."""
    one, two = np.full((2, 48, 64, 3), 64, np.uint8)
    one[16:32, 8:24] = 255
    two[16:32, 24:40] = 255
    flow = np.zeros((48, 64, 2), np.float32)
    flow[16:32, 8:24, 0] = 16
    return splat_figure.photometric(one, two, flow)


def test_the_error_is_large_where_the_background_is_covered(passing) -> None:
    assert passing.error[16:32, 24:40] == pytest.approx((255 - 64) / 255, abs=1e-6)
    assert passing.error[16:32, 8:24] == pytest.approx(0, abs=1e-6)
    assert passing.error[:16] == pytest.approx(0, abs=1e-6)


def test_each_mode_does_what_the_paper_says(passing) -> None:
    """Where the square has moved on to the background, at t = 1."""
    at = {mode: passing.at(1.0, mode, 20.0)[20, 28, 0] for mode in splat_figure.MODES}
    assert at["sum"] == 255  # 255 + 64, cut off
    assert at["avg"] in (159, 160)  # (255 + 64) / 2, in the middle
    weight = 64 / 255  # 1 − error
    assert at["linear"] == pytest.approx((255 + weight * 64) / (1 + weight), abs=1)
    assert at["soft"] == 255  # the square alone
    for mode in splat_figure.MODES:
        assert passing.at(1.0, mode, 20.0)[20, 12, 0] == 0  # what it has left is empty
        assert np.array_equal(passing.at(0.0, mode, 20.0), passing.picture)


def test_alpha_decides_how_clearly(passing) -> None:
    values = [int(passing.at(1.0, "soft", alpha)[20, 28, 0]) for alpha in (0, 1, 5, 20)]
    assert values[0] in (159, 160)  # (255 + 64) / 2, in the middle
    assert values == sorted(values)
    assert values[-1] == 255


def test_without_a_second_picture_the_faster_is_in_front(passing) -> None:
    moved = splat_figure.by_motion(passing.picture, passing.flow)
    assert moved.at(1.0, "soft", 20.0)[20, 28, 0] == 255


def test_the_grid_has_a_cell_for_each_mode_and_time(passing, tmp_path: Path) -> None:
    path = tmp_path / "figure.png"
    splat_figure.write_figure(path, passing, ("avg", "soft"), steps=3, cell_width=64)
    picture = read_image(path).pixels
    height, width = picture.shape[:2]
    assert height == splat_figure.HEADER + 2 * (48 + splat_figure.GAP)
    assert width == 3 * splat_figure.HEADER + 3 * (64 + splat_figure.GAP)
    top = splat_figure.HEADER + 48 + splat_figure.GAP
    left = 3 * splat_figure.HEADER + 2 * (64 + splat_figure.GAP)
    cell = picture[top : top + 48, left : left + 64]
    assert np.array_equal(cell, passing.at(1.0, "soft", 20.0))


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_over_time_as_gif_or_video(passing, tmp_path: Path, suffix) -> None:
    path = tmp_path / f"figure{suffix}"
    splat_figure.write_figure(path, passing, steps=5, cell_width=64)
    with av.open(path) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    first = next(splat_figure.frame_figures(passing, splat_figure.MODES, 5, 20.0, 64))
    assert frames[0].shape == first.shape
    assert np.abs(frames[0].astype(int) - first).mean() < 8


def test_wrong_calls(passing) -> None:
    with pytest.raises(UsageError, match="there are: sum, avg, linear, soft"):
        passing.at(0.5, "max", 1.0)
    with pytest.raises(UsageError, match="at least 2"):
        splat_figure.times(1)
    with pytest.raises(InputError, match="the flow is 64x48, the picture 64x47"):
        splat_figure.by_motion(passing.picture[1:], passing.flow)
