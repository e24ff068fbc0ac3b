"""Segments and the summary, case by case; test_schedule_laws.py has their laws."""

from fractions import Fraction

import pytest

from vfi.errors import UsageError
from vfi.timeline.schedule import Multiply, TargetRate, plan
from vfi.timeline.segments import Segment, segments
from vfi.timeline.summary import summary
from vfi.timeline.times import ConstantTimes

F = Fraction


def film(count, retiming=None, **options):
    times = ConstantTimes(F(0), F(24), count)
    return plan(times, F(count, 24), retiming or Multiply(2), **options)


def test_a_long_scene_is_cut_at_source_frames() -> None:
    assert segments(film(120), 2) == [
        Segment(range(0, 96), range(0, 49)),
        Segment(range(96, 192), range(48, 97)),
        Segment(range(192, 240), range(96, 120)),
    ]


def test_a_cut_is_preferred_and_shares_no_source_frame() -> None:
    runs = segments(film(120, cuts=[10, 40]), 2)
    assert runs[0] == Segment(range(0, 80), range(0, 40))
    assert runs[1].frames.start == 80
    assert runs[1].sources.start == 40


def test_a_held_drawing_is_not_torn_apart() -> None:
    runs = segments(film(120, kept=range(0, 120, 7)), 2)
    starts = [run.sources.start for run in runs]
    assert all(start % 7 == 0 for start in starts)
    assert runs[0] == Segment(range(0, 98), range(0, 50))


def test_the_end_of_a_loop_needs_the_first_frame() -> None:
    runs = segments(film(120, loop=True), 2)
    assert [run.wraps for run in runs] == [False, False, True]
    assert runs[-1].sources == range(96, 120)


def test_a_part_names_the_files_frames() -> None:
    runs = segments(film(240, start=F(5), seconds=F(2)), 1)
    assert runs[0].sources == range(120, 145)
    assert runs[-1].sources.stop == 168


def test_target_rate_pairs_that_straddle_a_border_are_named_by_both() -> None:
    runs = segments(film(48, TargetRate(50)), 1)
    assert runs[0].frames == range(0, 50)
    assert runs[0].sources == range(0, 25)
    assert runs[1].sources == range(24, 48)


def test_no_length_is_refused() -> None:
    with pytest.raises(UsageError, match="above 0"):
        segments(film(10), 0)


def test_summary_on_one_screen() -> None:
    schedule = film(48, Multiply(F(5, 2)), kept=range(0, 48, 2), cuts=[24])
    found = summary(schedule)
    assert (found.source_frames, found.output_frames, found.dropped, found.cuts) == (48, 120, 24, 1)
    assert (found.source_rate, found.output_rate) == (24, 60)
    assert found.untouched == 24
    assert found.held == 4 + 4
    assert found.interpolated == 120 - 24 - 8
    assert found.longest_hold == F(5, 60)
    assert found.output_duration == found.source_duration == 2
    assert len(found.lines()) <= 10
    assert "24 dropped" in "\n".join(found.lines())
    data = found.as_data()
    assert data["output_rate"] == "60"
    assert data["longest_hold_decimal"] == pytest.approx(1 / 12)
