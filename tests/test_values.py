"""Whatever Python gives as a value is taken, or a UsageError of one short line that names it."""

import inspect
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vfi
from vfi import EncodingOptions, RenderOptions, TimelineOptions, UsageError
from vfi.errors import VfiError, shown

HUGE = 10**5000
VALUES = {
    "huge": HUGE,
    "hugely negative": -HUGE,
    "a tiny fraction": Fraction(1, HUGE),
    "a huge fraction": Fraction(HUGE, 7),
    "5,000 digits": "9" * 5000,
    "1e300": 1e300,
    "nan": math.nan,
    "inf": math.inf,
    "a word": "x",
    "lines": "one\ntwo",
    "bytes": b"x",
    "a list": [],
    "complex": 1j,
    "an object": object(),
    "a number": 5,
}
OPTIONS = [
    pytest.param(kind, name, id=name)
    for kind in (TimelineOptions, RenderOptions, EncodingOptions)
    for name in inspect.signature(kind).parameters
]


def refusal(make: Callable[[], object]) -> UsageError | None:
    try:
        make()
    except UsageError as error:
        return error
    return None


def is_short(error: VfiError) -> bool:
    return "\n" not in str(error) and len(str(error)) < 250


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize(("kind", "name"), OPTIONS)
def test_an_option_takes_a_value_or_names_it(kind: Any, name: str, value: Any) -> None:
    error = refusal(lambda: kind(**{name: value}))
    if error is not None:
        assert error.option == name
        assert str(error).startswith(name)
        assert is_short(error)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (TimelineOptions, "fps", HUGE),
        (TimelineOptions, "target_fps", Fraction(1, HUGE)),
        (TimelineOptions, "start", HUGE),
        (TimelineOptions, "threshold", HUGE),
        (TimelineOptions, "tolerance", HUGE),
        (TimelineOptions, "scenes", 5),
        (RenderOptions, "width", HUGE),
        (RenderOptions, "still", -HUGE),
        (RenderOptions, "mask", 5),
        (RenderOptions, "shutter", HUGE),
        (EncodingOptions, "quality", 0.5),
        (EncodingOptions, "codec", 5),
        (EncodingOptions, "preset", []),
    ],
    ids=lambda given: shown(given) if given is not HUGE else "huge",
)
def test_what_cannot_be_meant_is_refused(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"^{name} "):
        kind(**{name: value})


WRONG_TIMES = ("x", "", b"", HUGE, -HUGE, Fraction(HUGE, 7), math.nan, 1j, None)


@pytest.mark.parametrize("value", WRONG_TIMES, ids=[shown(value) for value in WRONG_TIMES])
def test_t_is_a_number_from_0_to_1(value: Any) -> None:
    picture = np.zeros((16, 16, 3), np.uint8)
    with pytest.raises(UsageError, match=r"^t ") as caught:
        vfi.Interpolator("direct", "cpu").pair(picture, picture).at(value)
    assert caught.value.option == "t"
    assert is_short(caught.value)


@pytest.mark.parametrize("name", ["model", "device", "precision"])
@pytest.mark.parametrize("value", [HUGE, [], 1j, "9" * 5000], ids=["huge", "list", "1j", "text"])
def test_an_interpolator_names_what_it_does_not_know(name: str, value: Any) -> None:
    wishes: dict[str, Any] = {"model": "direct", "device": "cpu"} | {name: value}
    with pytest.raises(UsageError, match=name) as caught:
        vfi.Interpolator(**wishes)
    assert is_short(caught.value)


@pytest.mark.parametrize("name", ["source", "out"])
def test_a_job_takes_paths(name: str, tmp_path: Path) -> None:
    wishes: dict[str, Any] = {"source": tmp_path} | {name: 5}
    with pytest.raises(UsageError, match=f"^{name} 5 is no path"):
        vfi.Job(**wishes)


@pytest.mark.parametrize(
    "wish", [{"width": HUGE}, {"height": -HUGE}, {"frame_rate": Fraction(HUGE)}]
)
def test_a_writer_names_what_cannot_be_written(tmp_path: Path, wish: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"width": 64, "height": 48, "frame_rate": Fraction(25)} | wish
    with pytest.raises(UsageError, match="thousands of digits") as caught:
        vfi.VideoWriter(tmp_path / "a.mp4", **asked)
    assert is_short(caught.value)


def test_values_are_shown_on_one_short_line() -> None:
    assert shown("x") == "'x'"
    assert shown(10**30) == "1" + "0" * 30
    assert shown(HUGE) == "<int of thousands of digits>"
    assert shown(Fraction(-1, 3)) == "-1/3"
    assert len(shown("9" * 5000)) == 61
    assert "\n" not in shown(np.zeros((3, 3)))
