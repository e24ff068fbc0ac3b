"""How far a job has come, for a log and for whoever asks."""

import json

import pytest

from vfi.progress import JsonLines, Lines, Meter, Progress, Stage, in_words, observing


def told(stage: Stage, total: int, frame_seconds: float) -> list[str]:
    """What is said of a stage whose frames take so long."""
    said: list[str] = []
    lines = Lines(said.append)
    for done in range(total + 1):
        lines(Progress(stage, done, total, done * frame_seconds))
    return said


def test_a_short_stage_needs_no_line() -> None:
    assert told("render", 29, 1.0) == []
    assert told("render", 1, 3600.0) == []


def test_a_line_every_half_minute_with_what_is_left() -> None:
    assert told("render", 100, 1.0) == [
        "made 30 of 100 frames, about 70 s left",
        "made 60 of 100 frames, about 40 s left",
        "made 90 of 100 frames, about 10 s left",
    ]
    assert told("scan", 100, 0.5) == ["looked at 60 of 100 frames, about 20 s left"]


def test_a_long_stage_is_no_long_log() -> None:
    said = told("render", 10_000, 10.0)  # 28 hours
    assert len(said) == 50
    assert said[0] == "made 3 of 10000 frames, about 27.8 h left"


def test_where_nobody_knows_how_much_there_is_nothing_is_said_of_what_is_left() -> None:
    said: list[str] = []
    lines = Lines(said.append)
    for done in range(70):
        lines(Progress("render", done, 0, float(done)))
    assert said == ["made 30 frames", "made 60 frames"]
    assert Progress("render", 30, 0, 30.0).remaining is None


def test_each_stage_has_its_lines() -> None:
    said: list[str] = []
    lines = Lines(said.append)
    for stage in ("scan", "render"):
        lines(Progress(stage, 0, 9, 0.0))
        lines(Progress(stage, 3, 9, 31.0))
    assert [line.split(" 3 of 9 ")[0] for line in said] == ["looked at", "made"]


def test_a_meter_counts() -> None:
    seen: list[Progress] = []
    meter = Meter(seen.append, "scan", 2)
    meter.step()
    meter.step()
    assert [(one.done, one.total, one.stage) for one in seen] == [
        (0, 2, "scan"),
        (1, 2, "scan"),
        (2, 2, "scan"),
    ]
    assert seen[0].remaining is None
    assert Progress("scan", 1, 4, 2.0).remaining == 6.0


def test_a_bar_is_shown_if_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with observing(False) as observer:
        Meter(observer, "scan", 2).step()
    assert capsys.readouterr().err == ""
    with observing(True) as observer:
        Meter(observer, "scan", 2).step()
        Meter(observer, "render", 4).step()
    shown = capsys.readouterr().err
    assert "looking" in shown
    assert "1/4" in shown


def test_durations_in_words() -> None:
    said = [in_words(seconds) for seconds in (0.1, 40.4, 89, 90, 719, 5399, 5400, 100_000)]
    assert said == ["1 s", "40 s", "89 s", "2 min", "12 min", "90 min", "1.5 h", "27.8 h"]


def test_programs_are_told_once_a_second_and_at_both_ends() -> None:
    said: list[str] = []
    lines = JsonLines(said.append, name="a.mkv")
    for done in range(11):
        lines(Progress("render", done, 10, done * 0.25))
    told = [json.loads(line) for line in said]
    assert [one["done"] for one in told] == [0, 4, 8, 10]
    assert told[0]["remaining"] is None
    assert told[1] == {
        "name": "a.mkv",
        "stage": "render",
        "done": 4,
        "total": 10,
        "seconds": 1.0,
        "remaining": 1.5,
    }
