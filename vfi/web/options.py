"""What the page can ask for: made from the option values themselves, so that nothing is missing.

Names, types, defaults and explanations are those of `TimelineOptions`, `RenderOptions` and
`EncodingOptions`; a new option of theirs is on the page without another line here. What is neither
text nor number, yes or no, is not: options that go to an encoder by its own names can name files.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..devices import PRECISIONS
from ..errors import UsageError
from ..media.options import EncodingOptions
from ..media.video.codecs import CODECS
from ..model_files import models
from ..planning import TimelineOptions
from ..presets import shipped_presets
from ..rendering.render import RenderOptions

Kind = Literal["text", "whole", "number", "flag", "choice", "file"]
Setting = str | bool
PRESET = "preset_for"
GROUPS: dict[str, type[Any]] = {
    "Which frames": TimelineOptions,
    "Pictures": RenderOptions,
    "File": EncodingOptions,
}
_CHOICES: dict[str, Callable[[], tuple[str, ...]]] = {"codec": lambda: tuple(CODECS)}


@dataclass(frozen=True)
class Option:
    """Something that can be asked for."""

    name: str
    kind: Kind
    default: Any = None
    choices: tuple[str, ...] = ()
    explained: str = ""

    @property
    def label(self) -> str:
        return label_of(self.name)

    def value(self, setting: Setting, place: Callable[[str], Path]) -> Any:
        """Return what was set, as the option takes it; None where nothing was.

        Args:
            place: finds the file that a name means.

        Raises:
            UsageError: it is no number.
        """
        if isinstance(setting, bool):
            return setting if self.kind == "flag" and setting != self.default else None
        if not setting.strip():
            return None
        text = setting.strip()
        if self.kind == "file":
            return place(text)
        if self.kind in ("whole", "number"):
            return self._number(text)
        return text

    def _number(self, text: str) -> int | float:
        whole = self.kind == "whole"
        try:
            return int(text) if whole else float(text)
        except ValueError:
            message = f"{self.name} {text!r} is no {'whole ' if whole else ''}number"
            raise UsageError(message, option=self.name) from None


def label_of(name: str) -> str:
    """Return what the page calls an option."""
    return name.replace("_", " ")


def groups() -> dict[str, list[Option]]:
    """All options, as they stand together."""
    made = {title: _options_of(options) for title, options in GROUPS.items()}
    return made | {"Network": _network()}


def preset_option() -> Option:
    """Return the choice of a preset: whatever is set besides takes the place of what it says."""
    return Option(PRESET, "choice", None, tuple(shipped_presets()), "wishes for an occasion")


def pair_options() -> list[Option]:
    """Return what can be asked of two pictures, besides the network."""
    times = "where between the two, 0 to 1: 1/2, or several with spaces between them: 1/4 1/2 3/4"
    return [
        Option("times", "text", explained=times),
        Option("count", "whole", explained="instead: so many pictures, evenly spaced"),
    ]


def values(
    options: list[Option], settings: Mapping[str, Setting], place: Callable[[str], Path]
) -> dict[str, Any]:
    """Return what was set, by name, as the options take it; what was not set is not in it.

    Raises:
        UsageError: something is no number.
        InputError: a file lies outside the folders.
    """
    named = {option.name: option for option in options}
    made = {
        name: named[name].value(setting, place)
        for name, setting in settings.items()
        if name in named
    }
    return {name: value for name, value in made.items() if value is not None}


def _options_of(options: type[Any]) -> list[Option]:
    hints, explained = get_type_hints(options), _explained(options)
    defaults = inspect.signature(options).parameters
    return [
        _option(field.name, hints[field.name], defaults[field.name].default, explained)
        for field in fields(options)
        if get_origin(hints[field.name]) is not Mapping
    ]


def _option(name: str, hint: Any, default: Any, explained: Mapping[str, str]) -> Option:
    choices = _CHOICES[name]() if name in _CHOICES else _literals(hint)
    kind: Kind = "choice" if choices else _kind(hint)
    return Option(name, kind, default, choices, explained.get(name, ""))


def _literals(hint: Any) -> tuple[str, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def _kind(hint: Any) -> Kind:
    types = {kind for kind in (get_args(hint) or (hint,)) if kind is not type(None)}
    if Path in types:
        return "file"
    known: dict[Any, Kind] = {bool: "flag", int: "whole", float: "number"}
    return known.get(next(iter(types)), "text") if len(types) == 1 else "text"


def _explained(options: type[Any]) -> dict[str, str]:
    """Return what the docstring says of each argument."""
    text = inspect.getdoc(options) or ""
    told = re.split(r"^Args:\n", text, flags=re.MULTILINE)[-1]
    told = re.split(r"^\S", told, maxsplit=1, flags=re.MULTILINE)[0]
    found: dict[str, str] = {}
    for entry in re.split(r"\n(?=    \S)", told):
        names, _, said = entry.strip().partition(": ")
        found |= {name.strip(): " ".join(said.split()) for name in names.split(",")}
    return found


def _network() -> list[Option]:
    names = tuple(entry.name for entry in models())
    return [
        Option("model", "choice", None, names, "what makes the pictures between two"),
        Option("device", "text", "auto", (), "auto, cpu, cuda, cuda:N or mps"),
        Option("precision", "choice", "auto", ("auto", *PRECISIONS), "what it computes in"),
        Option("overwrite", "flag", False, (), "replace a result that is there already"),
        Option("fresh", "flag", False, (), "begin anew, whatever an interrupted run has left"),
        Option("yes", "flag", False, (), "more than 8 frames for one, or 240 a second, are meant"),
    ]
