"""Two videos on one clock: every frame is shown from its own moment on, whatever the rates."""

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.clips import make_clip
from vfi.errors import UsageError
from vfi.media.source import open_video
from vfi.timeline.times import ConstantTimes
from vfi.viewing.lined_up import LinedUp, moments_of

NEAR = F(1, 500)


def grey(count: int) -> list[np.ndarray]:
    """Pictures that say by their brightness which they are."""
    return [np.full((48, 64, 3), 10 * number, np.uint8) for number in range(count)]


def lined_up(folder: Path, rates: tuple[F, F], counts: tuple[int, int], **part: F) -> list:
    paths = []
    for number, (rate, count) in enumerate(zip(rates, counts, strict=True)):
        path = folder / f"{number}.mkv"
        paths.append(
            make_clip(path, rate=rate, pictures=grey(count), codec="ffv1", pixel_format="bgr0")
        )
    with open_video(paths[0]) as one, open_video(paths[1]) as two:
        shown = LinedUp(one, two, **part)
        return [shown, *shown]


def test_24_and_60_a_second_have_72_moments() -> None:
    one, two = ConstantTimes(F(0), F(24), 24), ConstantTimes(F(0), F(60), 60)
    moments = moments_of(one, two, NEAR)
    assert len(moments) == 24 + 60 - 12  # of a second, twelve are common
    assert {time for time, _ in moments} == {*one, *two}


def test_clocks_that_round_differently_do_not_tear() -> None:
    exact = [F(number * 1001, 24000) for number in range(5)]
    rounded = [F(round(time * 1000), 1000) for time in exact]
    assert [time for time, _ in moments_of(exact, rounded, NEAR)] == exact
    assert [time for time, _ in moments_of(rounded, exact, NEAR)] == rounded
    assert all(late >= time for time, late in moments_of(exact, rounded, NEAR))


rows = st.lists(st.integers(0, 400), min_size=1, max_size=20, unique=True).map(
    lambda ticks: [F(tick - min(ticks), 100) for tick in sorted(ticks)]
)


@given(rows, rows)
def test_every_frame_begins_a_moment(one: list[F], two: list[F]) -> None:
    moments = moments_of(one, two, NEAR)
    assert [time for time, _ in moments] == sorted({*one, *two})


@pytest.mark.parametrize(
    ("rates", "rate"),
    [((F(25), F(50)), F(50)), ((F(24), F(60)), None), ((F(30000, 1001),) * 2, F(30000, 1001))],
)
def test_the_rate_where_there_is_one(tmp_path: Path, rates: tuple[F, F], rate: F | None) -> None:
    counts = (5, round(5 * rates[1] / rates[0]))
    assert lined_up(tmp_path, rates, counts)[0].rate == rate


def test_what_is_shown_is_the_last_frame_that_has_begun(tmp_path: Path) -> None:
    shown, *pairs = lined_up(tmp_path, (F(24), F(60)), (6, 15))
    for both in pairs:
        numbers = int(both.time * 24), int(both.time * 60)
        assert (both.one.number, both.two.number) == numbers
        assert both.one.pixels.mean() == 10 * numbers[0]
        assert both.two.pixels.mean() == 10 * numbers[1]
    assert shown.end == F(1, 4)


def test_it_ends_where_the_shorter_ends(tmp_path: Path) -> None:
    shown, *pairs = lined_up(tmp_path, (F(25), F(25)), (10, 4))
    assert (shown.end, len(pairs)) == (F(4, 25), 4)


def test_a_part_begins_with_what_is_shown_there(tmp_path: Path) -> None:
    part = {"start": F(1, 20), "stop": F(3, 20)}
    shown, *pairs = lined_up(tmp_path, (F(25), F(25)), (10, 10), **part)
    assert shown.times == [0, F(3, 100), F(7, 100)]
    assert [both.one.number for both in pairs] == [1, 2, 3]
    assert [both.time for both in pairs] == [F(1, 20), F(2, 25), F(3, 25)]


@pytest.mark.parametrize("part", [{"start": F(2)}, {"start": F(1, 5), "stop": F(1, 10)}])
def test_an_empty_part_is_refused(tmp_path: Path, part: dict[str, F]) -> None:
    with pytest.raises(UsageError):
        lined_up(tmp_path, (F(25), F(25)), (10, 10), **part)
