"""Wishes of a job: those of the command line, over those of a preset."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from ..errors import UsageError
from .paths import OUT_FILE, PATH

if TYPE_CHECKING:
    from ..presets import Preset

Command = TypeVar("Command", bound=Callable[..., Any])


def presets(command: Command) -> Command:
    """Add --for and --preset-file."""
    for option in (
        click.option(
            "--preset-file", type=PATH, help="Wishes in a TOML file; what is given here wins."
        ),
        click.option(
            "--for",
            "preset_for",
            metavar="PURPOSE",
            help="Wishes that are shipped: animation, film, … (see `vfi presets`); what is given "
            "here wins.",
        ),
    ):
        command = option(command)
    return command


save_preset = click.option(
    "--save-preset",
    type=OUT_FILE,
    help="Write these wishes to a TOML file; INPUT is optional then.",
)


def wished(
    settings: dict[str, Any], model: str | None, preset_for: str | None, preset_file: Path | None
) -> tuple[dict[str, Any], str | None]:
    """Return the settings that were given, over those of a preset, and the model.

    Raises:
        UsageError: there is no such preset, or there are two. InputError: it cannot be read.
    """
    from ..presets import Preset, wish_names

    source = click.get_current_context().get_parameter_source
    asked = {
        name: value
        for name, value in {**settings, "model": model}.items()
        if name in wish_names() and source(name) is not ParameterSource.DEFAULT
    }
    preset = _preset(preset_for, preset_file) or Preset("")
    wishes = preset.under({name: value for name, value in asked.items() if value is not None})
    return wishes, wishes.pop("model", None)


def _preset(name: str | None, file: Path | None) -> "Preset | None":
    from ..presets import read_preset, shipped_preset

    if name is not None and file is not None:
        raise UsageError(
            "preset_for and preset_file exclude each other: give one, not both",
            option=("preset_for", "preset_file"),
        )
    if name is not None:
        return shipped_preset(name)
    return None if file is None else read_preset(file)
