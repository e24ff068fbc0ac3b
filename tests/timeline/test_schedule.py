"""What a schedule says, case by case; test_schedule_laws.py has the laws for any input."""

import json
import tracemalloc
from fractions import Fraction
from itertools import pairwise

import pytest

from vfi.errors import InputError, UsageError
from vfi.timeline.schedule import (
    Blend,
    Hold,
    Interpolated,
    Multiply,
    Slow,
    SourceFrame,
    TargetRate,
    plan,
    to_json_line,
)
from vfi.timeline.times import ConstantTimes

F = Fraction
FILM = F(24000, 1001)


def constant(count: int, rate: F | int = 24) -> tuple[list[F], F]:
    return [i / F(rate) for i in range(count)], count / F(rate)


def contents(schedule):
    return [frame.content for frame in schedule]


@pytest.mark.parametrize("factor", [2, 3, 4, 7])
def test_n_times_gives_n_frames_for_each_and_holds_the_last(factor) -> None:
    schedule = plan(*constant(5), Multiply(factor))
    assert len(schedule) == 5 * factor
    assert [schedule[i * factor].content for i in range(5)] == [SourceFrame(i) for i in range(5)]
    assert schedule[1].content == Interpolated(0, 1, F(1, factor))
    assert contents(schedule)[-factor + 1 :] == [Hold(4)] * (factor - 1)
    assert schedule.duration == F(5, 24)
    assert schedule.frame_rate == 24 * factor


def test_rational_factor_rounds_the_count_half_up() -> None:
    schedule = plan(*constant(5), Multiply(F(5, 2)))
    assert len(schedule) == 13  # 12.5
    assert schedule[5].content == SourceFrame(2)
    assert schedule[1].content == Interpolated(0, 1, F(2, 5))
    assert schedule.frame_rate == 60
    assert abs(schedule.duration - F(5, 24)) <= F(1, 2) / schedule.frame_rate


def test_one_frame_is_held_and_two_frames_are_joined() -> None:
    assert contents(plan(*constant(1), Multiply(3))) == [SourceFrame(0), Hold(0), Hold(0)]
    assert contents(plan(*constant(2), Multiply(2))) == [
        SourceFrame(0),
        Interpolated(0, 1, F(1, 2)),
        SourceFrame(1),
        Hold(1),
    ]
    assert contents(plan(*constant(1), Multiply(2), loop=True)) == [SourceFrame(0), Hold(0)]


def test_ten_hours_of_film_at_5994_do_not_drift() -> None:
    count = 10 * 3600 * 24
    times = ConstantTimes(F(0), FILM, count)
    schedule = plan(times, count / FILM, TargetRate(F(60000, 1001)))
    assert len(schedule) == count * 5 // 2
    assert schedule.duration == count / FILM
    last_source = schedule[(count - 2) // 2 * 5]
    assert last_source.content == SourceFrame(count - 2)
    assert last_source.time == (count - 2) / FILM
    assert schedule[-1].time == (len(schedule) - 1) * F(1001, 60000)
    assert schedule[777_777].content == Interpolated(311_110, 311_111, F(4, 5))


def test_a_plan_of_ten_hours_needs_no_memory() -> None:
    count = 10 * 3600 * 24
    tracemalloc.start()
    schedule = plan(ConstantTimes(F(0), FILM, count), count / FILM, Multiply(5), cuts=[7, 900])
    for frame, _ in zip(schedule, range(5000), strict=False):
        assert frame.time == frame.index / (5 * FILM)
    assert schedule[len(schedule) // 2].content == SourceFrame(count // 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_target_rate_is_constant_from_the_first_frame_on() -> None:
    schedule = plan(*constant(24), TargetRate(60))
    assert len(schedule) == 60
    assert schedule.is_constant_rate
    assert all(frame.time == F(frame.index, 60) for frame in schedule)
    assert schedule[5].content == SourceFrame(2)
    assert schedule[1].content == Interpolated(0, 1, F(2, 5))


def test_target_rate_below_the_source_drops_frames_in_time() -> None:
    schedule = plan(*constant(60, 60), TargetRate(24))
    assert len(schedule) == 24
    assert schedule[2].content == SourceFrame(5)
    assert schedule[1].content == Interpolated(2, 3, F(1, 2))


def test_slow_motion_keeps_the_rate_and_lasts_longer() -> None:
    schedule = plan(*constant(10), Slow(4))
    assert len(schedule) == 40
    assert schedule.frame_rate == 24
    assert schedule.duration == 4 * F(10, 24)
    assert schedule[4].content == SourceFrame(1)
    assert schedule[4].time == F(4, 24)
    assert schedule.stretch == 4
    assert schedule.source_part == (0, None)  # the audio may go on


def test_slow_motion_to_another_rate() -> None:
    schedule = plan(*constant(24), Slow(2, TargetRate(60)))
    assert len(schedule) == 120
    assert schedule.frame_rate == 60
    assert schedule[5].content == SourceFrame(1)
    assert len(plan(*constant(24), Slow(2, Multiply(2)))) == 96


def test_variable_frame_rate_is_planned_by_time() -> None:
    times = [F(0), F(1), F(4), F(5)]
    schedule = plan(times, F(7), Multiply(2))
    assert [frame.time for frame in schedule] == [0, F(1, 2), 1, F(5, 2), 4, F(9, 2), 5, 6]
    assert not schedule.is_constant_rate
    assert schedule.frame_rate == F(8, 7)
    even = plan(times, F(7), TargetRate(1))
    assert even[2].content == Interpolated(1, 2, F(1, 3))
    assert even[3].content == Interpolated(1, 2, F(2, 3))
    assert len(even) == 7


def test_variable_rate_duration_equals_the_source() -> None:
    """TAS tagged such files with the nominal rate: 2.3 times too fast against the audio."""
    times = [F(0), F(1, 30), F(1, 10), F(1, 2), F(9, 10), F(1)]
    assert plan(times, F(11, 10), Multiply(3)).duration == F(11, 10)
    assert abs(plan(times, F(11, 10), TargetRate(50)).duration - F(11, 10)) <= F(1, 100)


def test_start_time_other_than_zero_is_kept() -> None:
    times = [F(1, 2) + F(i, 24) for i in range(4)]
    schedule = plan(times, F(1, 2) + F(4, 24), Multiply(2))
    assert schedule[0].time == F(1, 2)
    assert schedule[2].content == SourceFrame(1)
    assert schedule.end == F(1, 2) + F(4, 24)
    negative = plan([F(-1, 24), F(0), F(1, 24)], F(2, 24), Multiply(2))
    assert [frame.time for frame in negative] == [F(k, 48) for k in range(-2, 4)]


def test_repeated_stamps_still_give_rising_times() -> None:
    schedule = plan([F(0), F(1), F(1), F(2)], F(3), Multiply(2))
    times = [frame.time for frame in schedule]
    assert len(times) == 8
    assert all(a < b for a, b in pairwise(times))


def test_hold_at_a_cut() -> None:
    schedule = plan(*constant(4), Multiply(3), cuts=[2])
    assert contents(schedule)[3:7] == [SourceFrame(1), Hold(1), Hold(1), SourceFrame(2)]
    assert contents(schedule)[7] == Interpolated(2, 3, F(1, 3))


def test_nearest_at_a_cut() -> None:
    schedule = plan(*constant(4), Multiply(4), cuts=[2], at_cut="nearest")
    assert contents(schedule)[4:9] == [SourceFrame(1), Hold(1), Hold(2), Hold(2), SourceFrame(2)]


def test_blend_at_a_cut() -> None:
    schedule = plan(*constant(4), Multiply(2), cuts=[2], at_cut="blend")
    assert contents(schedule)[2:5] == [SourceFrame(1), Blend(1, 2, F(1, 2)), SourceFrame(2)]


@pytest.mark.parametrize(
    "retiming", [Multiply(3), Multiply(F(5, 2)), Slow(4), Slow(2, Multiply(3))]
)
@pytest.mark.parametrize(("times", "end"), [([F(0)], F(1, 25)), ([F(2)], F(17, 7))])
def test_what_is_made_of_one_frame_has_a_constant_rate(retiming, times, end) -> None:
    schedule = plan(times, end, retiming)
    assert len(schedule) > 1
    assert schedule.is_constant_rate
    for index in range(len(schedule) + 1):
        assert schedule.time(index) == schedule.start + index / schedule.frame_rate


def test_one_frame_has_the_rate_that_its_container_states() -> None:
    """Its own duration is rounded: 42 ms are a frame of 23.976 a second."""
    schedule = plan([F(0)], F(42, 1000), Multiply(3), rate=FILM)
    assert (schedule.frame_rate, schedule.duration) == (3 * FILM, 1 / FILM)
    shown_longer = plan([F(0)], F(2), Multiply(3), rate=FILM)
    assert (shown_longer.frame_rate, shown_longer.duration) == (F(3, 2), 2)


def test_blend_after_a_held_drawing_lasts_one_frame_only() -> None:
    schedule = plan(*constant(5), Multiply(2), kept=[0, 4], cuts=[4], at_cut="blend")
    assert contents(schedule)[:9] == [SourceFrame(0)] + [Hold(0)] * 6 + [
        Blend(0, 4, F(1, 2)),
        SourceFrame(4),
    ]


def test_a_blend_is_no_longer_than_the_last_source_interval() -> None:
    times = [F(0), F(1), F(2), F(3), F(7, 2)]
    schedule = plan(times, F(5), TargetRate(4), kept=[0, 4], cuts=[4], at_cut="blend")
    assert [frame.content for frame in schedule if frame.content.kind == "blend"] == [
        Blend(0, 4, F(1, 2))
    ]
    assert schedule[13].time == F(13, 4)
    assert schedule[13].content == Blend(0, 4, F(1, 2))


def test_dropped_frames_never_shorten_the_video() -> None:
    schedule = plan(*constant(7), Multiply(2), kept=[0, 2, 5])
    assert len(schedule) == 14
    assert schedule.duration == F(7, 24)
    assert contents(schedule)[:5] == [
        SourceFrame(0),
        Interpolated(0, 2, F(1, 4)),
        Interpolated(0, 2, F(1, 2)),
        Interpolated(0, 2, F(3, 4)),
        SourceFrame(2),
    ]
    assert contents(schedule)[6] == Interpolated(2, 5, F(1, 3))
    assert contents(schedule)[10:] == [SourceFrame(5)] + [Hold(5)] * 3


def test_a_cut_frame_and_the_first_frame_are_kept_in_any_case() -> None:
    schedule = plan(*constant(6), Multiply(1), kept=[4], cuts=[3])
    assert contents(schedule)[0] == SourceFrame(0)
    assert contents(schedule)[3] == SourceFrame(3)


def test_a_pause_stands_still_until_the_last_usual_interval() -> None:
    schedule = plan(*constant(14), Multiply(2), kept=[0, 2, 12, 13], max_hold=F(1, 4))
    assert contents(schedule)[2] == Interpolated(0, 2, F(1, 2))  # two frames are no pause
    assert contents(schedule)[5:23] == [Hold(2)] * 18
    assert contents(schedule)[23:25] == [Interpolated(2, 12, F(1, 2)), SourceFrame(12)]


def test_a_hold_of_exactly_max_hold_is_no_pause() -> None:
    schedule = plan(*constant(14), Multiply(1), kept=[0, 6, 13], max_hold=F(1, 4))
    assert contents(schedule)[1] == Interpolated(0, 6, F(1, 6))
    assert contents(schedule)[7] == Hold(6)


def test_sparse_screen_capture_pauses_without_any_dropped_frame() -> None:
    times = [F(0), F(1, 30), F(2, 30), F(5), F(5) + F(1, 30)]
    schedule = plan(times, F(6), TargetRate(60), max_hold=F(1, 2))
    kinds = [frame.content for frame in schedule if F(1, 5) < frame.time < F(5) - F(1, 30)]
    assert set(kinds) == {Hold(2)}
    moving = [frame for frame in schedule if frame.content == Interpolated(2, 3, F(1, 2))]
    assert [frame.time for frame in moving] == [F(5) - F(1, 60)]


def test_time_lapse_at_one_frame_a_second_is_not_a_pause() -> None:
    schedule = plan(*constant(5, 1), Multiply(2), max_hold=F(1, 2))
    assert schedule[1].content == Interpolated(0, 1, F(1, 2))


def test_loop_turns_the_last_frame_into_the_first() -> None:
    schedule = plan(*constant(4), Multiply(2), loop=True)
    assert len(schedule) == 8
    assert schedule[-1].content == Interpolated(3, 0, F(1, 2))
    held = plan(*constant(4), Multiply(2), loop=True, kept=[0, 2])
    assert held[5].content == Interpolated(2, 0, F(1, 4))


def test_a_part_begins_at_output_time_zero_with_the_files_frame_numbers() -> None:
    schedule = plan(*constant(48), Multiply(2), start=F(1), seconds=F(1, 2), cuts=[30, 40])
    assert schedule.source_frames == range(24, 36)
    assert len(schedule) == 24
    assert schedule[0].time == 0
    assert schedule[0].content == SourceFrame(24)
    assert schedule[1].content == Interpolated(24, 25, F(1, 2))
    assert schedule[11].content == Hold(29)
    assert schedule[-1].content == Hold(35)
    assert schedule.source_part == (F(1), F(3, 2))
    assert schedule.duration == F(1, 2)


def test_a_part_ends_where_it_was_asked_to_and_nowhere_else() -> None:
    """Sound after the last frame is a part of the file, too."""
    video = constant(48)
    assert plan(*video, Multiply(2)).source_part == (0, None)
    assert plan(*video, Multiply(2), start=F(1)).source_part == (1, None)
    assert plan(*video, Multiply(2), stop=F(1)).source_part == (0, 1)
    assert plan(*video, Multiply(2), stop=F(5)).source_part == (0, 5)
    assert plan(*video, Multiply(2), start=F(1), seconds=F(2)).source_part == (1, 3)
    # A limit moves to the nearest frame boundary, for the audio as for the picture.
    assert plan(*video, Multiply(2), stop=F(101, 100)).source_part == (0, 1)


def test_the_first_frame_of_a_part_is_kept_though_it_repeats_a_drawing() -> None:
    schedule = plan(*constant(10), Multiply(1), kept=[0, 2, 4, 6, 8], start=F(3, 24))
    assert contents(schedule)[:3] == [SourceFrame(3), SourceFrame(4), Interpolated(4, 6, F(1, 2))]


def test_slow_part_maps_back_to_the_source() -> None:
    schedule = plan(*constant(48), Slow(2), start=F(1))
    assert schedule.source_frames == range(24, 48)
    assert schedule[2].content == SourceFrame(25)
    assert schedule.content_at(F(1, 24)) == Interpolated(24, 25, F(1, 2))


def test_matroska_stamps_become_the_exact_rate() -> None:
    times = [F(round(i / FILM * 1000), 1000) for i in range(240)]
    schedule = plan(times, F(10010, 1000), Multiply(2))
    assert schedule.frame_rate == 2 * FILM
    assert schedule.is_constant_rate
    assert schedule[101].time == 101 / (2 * FILM)


def test_random_access_equals_iteration() -> None:
    schedule = plan([F(0), F(1), F(4), F(5)], F(7), Multiply(F(7, 3)), kept=[0, 2], cuts=[3])
    assert list(schedule) == [schedule[i] for i in range(len(schedule))]
    assert schedule[-1] == schedule[len(schedule) - 1]
    assert schedule[2:4] == [schedule[2], schedule[3]]
    with pytest.raises(IndexError):
        schedule[len(schedule)]


def test_content_between_the_output_frames() -> None:
    schedule = plan(*constant(4), Multiply(1))
    assert schedule.content_at(F(1, 96)) == Interpolated(0, 1, F(1, 4))
    assert schedule.content_at(F(-1)) == Hold(0)
    assert schedule.content_at(F(10)) == Hold(3)


@pytest.mark.parametrize("factor", [0, -1, F(1, 2)])
def test_factors_below_one_are_refused(factor) -> None:
    with pytest.raises(UsageError, match="below 1"):
        Multiply(factor)
    with pytest.raises(UsageError, match="below 1"):
        Slow(factor)


def test_other_impossible_options_are_refused() -> None:
    with pytest.raises(UsageError, match="not above 0"):
        TargetRate(0)
    with pytest.raises(UsageError, match="hold, blend, nearest"):
        plan(*constant(3), Multiply(2), at_cut="fade")
    with pytest.raises(UsageError, match="max_hold"):
        plan(*constant(3), Multiply(2), max_hold=F(-1))
    with pytest.raises(InputError, match="frames 0 to 2"):
        plan(*constant(3), Multiply(2), cuts=[3])
    with pytest.raises(InputError, match="kept frame at frame -1"):
        plan(*constant(3), Multiply(2), kept=[-1])
    with pytest.raises(InputError, match="no frames"):
        plan([], F(0), Multiply(2))


def test_plan_lines_hold_exact_fractions_and_seconds() -> None:
    schedule = plan(*constant(3, FILM), Multiply(3), cuts=[2], at_cut="blend")
    lines = [json.loads(to_json_line(frame)) for frame in schedule]
    assert lines[1] == {
        "index": 1,
        "time": "1001/72000",
        "seconds": pytest.approx(0.0139027778),
        "kind": "between",
        "one": 0,
        "two": 1,
        "t": "1/3",
        "t_decimal": pytest.approx(1 / 3),
    }
    assert lines[0]["kind"] == "source"
    assert lines[4]["kind"] == "blend"
    assert lines[8] == lines[8] | {"kind": "hold", "frame": 2}
    assert [F(line["time"]) for line in lines] == [frame.time for frame in schedule]
