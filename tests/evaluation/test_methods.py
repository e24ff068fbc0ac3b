"""Whoever is measured: functions, models and other programs."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.evaluation.methods import (
    CommandMethod,
    FunctionMethod,
    ModelMethod,
    unique_names,
)

ONE, TWO = np.full((8, 10, 3), 10, np.uint8), np.full((8, 10, 3), 30, np.uint8)

BLEND = """
import sys, cv2
one, two = cv2.imread(sys.argv[1]), cv2.imread(sys.argv[2])
cv2.imwrite(sys.argv[3], cv2.addWeighted(one, 0.5, two, 0.5, 0))
"""


def tool(tmp_path, text):
    """A program in a folder with a space in its name."""
    path = tmp_path / "some tools" / "tool.py"
    path.parent.mkdir()
    path.write_text(text)
    return f"{sys.executable} '{path}'"


def test_a_function_is_timed_and_rounded() -> None:
    def half(one: Any, two: Any, t: float) -> Any:
        return (one / 2 + two / 2) / 255

    prediction = FunctionMethod("half", half).predict(ONE, TWO, 0.5)
    assert prediction.picture.dtype == np.uint8
    assert (prediction.picture == 20).all()
    assert prediction.seconds >= 0


def test_what_is_no_number_is_not_measured_as_black() -> None:
    nothing = FunctionMethod("broken", lambda one, two, t: np.full((8, 10, 3), np.nan))
    with pytest.raises(InputError, match="broken makes values that are no numbers"):
        nothing.predict(ONE, TWO, 0.5)


class FakeInterpolator:
    """Counts the pairs it was asked to prepare."""

    def __init__(self):
        self.pairs = 0

    def pair(self, one, two):
        self.pairs += 1
        return self

    def at(self, t):
        return np.full((2, 2, 3), round(t * 100), np.uint8)


def test_a_model_prepares_a_pair_once_for_all_its_times() -> None:
    interpolator = FakeInterpolator()
    model = ModelMethod("fake", interpolator)
    assert [int(model.predict(ONE, TWO, t).picture[0, 0, 0]) for t in (0.25, 0.75)] == [25, 75]
    assert interpolator.pairs == 1
    model.predict(TWO, ONE, 0.5)
    assert interpolator.pairs == 2


def test_another_program_reads_and_writes_files(tmp_path: Path) -> None:
    method = CommandMethod(f"{tool(tmp_path, BLEND)} {{one}} {{two}} {{out}}")
    prediction = method.predict(ONE, TWO, 0.5)
    assert (prediction.picture == 20).all()
    assert prediction.seconds > 0


def test_placeholders_are_no_shell_words(tmp_path: Path) -> None:
    text = "import sys, pathlib; pathlib.Path(sys.argv[4]).write_text(sys.argv[5])" + BLEND
    out = tmp_path / "said"
    command = f"{tool(tmp_path, text)} {{one}} {{two}} {{out}} {out} 't={{t}}; $(false)'"
    CommandMethod(command).predict(ONE, TWO, 0.25)
    assert out.read_text() == "t=0.25; $(false)"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; sys.exit('no memory left')", "exit code 1: no memory left"),
        ("pass", r"wrote no \{out\} picture"),
        (
            "import sys, cv2; cv2.imwrite(sys.argv[3], cv2.imread(sys.argv[1])[:4])",
            "was asked for",
        ),
    ],
)
def test_a_program_that_fails_says_how(tmp_path: Path, text, message) -> None:
    method = CommandMethod(f"{tool(tmp_path, text)} {{one}} {{two}} {{out}}")
    with pytest.raises(InputError, match=message):
        method.predict(ONE, TWO, 0.5)


def test_a_program_that_never_ends(tmp_path: Path) -> None:
    command = f"{tool(tmp_path, 'import time; time.sleep(60)')} {{one}} {{two}} {{out}}"
    with pytest.raises(InputError, match=r"took longer than 0\.2 s"):
        CommandMethod(command, limit=0.2).predict(ONE, TWO, 0.5)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("tool {one} {two}", "lacks {out}"),
        ("no-such-program-here {one} {two} {out}", "no program 'no-such-program-here'"),
        ("'tool {one} {two} {out}", "No closing quotation"),
        ("", "is empty"),
    ],
)
def test_a_command_that_cannot_work(command, message) -> None:
    with pytest.raises(UsageError, match=message):
        CommandMethod(command)


def test_a_program_without_t_is_not_asked_for_other_times(tmp_path: Path) -> None:
    method = CommandMethod(f"{tool(tmp_path, BLEND)} {{one}} {{two}} {{out}}")
    with pytest.raises(UsageError, match=r"lacks \{t\}"):
        method.predict(ONE, TWO, 0.25)


def test_names_are_unique() -> None:
    methods = [FunctionMethod(name, lambda one, two, t: one) for name in ("a", "b", "a")]
    with pytest.raises(UsageError, match="'a' is asked for twice"):
        unique_names(methods)
