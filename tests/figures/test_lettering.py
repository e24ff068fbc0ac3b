"""Bars of text above pictures."""

import numpy as np
import pytest

from vfi.figures import lettering
from vfi.figures.lettering import INK, PAPER, bar, bar_height


def inked(picture: np.ndarray) -> np.ndarray:
    """The columns in which there is text."""
    return np.nonzero((picture != PAPER).any(axis=(0, 2)))[0]


def test_text_stands_at_both_ends() -> None:
    columns = inked(bar("left", "right", 400, 30))
    assert columns.min() < 20
    assert columns.max() > 380
    assert not ((columns > 150) & (columns < 250)).any()


def test_what_has_no_room_is_left_out() -> None:
    alone = bar("left", "", 60, 20)
    assert np.array_equal(bar("left", "a right one that is far too long", 60, 20), alone)
    long = inked(bar("a name that is far too long for this", "", 100, 20))
    assert long.max() < 100
    assert inked(bar("name", "time", 8, 20)).size == 0


@pytest.mark.parametrize("height", [48, 720, 1080, 2160])
def test_bars_are_even_and_grow_with_the_picture(height: int) -> None:
    found = bar_height(height)
    assert found % 2 == 0
    assert height / 25 - 2 <= found <= max(18, height / 24)


def test_without_a_font_of_the_system_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "FONTS", ("no such font.ttf",))
    lettering._font.cache_clear()
    try:
        assert (bar("left", "", 200, 30) == INK).all(axis=2).any()
    finally:
        lettering._font.cache_clear()
