"""What the page can ask for is what the option values know, no less and nothing else."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import get_origin, get_type_hints

import pytest

from vfi.errors import InputError, UsageError
from vfi.media.options import EncodingOptions
from vfi.planning import TimelineOptions
from vfi.rendering.render import RenderOptions
from vfi.web.options import GROUPS, groups, pair_options, values

OFFERED = {option.name: option for group in groups().values() for option in group}


def place(name: str) -> Path:
    if name.startswith("/"):
        raise InputError("outside")
    return Path("/root") / name


@pytest.mark.parametrize("options", GROUPS.values())
def test_every_option_is_there(options: type) -> None:
    hints = get_type_hints(options)
    for field in fields(options):
        if get_origin(hints[field.name]) is Mapping:
            assert field.name not in OFFERED  # names of files could be among them
            continue
        assert OFFERED[field.name].explained, field.name


def test_kinds_come_of_types() -> None:
    kinds = {
        "fps": "text",
        "loop": "flag",
        "at_cut": "choice",
        "tolerance": "number",
        "scenes": "file",
        "width": "whole",
        "mask": "file",
        "codec": "choice",
        "mute": "flag",
        "model": "choice",
    }
    assert {name: OFFERED[name].kind for name in kinds} == kinds
    assert OFFERED["at_cut"].choices == ("hold", "blend", "nearest")
    assert OFFERED["tolerance"].default == TimelineOptions().tolerance
    assert OFFERED["still"].default == RenderOptions().still
    assert OFFERED["codec"].default is EncodingOptions().codec is None


def test_values_are_what_the_options_take() -> None:
    given = {
        "fps": " 5/2 ",
        "loop": True,
        "mute": False,
        "tags": False,
        "width": "640",
        "still": "0.5",
        "mask": "m.png",
        "start": "",
        "unknown": "x",
    }
    made = values(list(OFFERED.values()), given, place)
    assert made == {
        "fps": "5/2",
        "loop": True,
        "tags": False,
        "width": 640,
        "still": 0.5,
        "mask": Path("/root/m.png"),
    }


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("width", "wide", "width 'wide' is no whole number"),
        ("width", "1.5", "width '1.5' is no whole number"),
        ("still", "much", "still 'much' is no number"),
    ],
)
def test_what_is_no_number(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        values(list(OFFERED.values()), {name: text}, place)
    assert caught.value.option == name


def test_files_are_looked_for_where_they_may_be() -> None:
    with pytest.raises(InputError, match="outside"):
        values(list(OFFERED.values()), {"mask": "/etc/passwd"}, place)


def test_a_pair_has_times() -> None:
    assert [option.name for option in pair_options()] == ["times", "count"]
