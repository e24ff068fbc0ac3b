"""Laws that hold for any list of times, cuts, duplicates, rates and ranges."""

from fractions import Fraction
from itertools import pairwise
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.timeline.content import Blend, Interpolated, SourceFrame
from vfi.timeline.schedule import Multiply, Slow, TargetRate, plan
from vfi.timeline.segments import segments
from vfi.timeline.summary import summary
from vfi.timeline.times import repair_times

F = Fraction
HALF = F(1, 2)
MILLISECOND = F(1, 1000)

factors = st.fractions(1, 7, max_denominator=12)
rates = st.sampled_from([F(1), F(24), F(24000, 1001), F(30), F(60000, 1001), F(60), F(997, 7)])
paces = st.one_of(
    factors.map(Multiply),
    st.integers(1, 6).map(Multiply),
    rates.map(TargetRate),
    factors.map(Slow),
    st.builds(Slow, factors, st.one_of(factors.map(Multiply), rates.map(TargetRate))),
)


@st.composite
def videos(draw: st.DrawFn) -> tuple[list[F], F]:
    """Presentation times, constant or not, repeated stamps among them, and their end."""
    start = draw(st.sampled_from([F(0), F(0), F(1, 3), F(-1, 24), F(1001, 24000)]))
    if draw(st.booleans()):
        rate, count = draw(rates), draw(st.integers(1, 30))
        return [start + i / rate for i in range(count)], start + count / rate
    steps = draw(
        st.lists(
            st.one_of(
                st.just(F(0)),
                st.sampled_from([F(1, 24), F(1, 12), F(1001, 30000), F(2)]),
                st.fractions(F(1, 240), 1, max_denominator=90000),
            ),
            min_size=1,
            max_size=24,
        )
    )
    times = [start]
    for step in steps:
        times.append(times[-1] + step)
    return times[:-1], times[-1]


@st.composite
def plans(draw):
    times, end = draw(videos())
    frames = st.integers(0, len(times) - 1)
    options = {
        "kept": draw(st.none() | st.lists(frames)),
        "cuts": draw(st.lists(frames, max_size=5)),
        "at_cut": draw(st.sampled_from(["hold", "blend", "nearest"])),
        "loop": draw(st.booleans()),
        "max_hold": draw(st.none() | st.fractions(0, 1, max_denominator=100)),
    }
    _, real_end = repair_times(times, end)
    if real_end > 0 and draw(st.booleans()):
        start = real_end * draw(st.fractions(0, F(99, 100), max_denominator=100))
        if start < real_end:
            options["start"] = start
            options["seconds"] = draw(st.none() | st.fractions(F(1, 1000), 3, max_denominator=1000))
            if options["seconds"] is not None and times[0] > start:
                options["seconds"] += times[0]
    return plan(times, end, draw(paces), **options), times


@settings(max_examples=100)
@given(plans())
def test_times_rise_and_frames_agree_however_they_are_asked_for(case) -> None:
    schedule, _ = case
    frames = list(schedule)
    assert len(frames) == len(schedule) >= 1
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(one.time < two.time for one, two in pairwise(frames))
    assert frames[-1].time < schedule.end
    assert frames == [schedule[index] for index in range(len(frames))]  # ticks, and fractions
    assert [tick * schedule.unit for tick, _ in schedule.walk()] == [frame.time for frame in frames]
    later = range(len(frames) // 3, len(frames))
    assert list(schedule.frames(later)) == frames[later.start :]


@settings(max_examples=100)
@given(plans())
def test_times_from_the_start_are_those_of_the_frames(case) -> None:
    schedule, _ = case
    shown = [schedule.time(index) - schedule.start for index in range(len(schedule) + 1)]
    assert schedule.times_from_start() == shown


@settings(max_examples=100)
@given(plans())
def test_duration_is_within_half_an_output_frame(case) -> None:
    schedule, _ = case
    begin, end = schedule.source_part[0], schedule.shots.end
    wanted = (end - begin) * schedule.stretch
    last_frame = schedule.end - schedule[-1].time
    if len(schedule) > 1:
        assert abs(schedule.duration - wanted) <= last_frame / 2
    else:
        assert schedule.duration > 0


@settings(max_examples=100)
@given(plans())
def test_what_is_shown_exists_and_never_goes_back(case) -> None:
    schedule, times = case
    frames = schedule.source_frames
    latest = frames.start
    for frame in schedule:
        content = frame.content
        assert all(number in frames for number in content.needs)
        if isinstance(content, Interpolated | Blend):
            assert 0 < content.t < 1
            wraps = content.two < content.one
            assert not wraps or (schedule.shots.loop and content.two == frames.start)
        assert content.needs[0] >= latest or frames.start in content.needs
        latest = max(latest, content.needs[0])
        if isinstance(content, SourceFrame):  # at its own time, up to the rounding of time stamps
            own = schedule.shots.times[content.frame - schedule.first]
            assert (own - schedule.origin) * schedule.stretch == frame.time
            repaired, _ = repair_times(times, times[-1])
            assert abs(own - repaired[content.frame]) <= MILLISECOND or len(set(times)) < len(times)


@settings(max_examples=100)
@given(plans())
def test_nothing_is_interpolated_across_a_cut(case) -> None:
    schedule, _ = case
    cuts = {cut + schedule.first for cut in schedule.shots.cuts}
    for frame in schedule:
        if isinstance(frame.content, Interpolated) and frame.content.one < frame.content.two:
            between = range(frame.content.one + 1, frame.content.two + 1)
            assert cuts.isdisjoint(between)


@settings(max_examples=100)
@given(videos(), st.integers(1, 6), st.lists(st.integers(0, 5)), st.booleans())
def test_n_times_is_n_frames_for_each_and_leaves_sources_where_they_are(
    video, factor, dropped, slow
) -> None:
    times, end = video
    kept = sorted({0, *range(len(times))} - set(dropped)) or [0]
    schedule = plan(times, end, Slow(factor) if slow else Multiply(factor), kept=kept)
    assert len(schedule) == factor * len(times)
    own = schedule.shots.times
    for frame in kept:
        shown = schedule[frame * factor]
        assert shown.content == SourceFrame(frame)
        assert shown.time == own[frame] * (factor if slow else 1)
    assert schedule.duration == (schedule.shots.end - own[0]) * schedule.stretch


@settings(max_examples=100)
@given(videos(), rates)
def test_target_rate_counts_frames_by_time(video, rate) -> None:
    schedule = plan(video[0], video[1], TargetRate(rate))
    begin, end = schedule.source_part[0], schedule.shots.end
    assert len(schedule) == max(1, floor((end - begin) * rate + HALF))
    assert all(frame.time == begin + frame.index / rate for frame in schedule)


@settings(max_examples=60)
@given(plans(), st.fractions(F(1, 50), 3, max_denominator=50))
def test_segments_cover_every_frame_once_and_name_what_they_need(case, seconds) -> None:
    schedule, _ = case
    runs = segments(schedule, seconds)
    assert [index for run in runs for index in run.frames] == list(range(len(schedule)))
    for run in runs:
        assert len(run.frames) > 0
        needed = {number for index in run.frames for number in schedule[index].content.needs}
        if run.wraps:
            needed.discard(schedule.source_frames.start)
        assert needed <= set(run.sources)
        assert min(needed, default=run.sources.start) >= run.sources.start
        assert run.sources.stop - 1 in needed or run.wraps


@settings(max_examples=60)
@given(plans())
def test_summary_counts_every_frame(case) -> None:
    schedule, _ = case
    found = summary(schedule)
    assert found.output_frames == len(schedule)
    kinds = found.untouched + found.interpolated + found.held + found.blended
    assert kinds == len(schedule)
    assert found.source_frames == len(schedule.source_frames)
    assert 0 <= found.longest_hold <= found.output_duration
    assert all(found.lines())
