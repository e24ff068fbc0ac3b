"""Where it matters: what moves far, what is thin, what lies near a cut."""

from fractions import Fraction as F
from typing import Any

import cv2
import numpy as np
import pytest

from tests.helpers.textures import texture
from vfi.timeline.retiming import Multiply
from vfi.timeline.schedule import Schedule, plan
from vfi.viewing.moments import (
    ActivityMeter,
    activity,
    choose_moments,
    thin_things,
)


def metered(frames: list[np.ndarray]) -> ActivityMeter:
    meter = ActivityMeter()
    for number, frame in enumerate(frames):
        meter.add(number, frame)
    return meter


def schedule_of(count: int, factor: int = 2, **wishes: Any) -> Schedule:
    times = [F(number, 10) for number in range(count)]
    return plan(times, F(count, 10), Multiply(factor), **wishes)


def pans(*steps: int, width: int = 128) -> list[np.ndarray]:
    """A texture that moves so many pixels from frame to frame."""
    return [texture(int(place), 72, width) for place in np.cumsum([0, *steps])]


@pytest.mark.parametrize("step", [0, 2, 5])
def test_motion_is_measured_in_pixels_of_the_frame(step: int) -> None:
    found = metered(pans(step)).between(0, 1)
    assert found.motion == pytest.approx(step, abs=0.5)
    larger = [cv2.resize(f, None, fx=8, fy=8) for f in pans(step)]  # measured at half this size
    assert metered(larger).between(0, 1).motion == pytest.approx(8 * step, abs=2.5)


def test_what_repeats_a_drawing_belongs_to_the_pair_around_it() -> None:
    meter = metered(pans(0, 5, 0))
    assert meter.between(0, 3).motion == pytest.approx(5, abs=0.5)
    assert meter.between(2, 3).motion == pytest.approx(0, abs=0.5)


def test_frame_0_begins_anew() -> None:
    meter = metered(pans(5))
    for number, frame in enumerate(pans(0)):
        meter.add(number, frame)
    assert meter.between(0, 1).motion == pytest.approx(0, abs=0.5)


def test_frames_too_small_to_measure_do_not_move() -> None:
    frames = [np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)]
    assert metered(frames).between(0, 1).motion == 0


def test_a_line_is_thin_and_a_square_is_not() -> None:
    picture = np.full((64, 64), 50, np.uint8)
    picture[10:30, 10:30] = 200  # a square of 20
    picture[40:42, 5:60] = 200  # a line of 2
    picture[50:60, 50:52] = 10  # a dark one
    found = thin_things(picture)
    assert not found[5:35, 5:35].any()
    assert (found[40:42, 5:60] == 150).all()
    assert (found[50:60, 50:52] == 40).all()


def test_thin_things_count_where_they_move() -> None:
    picture = np.full((64, 128), 50, np.uint8)
    picture[20:22] = 200
    moves = np.zeros((64, 128), np.float32)
    assert activity(picture, moves, 1).thin == 0
    moves[:, 90:100] = 4
    found = activity(picture, moves, 1)
    assert found.thin == pytest.approx(2 * 10 * 150 * 4 / (64 * 128))
    x, y = found.thinnest
    assert 90 / 128 < x < 100 / 128
    assert abs(y * 64 - 21) < 8  # within what it is the mean over


def test_the_largest_motion_is_chosen() -> None:
    frames = pans(1, 1, 6, 1, 1, 1, 1, 4, 1)
    moments = choose_moments(schedule_of(10), metered(frames), each=2)
    fast = [m.content.one for m in moments if m.reason == "largest motion"]
    thin = [m.content.one for m in moments if m.reason == "thin things move"]
    assert set(fast) | set(thin) >= {2, 7}
    pairs = [(m.content.one, m.content.two) for m in moments]
    assert pairs == sorted(set(pairs))


def test_near_a_cut_the_livelier_side_is_chosen() -> None:
    frames = [*pans(1, 1, 1), *(255 - frame for frame in pans(4, 1, 1))]
    moments = choose_moments(schedule_of(8, cuts=[4]), metered(frames))
    assert [m.content.one for m in moments if m.reason == "near a cut"] == [4]
    assert all((m.content.one, m.content.two) != (3, 4) for m in moments)


def test_of_a_part_the_numbers_are_those_of_the_file() -> None:
    frames = [*pans(1, 1, 1), *(255 - frame for frame in pans(4, 1, 1))]
    schedule = schedule_of(8, cuts=[4], start=F(1, 5))
    found = choose_moments(schedule, metered(frames))
    assert [m.content.one for m in found if m.reason == "near a cut"] == [4]


def test_the_middle_stands_for_a_pair() -> None:
    found = choose_moments(schedule_of(2, 5), metered(pans(3)))
    assert {moment.content.t for moment in found} <= {F(2, 5), F(3, 5)}


def test_where_nothing_moves_there_is_nothing_to_see() -> None:
    assert choose_moments(schedule_of(5), metered(pans(0, 0, 0, 0))) == []
    assert choose_moments(schedule_of(5, 1), metered(pans(1, 1, 1, 1))) == []


def test_moments_of_a_kind_lie_apart() -> None:
    slow = [1, -1] * 5
    frames = pans(*slow, 6, 6, *slow, 4, *slow, *[1] * 6)
    found = choose_moments(schedule_of(40), metered(frames), each=2)
    for reason in ("largest motion", "thin things move"):
        first, second = (m.content.one for m in found if m.reason == reason)
        assert second - first >= 10  # a second
