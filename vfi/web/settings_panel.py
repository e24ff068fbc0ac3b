"""What is asked for: every option there is, the usual ones first."""

from typing import Any

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from ..presets import shipped_preset
from .desk import Desk
from .elements import section
from .options import PRESET, Option, groups, pair_options, preset_option

HOW = {
    "fps": "times the frame rate",
    "target_fps": "frames a second",
    "slow": "times as long (slow motion)",
}
USUAL = {"fps": "2", "target_fps": "60", "slow": "4"}


class SettingsPanel:
    """The second part of the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        with section("2. What to make of it"):
            with ui.element("div") as self._of_video:
                self._preset()
                self._density()
            with ui.element("div") as self._of_pair:
                self._fields(pair_options())
            self._more = [self._group(title, options) for title, options in groups().items()]
            result = ui.input("Result", value=desk.form.out, on_change=self._set_out)
            result.props("outlined dense spellcheck=false autocomplete=off")
            result.props["hint"] = "a file, or a folder with / at its end; empty: beside the source"
        self.refresh()

    def refresh(self) -> None:
        """Show what the chosen kind of source has."""
        pair = self._desk.form.kind == "pair"
        self._of_video.set_visibility(not pair)
        self._of_pair.set_visibility(pair)
        for group, title in zip(self._more, groups(), strict=True):
            group.set_visibility(not pair or title == "Network")

    def _set_out(self, event: ValueChangeEventArguments[Any]) -> None:
        self._desk.form.out = event.value or ""
        self._desk.changed()

    def _preset(self) -> None:
        """Offer presets; what one says of the rate is shown, everything else it says by itself."""
        settings = self._desk.form.settings
        known = {name: shipped_preset(name) for name in preset_option().choices}
        choices = {name: f"{name}: {preset.about}" for name, preset in known.items()}
        chosen = ui.select(choices, label="Preset", value=settings.get(PRESET))
        chosen.props("outlined dense clearable").classes("grow preset")

        def changed() -> None:
            settings.pop(PRESET, None)
            for name in HOW:
                settings.pop(name, None)
            wishes = known[chosen.value].wishes if chosen.value else {}
            name = next((name for name in HOW if name in wishes), "fps")
            self._show_density(name, str(wishes.get(name, USUAL[name])))
            if chosen.value:
                settings[PRESET] = chosen.value
            self._desk.changed()

        chosen.on_value_change(changed)

    def _show_density(self, name: str, number: str) -> None:
        self._how.value = name
        self._number.value = number

    def _density(self) -> None:
        """One number, and what it means."""
        settings = self._desk.form.settings
        chosen = next((name for name in HOW if name in settings), "fps")
        number = ui.input("Number", value=str(settings.get(chosen, USUAL[chosen])))
        number.props("outlined dense").classes("number")
        how = ui.select(HOW, label="Meaning", value=chosen).props("outlined dense")

        def changed() -> None:
            for name in HOW:
                settings.pop(name, None)
            settings[how.value] = number.value or ""
            self._desk.changed()

        def meant() -> None:
            number.value = USUAL[how.value]
            changed()

        number.on_value_change(changed)
        how.on_value_change(meant)
        self._number, self._how = number, how
        self._of_video.classes("field")

    def _group(self, title: str, options: list[Option]) -> ui.expansion:
        with ui.expansion(f"More: {title.lower()}").classes("more") as group:
            self._fields([option for option in options if option.name not in HOW])
        return group

    def _fields(self, options: list[Option]) -> None:
        with ui.element("div").classes("fields"):
            for option in options:
                self._field(option)

    def _field(self, option: Option) -> None:
        settings = self._desk.form.settings

        def changed(event: ValueChangeEventArguments[Any]) -> None:
            value = event.value
            if value in ("", None, False) or value == option.default:
                settings.pop(option.name, None)
            else:
                settings[option.name] = value
            self._desk.changed()

        before = settings.get(option.name, option.default)
        if option.kind == "flag":
            made: Any = ui.checkbox(option.label, value=bool(before), on_change=changed)
            made.tooltip(option.explained)
            return
        if option.kind == "choice":
            choices = {choice: choice for choice in option.choices}
            made = ui.select(choices, label=option.label, value=before, on_change=changed)
            made.props("clearable" if option.default is None else "")
        else:
            text = "" if before is None else f"{before:g}" if isinstance(before, float) else before
            made = ui.input(option.label, value=str(text), on_change=changed)
        made.props("outlined dense")
        made.props["hint"] = option.explained
