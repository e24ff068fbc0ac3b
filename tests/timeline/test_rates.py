from fractions import Fraction

import pytest

from vfi.errors import UsageError
from vfi.timeline.rates import (
    constant_rate,
    number_text,
    parse_factor,
    parse_rate,
    parse_time,
    recognise_rate,
    time_text,
)
from vfi.timeline.times import ConstantTimes

F = Fraction


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("3", F(3)),
        ("2.5", F(5, 2)),
        ("5/2", F(5, 2)),
        (" 2x ", F(2)),
        ("1", F(1)),
        ("7:3", F(7, 3)),
    ],
)
def test_factor(text, factor) -> None:
    assert parse_factor(text) == factor


@pytest.mark.parametrize(
    "text", ["0", "-2", "0.5", "1/2", "abc", "", "inf", "nan", "1e3", "2/0", "3,5"]
)
def test_factor_below_one_or_not_a_number_is_refused_by_name(text) -> None:
    with pytest.raises(UsageError, match="5/2") as caught:
        parse_factor(text)
    assert repr(text) in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("60", F(60)),
        ("60000/1001", F(60000, 1001)),
        ("23.976", F(24000, 1001)),
        ("23.98", F(24000, 1001)),
        ("23.97", F(24000, 1001)),
        ("23.976024", F(24000, 1001)),
        ("29.97", F(30000, 1001)),
        ("47.952", F(48000, 1001)),
        ("59.94", F(60000, 1001)),
        ("59.940060", F(60000, 1001)),
        ("119.88", F(120000, 1001)),
        ("24.0", F(24)),
        ("24.00", F(24)),
        ("12.5", F(25, 2)),
        ("59.9", F(599, 10)),
    ],
)
def test_rate(text, rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["0", "0.0", "-60", "fast", "60/0", "", "0/5"])
def test_bad_rate_is_refused(text) -> None:
    with pytest.raises(UsageError, match="frame rate above 0"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", F(90)),
        ("90.5", F(181, 2)),
        ("1:30.5", F(181, 2)),
        ("00:01:30.500", F(181, 2)),
        ("90:00", F(5400)),
        ("1:00:00", F(3600)),
        (".5", F(1, 2)),
        ("0", F(0)),
    ],
)
def test_time(text, seconds) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["-1", "1:60", "1:75:00", "a", "", "1:2:3:4", "1:", "1e2"])
def test_bad_time_is_refused(text) -> None:
    with pytest.raises(UsageError, match=r"00:01:30\.500"):
        parse_time(text)


@pytest.mark.parametrize(
    ("measured", "rate"),
    [
        (F(23976, 1000), F(24000, 1001)),
        (F(2997, 125), F(24000, 1001)),
        (F(24), F(24)),
        (F(59940, 1000), F(60000, 1001)),
        (F(24301, 1000), F(24301, 1000)),
    ],
)
def test_measured_average_is_recognised_or_left_alone(measured, rate) -> None:
    assert recognise_rate(measured) == rate


def rounded_to_milliseconds(rate, count, first=0):
    exact = [F(first) + F(i) / rate for i in range(count)]
    return [F(round(time * 1000), 1000) for time in exact]


@pytest.mark.parametrize("rate", [F(24000, 1001), F(30000, 1001), F(60000, 1001), F(25), F(120)])
def test_millisecond_stamps_of_matroska_become_the_exact_rate(rate) -> None:
    times = rounded_to_milliseconds(rate, 3000)
    end = F(round(3000 / rate * 1000), 1000)
    found = constant_rate(times, end)
    assert found is not None
    grid, exact_end = found
    assert grid.rate == rate
    assert exact_end == 3000 / rate
    assert max(abs(a - b) for a, b in zip(times, grid, strict=True)) <= F(1, 1000)


def test_a_stated_rate_decides_what_few_frames_leave_open() -> None:
    times = rounded_to_milliseconds(F(24000, 1001), 6)
    found = constant_rate(times, F(250, 1000), F(24000, 1001))
    assert found is not None
    assert found[0].rate == F(24000, 1001)


def test_any_exact_constant_rate_is_recognised() -> None:
    rate = F(24301, 1000)
    found = constant_rate([F(i) / rate for i in range(60)], 60 / rate)
    assert found == (ConstantTimes(F(0), rate, 60), 60 / rate)


def test_one_missing_frame_is_not_a_constant_rate() -> None:
    times = [F(i, 25) for i in range(200) if i != 100]
    assert constant_rate(times, F(8)) is None


def test_a_slightly_wrong_rate_is_not_believed() -> None:
    """59.94 and 60 part by one millisecond each second."""
    found = constant_rate([F(i, 60) for i in range(6000)], F(100), F(60000, 1001))
    assert found is not None
    assert found[0].rate == 60


def test_time_text() -> None:
    assert time_text(F(181, 2)) == "00:01:30.500"
    assert time_text(F(3599999, 1000)) == "00:59:59.999"
    assert time_text(F(-1, 2)) == "-00:00:00.500"


def test_what_no_screen_can_show_is_a_slip_of_the_finger() -> None:
    assert parse_rate("100000") == 100_000
    assert parse_factor("10000") == 10_000
    for parse, text in ((parse_rate, "100001"), (parse_rate, "1000000000")):
        with pytest.raises(UsageError):
            parse(text)
    with pytest.raises(UsageError, match="10000 or less"):
        parse_factor("10001")


def test_a_frame_of_more_than_a_day_is_no_rate() -> None:
    assert parse_rate("1/86400") == F(1, 86400)
    with pytest.raises(UsageError, match=r"^input_fps '0\.000000001' is too little: .* a day$"):
        parse_rate("0.000000001", "input_fps")


def test_numbers_are_written_without_exponents() -> None:
    assert [number_text(n) for n in (2, 2.5, 1e-9, F(5, 2), "x")] == [
        "2", "2.5", "0.000000001", "5/2", "x",
    ]  # fmt: skip


def pulldown(count: int, first: int = 3, field: Fraction = Fraction(1001, 60000)) -> list[Fraction]:
    """Times of film frames that are shown for three and two fields in turn."""
    steps = [first if number % 2 == 0 else 5 - first for number in range(count)]
    return [sum(steps[:number]) * field for number in range(count)]


@pytest.mark.parametrize("first", [2, 3])
@pytest.mark.parametrize("unit", [None, Fraction(1, 1000), Fraction(1, 90000)])
def test_film_under_pulldown_moves_evenly(first: int, unit: Fraction | None) -> None:
    times = pulldown(24, first)
    if unit:
        times = [round(time / unit) * unit for time in times]
    found = constant_rate(times, times[-1] + Fraction(1, 24), Fraction(30000, 1001))
    assert found is not None
    grid, end = found
    assert list(grid) == [number * Fraction(1001, 24000) for number in range(24)]
    assert end == Fraction(1001, 1000)


def test_thirty_whole_fields_make_24() -> None:
    times = pulldown(9, 3, Fraction(1, 60))
    found = constant_rate(times, times[-1] + Fraction(1, 30), None)
    assert found is not None
    assert found[0].rate == 24


def test_what_only_looks_like_pulldown_keeps_its_times() -> None:
    """Three fields each time but once are a variable rate; so is a turn that never comes."""
    field = Fraction(1001, 60000)
    for steps in ([3, 3, 3, 2, 3, 3, 3], [3, 2, 3, 3, 3, 2, 3], [2, 3, 4, 2, 3]):
        times = [sum(steps[:number]) * field for number in range(len(steps) + 1)]
        assert constant_rate(times, times[-1] + field * 2, None) is None
