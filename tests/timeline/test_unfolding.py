"""A schedule that unfolds says of every frame what the schedule of the whole says."""

from fractions import Fraction as F

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vfi.errors import UsageError
from vfi.timeline.live_times import OPENING
from vfi.timeline.retiming import Multiply, Slow, TargetRate
from vfi.timeline.schedule import plan
from vfi.timeline.shutter import exposures
from vfi.timeline.times import ConstantTimes
from vfi.timeline.unfolding import Unfolding, Wishes


class Source:
    """Tells an `Unfolding` of its frames when it is asked to read, each judged `late` frames on."""

    def __init__(self, times, end, wishes, rate, kept=None, cuts=(), late=2):
        self.times, self.end, self.late = times, end, late
        self.kept = range(len(times)) if kept is None else kept
        self.cuts = cuts
        self.read = self.judged = 0
        self.schedule = Unfolding(wishes, rate, self.step)

    def step(self):
        schedule = self.schedule
        if self.read == len(self.times):
            schedule.finish(self.end)
        else:
            schedule.add(self.times[self.read])
            self.read += 1
            if schedule.part_ends is not None:
                schedule.finish(schedule.live.times[-1] + 1)
        ended = schedule.part_ends is not None and self.read >= schedule.part_ends
        until = schedule.certain - (0 if ended else self.late)
        while self.judged < until and schedule.part_begins is not None:
            if self.judged >= schedule.part_begins:
                schedule.judge(self.judged, self.judged in self.kept, self.judged in self.cuts)
            self.judged += 1


retimings = st.one_of(
    st.fractions(1, 6, max_denominator=4).map(Multiply),
    st.fractions(F(1, 2), 90, max_denominator=3).map(TargetRate),
    st.fractions(1, 5, max_denominator=3).map(Slow),
    st.tuples(st.fractions(1, 4, max_denominator=2), st.integers(1, 60)).map(
        lambda both: Slow(both[0], TargetRate(both[1]))
    ),
)


@st.composite
def sources(draw):
    """Times, the end and the stated rate: constant, rounded to milliseconds, or variable."""
    count = draw(st.integers(1, 40))
    kind = draw(st.sampled_from(["exact", "rounded", "variable"]))
    rate = draw(st.sampled_from([F(24), F(24000, 1001), F(25), F(60)]))
    if kind == "variable":
        gaps = draw(st.lists(st.integers(2, 90), min_size=count, max_size=count))
        times = [F(sum(gaps[:index]), 1000) for index in range(count)]
        return times, times[-1] + F(gaps[-1], 1000), rate
    times = [index / rate for index in range(count + 1)]
    if kind == "rounded":
        times = [F(round(time * 1000), 1000) for time in times]
    return times[:-1], times[-1], rate


@settings(max_examples=200, deadline=None)
@given(sources(), retimings, st.data())
def test_every_frame_is_that_of_the_schedule_of_the_whole(source, retiming, data):
    times, end, rate = source
    count = len(times)
    numbers = st.sets(st.integers(0, count - 1))
    kept = data.draw(st.none() | numbers)
    cuts = data.draw(numbers)
    loop = data.draw(st.booleans())
    at_cut = data.draw(st.sampled_from(["hold", "blend", "nearest"]))
    start = data.draw(st.none() | st.fractions(0, F(1), max_denominator=50))
    seconds = data.draw(st.none() | st.fractions(F(1, 50), F(1), max_denominator=50))
    late = data.draw(st.integers(0, 5))
    assume(start is None or start < end - F(1, 50))
    whole = plan(
        times, end, retiming, kept=kept, cuts=cuts, at_cut=at_cut, loop=loop,
        start=start, seconds=seconds, rate=rate,
    )  # fmt: skip
    if not isinstance(whole.shots.times, ConstantTimes):
        assume(at_cut == "hold")  # what is usual is not known before the end
    wishes = Wishes(retiming, at_cut, loop, start=start, seconds=seconds)
    told = Source(times, end, wishes, rate, kept, cuts, late)
    assume(not drifts(times, end, rate, whole, told))
    unfolding = told.schedule
    assert [(f.index, f.time, f.content) for f in unfolding] == [
        (f.index, f.time, f.content) for f in whole
    ]
    assert (len(unfolding), unfolding.end) == (len(whole), whole.end)
    assert list(unfolding.whole()) == list(whole)
    assert unfolding.whole().source_frames == whole.source_frames


def drifts(times, end, rate, whole, told):
    """Whether the opening frames have another rate than the whole: then times are only near."""
    constant = isinstance(whole.shots.times, ConstantTimes)
    opening = Unfolding(Wishes(Multiply(1)), rate, lambda: None)
    for time in times:
        opening.add(time)
    opening.finish(end)
    return isinstance(opening.live.times, ConstantTimes) != constant or any(
        one != two
        for one, two in zip(
            opening.live.times,
            plan(times, end, Multiply(1), rate=rate).shots.times,
            strict=True,
        )
    )


@pytest.mark.parametrize("angle", [F(180), F(360)])
def test_blurred_frames_are_certain_in_time(angle):
    times = [F(index, 24) for index in range(30)]
    cuts = {7, 20}
    whole = plan(times, F(30, 24), Multiply(2), cuts=cuts, rate=F(24))
    told = Source(times, F(30, 24), Wishes(Multiply(2), blurred=True), F(24), cuts=cuts)
    expected = [contents for _, contents in exposures(whole, angle)]
    assert [contents for _, contents in exposures(told.schedule, angle)] == expected


def test_frames_come_while_the_source_is_read():
    """Of a source without end the first frames come after the opening, the others in step."""
    times = [F(index, 25) for index in range(1000)]
    told = Source(times, F(40), Wishes(Multiply(2)), F(25))
    frames = iter(told.schedule)
    next(frames)
    assert told.read == OPENING
    for index in range(1, 400):
        frame = next(frames)
        assert told.read <= max(OPENING, index // 2 + 2 + told.late)
        assert frame.index == index
    assert len(told.schedule) == 0
    with pytest.raises(UsageError, match="not known to its end"):
        told.schedule.whole()


def test_a_part_ends_the_reading():
    times = [F(index, 25) for index in range(1000)]
    told = Source(times, F(40), Wishes(Multiply(2), start=F(1), seconds=F(2)), F(25))
    assert len(list(told.schedule)) == 100
    assert told.read == 76
    assert told.schedule.source_frames == range(25, 75)


def test_a_part_behind_the_end_is_refused():
    told = Source([F(0), F(1, 25)], F(2, 25), Wishes(Multiply(2), start=F(3)), F(25))
    with pytest.raises(UsageError, match=r"start 3 s is behind the video, which ends at 0.08 s"):
        list(told.schedule)


def test_a_rate_that_changes_keeps_what_was_given_out():
    """Twenty frames of 25 a second, then 10: the first stay where they are."""
    times = [F(index, 25) for index in range(20)] + [F(20, 25) + F(i, 10) for i in range(5)]
    told = Source(times, F(20, 25) + F(5, 10), Wishes(Multiply(2)), F(25))
    shown = [frame.time for frame in told.schedule]
    assert shown[::2] == times
    assert len(shown) == 50
