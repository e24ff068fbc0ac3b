"""Where the source is chosen: a video, a folder of pictures, or two pictures."""

from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

from .desk import Desk
from .elements import Complaint, Text, button, section
from .folders import Wanted, choose

_DROP: dict[Wanted, str] = {
    "video": "or drop a video; it is copied to the folder uploads:",
    "picture": "or drop a picture; it is copied to the folder uploads:",
}
KINDS = {"video": "A video or a folder of pictures", "pair": "Two pictures"}


class SourcePanel:
    """The first part of the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        form = desk.form
        with section("1. What to interpolate"):
            kinds = ui.radio(KINDS, value=form.kind, on_change=self._set_kind).props("inline")
            kinds.props["aria-label"] = "kind of source"
            with ui.element("div") as self._video:
                self._source("video", "Path of a video or folder", "video")
            with ui.element("div") as self._pair:
                self._source("one", "Path of the first picture", "picture")
                self._source("two", "Path of the second picture", "picture")
            self._complaint = Complaint()
        self._show_kind()

    def _set_kind(self, event: ValueChangeEventArguments[Any]) -> None:
        self._desk.form.kind = event.value
        self._desk.changed()
        self._show_kind()

    def _show_kind(self) -> None:
        self._video.set_visibility(self._desk.form.kind == "video")
        self._pair.set_visibility(self._desk.form.kind == "pair")

    def _source(self, name: str, label: str, wanted: Wanted) -> None:
        def set_path(event: ValueChangeEventArguments[Any]) -> None:
            setattr(self._desk.form, name, event.value or "")
            self._desk.changed()

        async def browse() -> None:
            chosen = await choose(self._desk.roots, path.value or "", wanted)
            if chosen is not None:
                path.value = chosen

        def uploaded(event: GenericEventArguments) -> None:
            self._complaint.say(str(event.args.get("error", "")))
            path.value = event.args.get("path", path.value)

        with ui.element("div").classes("field"):
            path = ui.input(label, value=getattr(self._desk.form, name), on_change=set_path)
            path.props("outlined dense spellcheck=false autocomplete=off").classes("grow")
            button("Browse…", browse, f"for {label.lower()}")
        with ui.element("label").classes("drop"):
            Text("span", _DROP[wanted])
            dropped = ui.element("input").props("type=file")
            dropped.on("change", uploaded, js_handler="(e) => vfi.upload(e.target).then(emit)")
            Text("output", "")
