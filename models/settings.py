"""Frozen dataclasses from mappings, as configuration files hold them; unknown keys are errors."""

import reprlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints


def from_settings(kind: type[Any], settings: Mapping[str, Any], place: str = "") -> Any:
    """Return a frozen dataclass from a mapping, nested ones too; unknown keys are errors.

    Raises:
        ValueError: names the key, and what there is instead.
    """
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in settings.items():
        if key not in known:
            raise ValueError(
                f"unknown setting {place + key!r}; there are: {', '.join(sorted(known))}"
            )
        values[key] = _converted(hints[key], value, place + key)
    return kind(**values)


def _converted(hint: Any, value: Any, place: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ValueError(f"setting {place!r} is a section, not {reprlib.repr(value)}")
        return from_settings(hint, value, place + ".")  # type: ignore[arg-type]
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            choices = ", ".join(map(str, get_args(hint)))
            raise ValueError(f"setting {place!r} is one of {choices}, not {reprlib.repr(value)}")
        return value
    if get_origin(hint) is tuple:  # tuple[int, ...]
        item = get_args(hint)[0]
        if not isinstance(value, list | tuple) or not all(_is(item, each) for each in value):
            raise ValueError(
                f"setting {place!r} takes a list of {item.__name__}, not {reprlib.repr(value)}"
            )
        return tuple(value)
    if not _is(hint, value):
        raise ValueError(f"setting {place!r} takes {hint.__name__}, not {reprlib.repr(value)}")
    return value


def _is(kind: Any, value: Any) -> bool:
    """Tell whether a value is of a kind; a whole number is a float too, but true is no number."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
