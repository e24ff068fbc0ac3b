"""One moment, as it would be held, blended, and as it will be made."""

import asyncio

from nicegui import ui

from ..figures.behind import Pixels, figures_of
from .desk import Desk
from .elements import Complaint, Slider, Text, button, section
from .look import Look
from .moments import Moment
from .pictures import encoded
from .telling import said_of

SHOWN = ("held: the source's frame", "blended: two frames, one over the other", "the result")


class PreviewPanel:
    """The fourth part of the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._look: Look | None = None
        self._moments = 0
        with section("4. A moment beforehand") as self._part:
            with ui.element("div").classes("field"):
                self._said = Text("output", "")
                self._which = Slider("frame of the result", self._say_which, self._make)
                button("Show it", self._make, "a moment of the result")
            self._complaint = Complaint()
            self._pictures = ui.element("div").classes("moment")
            with ui.element("div").classes("field") as self._choice:
                Text("span", "held")
                self._how = Slider("held, blended or the result", self._switch, lambda: None)
                Text("span", "result")
            self._shown = Text("p", "").props("aria-live=polite")
            self._ask_behind = button("Show what is behind it", self._make_behind)
            self._behind = ui.element("div").classes("thumbnails behind")
        self._how.span(2, 2)
        self.refresh()

    def refresh(self) -> None:
        """Another source, or another plan, has other moments."""
        look = self._desk.look
        moments = look.found.moments if look else 0
        if (look, moments) == (self._look, self._moments):
            return
        self._look, self._moments = look, moments
        self._pictures.clear()
        self._behind.clear()
        self._complaint.say("")
        self._part.set_visibility(moments > 0)
        self._which.span(max(moments - 1, 0), moments // 2)
        self._show_choice(False)

    def _say_which(self, number: int) -> None:
        self._said.text = f"frame {number} of {self._moments}"

    async def _make(self) -> None:
        """Make the moment and show it."""
        look, number = self._look, self._which.number
        if look is None or number >= self._moments:
            return
        self._said.text = f"making frame {number}…"
        try:
            moment = await asyncio.to_thread(look.moment, number)
        except Exception as error:
            self._complaint.say(said_of(error))
            return
        if look is self._look:
            self._show(moment, number)

    async def _make_behind(self) -> None:
        """Show flows, Z, and both frames moved to the moment."""
        look, number = self._look, self._which.number
        if look is None or number >= self._moments:
            return
        try:
            behind = await asyncio.to_thread(look.behind, number)
            figures = [] if behind is None else list(figures_of(behind))
        except Exception as error:
            self._complaint.say(said_of(error))
            return
        if look is self._look:
            self._show_behind(figures, number)

    def _show_behind(self, figures: list[tuple[str, Pixels]], number: int) -> None:
        self._behind.clear()
        with self._behind:
            if not figures:
                Text("p", f"frame {number} is the source's own: nothing is behind it")
            for said, pixels in figures:
                with ui.element("figure"):
                    shown = ui.element("img")
                    shown.props["src"] = self._desk.shelf.picture(encoded(pixels))
                    shown.props["alt"] = f"frame {number}: {said}"
                    Text("figcaption", said)

    def _show(self, moment: Moment, number: int) -> None:
        self._say_which(self._which.number)
        self._pictures.clear()
        self._behind.clear()
        with self._pictures:
            for pixels, said in zip(moment, SHOWN, strict=True):
                shown = ui.element("img")
                shown.props["src"] = self._desk.shelf.picture(encoded(pixels))
                shown.props["alt"] = f"frame {number}, {said}"
        self._show_choice(True)
        self._switch(self._how.number)

    def _show_choice(self, visible: bool) -> None:
        self._choice.set_visibility(visible)
        self._shown.set_visibility(visible)
        self._ask_behind.set_visibility(visible)

    def _switch(self, which: int) -> None:
        self._shown.text = SHOWN[which]
        for number, picture in enumerate(self._pictures):
            picture.set_visibility(number == which)
