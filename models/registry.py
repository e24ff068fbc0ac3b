"""From settings, as a configuration file holds them, to a network."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from .direct import Direct, DirectConfig
from .fast import Fast, FastConfig
from .fused import Fused, FusedConfig
from .hybrid import Hybrid
from .motion import MotionConfig
from .network import InterpolationNetwork
from .softsplat import SoftSplat, SoftSplatConfig

ARCHITECTURES: dict[str, tuple[type[Any], type[InterpolationNetwork]]] = {
    "softsplat": (SoftSplatConfig, SoftSplat),
    "fast": (FastConfig, Fast),
    "hybrid": (MotionConfig, Hybrid),
    "fused": (FusedConfig, Fused),
    "direct": (DirectConfig, Direct),
}


def build(settings: Mapping[str, Any]) -> InterpolationNetwork:
    """The network that `settings` describe: ``architecture`` and the sizes of its parts.

    Raises:
        ValueError: an unknown architecture or setting, or a value of the wrong kind.
    """
    config, network = _architecture(settings)
    sizes = {key: value for key, value in settings.items() if key != "architecture"}
    build_network: Callable[[Any], InterpolationNetwork] = network
    return build_network(from_settings(config, sizes))


def needs_weights(settings: Mapping[str, Any]) -> bool:
    """Whether anything of the network that `settings` describe is learned.

    Raises:
        ValueError: an unknown architecture.
    """
    return _architecture(settings)[1].needs_weights


def _architecture(settings: Mapping[str, Any]) -> tuple[type[Any], type[InterpolationNetwork]]:
    if not isinstance(settings, Mapping):  # a file may hold anything
        raise ValueError(f"settings are a mapping, not {reprlib.repr(settings)}")
    name = settings.get("architecture")
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def from_settings(kind: type[Any], settings: Mapping[str, Any], place: str = "") -> Any:
    """A frozen dataclass from a mapping, nested ones too; unknown keys are errors.

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
    """Whether a value is of a kind; a whole number is a float too, but true is no number."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
