"""From settings, as a configuration file holds them, to a network."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Protocol, cast, get_args, get_origin, get_type_hints

from torch import Tensor, nn

from .direct import Direct, DirectConfig
from .fast import Fast, FastConfig
from .fused import Fused, FusedConfig
from .hybrid import Hybrid
from .matching import MatchingConfig
from .pair import Pair
from .softsplat import SoftSplat, SoftSplatConfig


class InterpolationNetwork(Protocol):
    """What every architecture offers."""

    size_multiple: int
    takes_flow: str  # which flow it is given, a key of `dis.GIVEN`; "" for none

    def __init__(self, config: Any) -> None: ...

    def prepare(
        self,
        one: Tensor,
        two: Tensor,
        given: tuple[Tensor, Tensor] | None = None,
        shown: tuple[int, int] | None = None,
    ) -> Pair: ...

    def synthesise(self, pair: Any, t: Tensor | float) -> Tensor: ...


ARCHITECTURES: dict[str, tuple[type[Any], type[InterpolationNetwork]]] = {
    "softsplat": (SoftSplatConfig, SoftSplat),
    "fast": (FastConfig, Fast),
    "hybrid": (MatchingConfig, Hybrid),
    "fused": (FusedConfig, Fused),
    "direct": (DirectConfig, Direct),
}


def build(settings: Mapping[str, Any]) -> nn.Module:
    """The network that `settings` describe: ``architecture`` and the sizes of its parts.

    Raises:
        ValueError: an unknown architecture or setting, or a value of the wrong kind.
    """
    sizes = dict(settings)
    name = sizes.pop("architecture", None)
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are: {', '.join(ARCHITECTURES)}")
    config, network = ARCHITECTURES[name]
    return cast(nn.Module, network(from_settings(config, sizes)))


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
            raise ValueError(f"setting {place!r} is a section, not {value!r}")
        return from_settings(hint, value, place + ".")  # type: ignore[arg-type]
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            choices = ", ".join(map(str, get_args(hint)))
            raise ValueError(f"setting {place!r} is one of {choices}, not {value!r}")
        return value
    if get_origin(hint) is tuple:  # tuple[int, ...]
        item = get_args(hint)[0]
        if not isinstance(value, list | tuple) or not all(_is(item, each) for each in value):
            raise ValueError(f"setting {place!r} takes a list of {item.__name__}, not {value!r}")
        return tuple(value)
    if not _is(hint, value):
        raise ValueError(f"setting {place!r} takes {hint.__name__}, not {value!r}")
    return value


def _is(kind: Any, value: Any) -> bool:
    """Whether a value is of a kind; a whole number is a float too, but true is no number."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
