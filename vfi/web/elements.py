"""Elements that the panels share. All text goes to the browser as text, never as markup."""

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

Handler = Callable[[], Any]


class Text(TextElement):
    """An HTML element with a text, such as a heading."""

    def __init__(self, tag: str, text: str, classes: str = "") -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def section(title: str) -> ui.element:
    """Return a part of the page with a heading; to be used in `with`."""
    part = ui.element("section")
    with part:
        heading = Text("h2", title)
    part.props["aria-labelledby"] = heading.html_id
    return part


def button(text: str, pressed: Handler, about: str = "", main: bool = False) -> ui.button:
    """Return a button.

    Args:
        about: what it is about, for people who hear the page; the word on it comes first.
        main: whether it is what the page is there for.
    """
    made = ui.button(text, on_click=pressed, color=None if main else "primary")
    made.props("no-caps" if main else "no-caps outline").classes("main" if main else "")
    if about:
        made.props["aria-label"] = f"{text} {about}"
    return made


class Slider(ui.element):
    """The browser's own slider, which a keyboard moves from end to end.

    about: what it sets, for people who hear the page.
    moved: is called with the number that is chosen, while it moves.
    chosen: is called when it comes to rest.
    """

    def __init__(self, about: str, moved: Callable[[int], Any], chosen: Handler) -> None:
        super().__init__("div")
        self.classes("slider")
        self.number = self._last = 0
        self._about, self._moved, self._chosen = about, moved, chosen

    def span(self, last: int, number: int) -> None:
        """Let it go from 0 to `last`, and stand at a number."""
        self.number, self._last = number, last
        self.clear()
        with self:
            made = ui.element("input").props("type=range min=0 step=1")
        made.props["aria-label"], made.props["max"] = self._about, last
        # As an attribute, where it stands first: as a property it would be put back there by
        # every other change of the page.
        made.props["^value"] = number
        take = "(e) => emit(e.target.value)"
        made.on("input", self._take, js_handler=take)
        made.on("change", self._rest, js_handler=take)
        self._moved(number)

    def _take(self, event: GenericEventArguments) -> None:
        with contextlib.suppress(TypeError, ValueError):
            self.number = min(max(int(event.args), 0), self._last)
            self._moved(self.number)

    async def _rest(self, event: GenericEventArguments) -> None:
        self._take(event)
        outcome = self._chosen()
        if inspect.isawaitable(outcome):
            await outcome


class Complaint(Text):
    """The one line that says what is wrong; empty as long as nothing is."""

    def __init__(self) -> None:
        super().__init__("p", "", "complaint")
        self.props("role=alert")
        self.say("")

    def say(self, text: str) -> None:
        self.text = text
        self.set_visibility(bool(text))
