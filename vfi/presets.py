"""Presets: wishes of a job in a TOML file, by the names that the options have in Python.

    about = "for whom it is"
    fps = 2
    threshold = "auto"
    codec = "h265"

They are checked like any other wish. `configs/presets/` holds those that are shipped.
"""

import difflib
import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .assets import asset_folder, asset_names
from .errors import InputError, UsageError, VfiError, shown
from .media.options import EncodingOptions
from .media.output import replacing
from .planning import TimelineOptions
from .rendering.render import RenderOptions
from .video import options_of

FOLDER, SUFFIX = "configs/presets", ".toml"
_TEXTS = ("about", "example")
_LARGEST = 1 << 16  # bytes
# Of these, what is asked for takes the place of all that a preset says.
_TOGETHER = (("fps", "target_fps"), ("end", "seconds"), ("width", "height"))
_OF_THE_CODEC = {"quality", "preset", "pixel_format", "encoder_options"}  # they fit no other


@dataclass(frozen=True)
class Preset:
    """Wishes with a name.

    about: for whom they are. example: what came of them, measured.
    wishes: as `interpolate_video` takes them.
    """

    name: str
    about: str = ""
    example: str = ""
    wishes: Mapping[str, Any] = field(default_factory=dict)

    def under(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is asked for, and of the preset what does not speak of the same."""
        taken = {name for group in _TOGETHER if asked.keys() & {*group} for name in group}
        if "codec" in asked:
            taken |= _OF_THE_CODEC
        return {n: v for n, v in self.wishes.items() if n not in taken} | dict(asked)


def wish_names() -> list[str]:
    """Return what a preset can hold: the words of the job's options, and the model."""
    options: tuple[Any, ...] = (TimelineOptions, RenderOptions, EncodingOptions)
    return [entry.name for option in options for entry in fields(option)] + ["model"]


def shipped_presets() -> list[str]:
    """Return the names of the presets that are shipped."""
    return asset_names(FOLDER, SUFFIX)


def shipped_preset(name: str) -> Preset:
    """Return a preset that is shipped.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in shipped_presets():
        known = ", ".join(shipped_presets())
        raise UsageError(f"preset_for {shown(name)}: there are {known}", option="preset_for")
    return read_preset(asset_folder(FOLDER) / f"{name}{SUFFIX}")


def read_preset(path: Path) -> Preset:
    """Return the preset of a file.

    Raises:
        InputError: it cannot be read, is no TOML, or holds what is no wish, or none that can be.
    """
    data = _read(path)
    texts = {name: str(data.pop(name, "")) for name in _TEXTS}
    _check_names(path, data)
    try:
        if not isinstance(data.get("model", ""), str):
            raise UsageError(f"model {shown(data['model'])} is no name", option="model")
        options_of({name: value for name, value in data.items() if name != "model"})
    except VfiError as error:
        raise InputError(f"{path}: {error}") from error
    return Preset(path.stem, **texts, wishes=data)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise InputError(f"{path} is no preset: it has more than {_LARGEST} bytes")
        return tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read preset {path}: {error.strerror}") from error
    except RecursionError as error:
        raise InputError(f"{path}: brackets within brackets without end") from error
    except ValueError as error:
        raise InputError(f"{path} is no TOML: {error}") from error


def _check_names(path: Path, data: Collection[str]) -> None:
    known = wish_names()
    for name in data:
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            hint = f"; near it: {', '.join(near)}" if near else ""
            raise InputError(f"{path}: there is no option {shown(name)}{hint}")


def save_preset(path: Path, wishes: Mapping[str, Any], overwrite: bool = False) -> None:
    """Write wishes to a file that `read_preset` reads.

    Raises:
        UsageError: the file has another suffix. OutputError: it cannot be written.
    """
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"save_preset {path}: presets end in {SUFFIX}", option="save_preset")
    lines = [f"{name} = {_toml(value)}" for name, value in wishes.items()]
    with replacing(path, overwrite) as temporary:
        temporary.write_text("\n".join(['about = ""', *lines]) + "\n", encoding="utf-8")


def _toml(value: Any) -> str:
    """Write a value as TOML has it; what it has no word for becomes text, as people type it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items())
        return f"{{ {inside} }}"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
