"""What will happen, in words and small pictures, as far as it is known."""

from nicegui import ui

from ..progress import in_words
from .desk import Desk
from .elements import Complaint, Text, section
from .look import Found, Look, Thumbnail


class OutlookPanel:
    """The third part of the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: tuple[Look | None, int] | None = None
        with section("3. What will happen"):
            self._state = Text("p", "").props("role=status")
            self._complaint = Complaint()
            self._facts = ui.element("dl")
            self._notes = ui.element("ul").classes("notes")
            self._pictures = ui.element("div")

    def refresh(self) -> None:
        """Show what has become known since."""
        look = self._desk.look
        seen = look, look.found.version if look else 0
        if seen == self._seen:
            return
        self._seen = seen
        found = look.found if look else Found()
        self._state.text = _state_of(look)
        self._complaint.say(found.error)
        self._facts.clear()
        with self._facts:
            for head, text in found.lines:
                Text("dt", head)
                Text("dd", text)
        self._notes.clear()
        with self._notes:
            for note in found.notes:
                Text("li", note)
        self._notes.set_visibility(bool(found.notes))
        self._pictures.clear()
        with self._pictures:
            _show("Cuts: before and after", found.cuts)
            _show("Repeated drawings: the first, and its repeat", found.repeats)


def _state_of(look: Look | None) -> str:
    if look is None:
        return "Choose a source; nothing is written before you press Render."
    progress = look.found.progress
    if progress is not None:
        left = "" if progress.remaining is None else f", about {in_words(progress.remaining)} left"
        return f"Looking for cuts and repeats: frame {progress.done} of {progress.total}{left}"
    if look.found.error:
        return "This cannot be made:"
    return "This will be made:" if look.found.is_whole else "Looking at it…"


def _show(title: str, pictures: list[Thumbnail]) -> None:
    if not pictures:
        return
    Text("h3", title)
    with ui.element("div").classes("thumbnails"):
        for picture in pictures:
            with ui.element("figure"):
                shown = ui.element("img")
                shown.props["src"], shown.props["alt"] = picture.address, picture.said
                Text("figcaption", picture.said)
