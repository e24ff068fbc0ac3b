"""Where the time goes, in numbers."""

import time

import pytest

from vfi.timings import Ledger, StageTime, Timings


def test_shares_are_of_the_whole_time_of_all_threads() -> None:
    found = Timings(10.0, (StageTime("decode", 1.0), StageTime("interpolate", 15.0, 2)))
    assert found.lines() == [
        "stage        threads    working   busy  waiting",
        "decode             1     1.00 s    10%      90%",
        "interpolate        2    15.00 s    75%      25%",
        "together                10.00 s",
    ]


def test_segments_add_up() -> None:
    one = Timings(4.0, (StageTime("decode", 1.0), StageTime("encode", 2.0)))
    two = Timings(3.0, (StageTime("decode", 0.5), StageTime("join", 1.0)))
    assert one + two == Timings(
        7.0, (StageTime("decode", 1.5), StageTime("encode", 2.0), StageTime("join", 1.0))
    )
    assert Timings() + one == one


def test_time_is_booked_where_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 4.0, 5.0, 7.0, 10.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    ledger = Ledger({"decode": 1, "encode": 1})
    with ledger.working("encode"):
        pass
    assert ledger.booked("encode", lambda: "done")() == "done"
    assert ledger.timings() == Timings(10.0, (StageTime("decode", 0.0), StageTime("encode", 5.0)))


def test_failed_work_is_booked_too() -> None:
    ledger = Ledger()
    with pytest.raises(KeyError), ledger.working("decode"):
        raise KeyError
    assert ledger.timings().stages[0].working > 0
