"""A picture's size is checked before anything is allocated for it."""

from pathlib import Path

import pytest

from vfi.errors import InputError, UsageError
from vfi.media.limits import DEFAULT, check_pixels, max_pixels


def test_the_limit_itself_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VFI_MAX_PIXELS", raising=False)
    assert max_pixels() == DEFAULT == 16384 * 8192
    check_pixels("a.png", 16384, 8192)
    with pytest.raises(InputError, match=r"a\.png is 16384x8193: more than 134217728 pixels"):
        check_pixels(Path("a.png"), 16384, 8193)


def test_it_can_be_raised_and_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFI_MAX_PIXELS", "400000000")
    check_pixels("a.png", 20000, 20000)
    monkeypatch.setenv("VFI_MAX_PIXELS", "12")
    check_pixels("a.png", 4, 3)
    with pytest.raises(InputError, match="set VFI_MAX_PIXELS=13 to read it"):
        check_pixels("a.png", 13, 1)


@pytest.mark.parametrize("text", ["0", "-1", "1e9", "many", "9" * 5000, "1.5", "\u0663"])
def test_no_number_of_pixels(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VFI_MAX_PIXELS", text)
    with pytest.raises(UsageError, match="is not a number of pixels") as caught:
        max_pixels()
    assert len(str(caught.value)) < 120
