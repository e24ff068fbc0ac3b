from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.errors import InputError, UsageError
from vfi.timeline.times import (
    ConstantTimes,
    check_intervals,
    frame_on_screen,
    frames_in_part,
    repair_times,
    ticked,
)

F = Fraction


def test_constant_times_are_a_sequence_without_memory() -> None:
    times = ConstantTimes(F(1), F(24000, 1001), 10**9)
    assert len(times) == 10**9
    assert times[24000] == 1002
    assert times[-1] == times[10**9 - 1]
    assert list(times[1:4]) == [times[1], times[2], times[3]]
    with pytest.raises(IndexError):
        times[10**9]


@given(st.integers(1, 50), st.fractions(-1, 60, max_denominator=1001))
def test_constant_times_and_lists_agree_on_the_frame_on_screen(count, time) -> None:
    times = ConstantTimes(F(1, 7), F(30000, 1001), count)
    assert frame_on_screen(times, time) == frame_on_screen(list(times), time)


@given(
    st.lists(st.fractions(0, 9, max_denominator=90), min_size=1, max_size=9, unique=True),
    st.fractions(-1, 10, max_denominator=90),
)
def test_times_in_ticks_are_the_same_times(listed, time) -> None:
    listed.sort()
    times = ticked(listed)
    assert times == listed
    assert list(times) == listed
    assert times[1:] == listed[1:]
    assert times != [*listed[:-1], F(10)]
    assert frame_on_screen(times, time) == max(0, bisect_right(listed, time) - 1)
    parts = 7 * times.unit.denominator
    assert [F(number, parts) for number in times.in_parts(parts)] == listed


def test_constant_times_in_ticks_take_no_memory() -> None:
    times = ConstantTimes(F(1, 7), F(24000, 1001), 10**9)
    ticks = ticked(times)
    assert ticks[10**9 - 1] == times[-1]
    assert isinstance(ticks.in_parts(14 * ticks.unit.denominator), range)


def test_repeated_stamps_are_spread_and_nothing_else_moves() -> None:
    times, end = repair_times([F(0), F(1), F(1), F(1), F(2)], F(3))
    assert list(times) == [0, 1, F(4, 3), F(5, 3), 2]
    assert end == 3


def test_repeated_stamps_at_the_end_and_an_end_that_is_missing() -> None:
    times, end = repair_times([F(0), F(1), F(2), F(2)], F(2))
    assert end == 3
    assert list(times) == [0, 1, 2, F(5, 2)]


def test_all_stamps_equal() -> None:
    times, end = repair_times([F(5), F(5)], F(5))
    assert times[0] == 5
    assert times[0] < times[1] < end


def test_no_frames_are_refused() -> None:
    with pytest.raises(InputError, match="no frames"):
        repair_times([], F(0))


def test_times_that_go_back_or_are_missing_lie_evenly_between_those_that_rise() -> None:
    """The longest row that rises keeps its times; of several, the first."""
    assert list(repair_times([F(0), F(1), F(0), F(3)], F(4))[0]) == [0, 1, 2, 3]
    assert list(repair_times([F(0), None, F(2), F(9), F(3), F(4)], F(5))[0]) == [
        *(0, 1, 2, F(5, 2), 3, 4)
    ]
    times, end = repair_times([F(0), F(2), F(1)], F(3))
    assert list(times) == [0, 2, F(5, 2)]
    assert end == 3


@pytest.mark.parametrize(
    ("times", "end", "message"),
    [
        ([F(i, 10**9) for i in range(9)], F(9, 10**9), "frames a second, above 100000"),
        ([F(0), F(10**9)], F(2 * 10**9), "longer than a day"),
    ],
)
def test_rates_that_no_video_has_are_refused_before_work(times, end, message) -> None:
    with pytest.raises(InputError, match=message):
        check_intervals("a.mp4", times, end)


NTSC = ConstantTimes(F(0), F(24000, 1001), 240)
NTSC_END = 240 * F(1001, 24000)


def test_a_part_moves_to_the_nearest_frame_boundaries() -> None:
    part = frames_in_part(NTSC, NTSC_END, start=F(1), stop=F(2))
    assert part == range(24, 48)  # 1.001 s and 2.002 s are nearest
    assert frames_in_part(NTSC, NTSC_END, seconds=F(1)) == range(0, 24)


def test_a_range_shorter_than_half_a_frame_is_one_frame_not_everything() -> None:
    assert frames_in_part(NTSC, NTSC_END, start=F(1), seconds=F(1, 1000)) == range(24, 25)
    assert frames_in_part(NTSC, NTSC_END, start=NTSC_END - F(1, 10**6)) == range(239, 240)


def test_a_stop_behind_the_end_means_the_end() -> None:
    assert frames_in_part(NTSC, NTSC_END, stop=F(1000)) == range(240)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": F(-1)}, "start -1 s"),
        ({"start": F(11)}, "behind the video"),
        ({"start": F(2), "stop": F(2)}, "not after"),
        ({"start": F(2), "stop": F(1)}, "not after"),
        ({"seconds": F(0)}, "empty"),
        ({"seconds": F(-1)}, "empty"),
        ({"stop": F(1), "seconds": F(1)}, "not both"),
        ({"stop": F(0)}, "not after"),
    ],
)
def test_impossible_parts_are_refused(options, message) -> None:
    with pytest.raises(UsageError, match=message):
        frames_in_part(NTSC, NTSC_END, **options)


@st.composite
def rising_times(draw):
    steps = draw(
        st.lists(st.fractions(F(1, 240), 2, max_denominator=1000), min_size=1, max_size=25)
    )
    times = [draw(st.fractions(0, 1, max_denominator=100))]
    for step in steps:
        times.append(times[-1] + step)
    return times[:-1], times[-1]


@settings(max_examples=60)
@given(rising_times(), st.data())
def test_neighbouring_parts_join_without_gap_or_overlap(video, data) -> None:
    times, end = video
    limits = sorted(data.draw(st.lists(st.fractions(times[0], end), min_size=1, max_size=4)))
    limits = [limit for limit in limits if times[0] < limit < end]
    borders = [None, *limits, None]
    parts = [
        frames_in_part(times, end, start, stop)
        for start, stop in pairwise(borders)
        if start is None or stop is None or start < stop
    ]
    for earlier, later in pairwise(parts):
        alone = len(earlier) == 1 or len(later) == 1  # a part is never empty
        assert earlier.stop == later.start or alone
    assert parts[0].start == 0
    assert parts[-1].stop == len(times)
