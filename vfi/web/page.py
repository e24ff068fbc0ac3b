"""The page itself: its parts one below the other, kept up to date a few times a second."""

from importlib.resources import files
from typing import TYPE_CHECKING

from nicegui import ui

from .elements import Complaint, Text
from .service import Service

if TYPE_CHECKING:
    from .desk import Desk

OFTEN = 0.3  # seconds between two looks at how it goes


def show(service: Service) -> None:
    """Make the page known to the server."""

    @ui.page("/")
    async def page() -> None:
        _dress()
        with ui.element("header"):
            Text("h1", "vfi")
            Text("p", "frames in between; everything stays on this machine")
        with ui.element("div") as main:
            waiting = Text("p", "Loading…").props("role=status")
        await ui.context.client.connected(timeout=30)
        desk = await service.desk()
        with main:
            waiting.delete()
            if desk is None:
                Complaint().say(service.failure)
            else:
                _fill(desk)


def _dress() -> None:
    here = files(__package__)
    ui.colors(primary="#1a5fb4", positive="#1b7f3b", negative="#b3261e")
    ui.add_css(here.joinpath("page.css").read_text(encoding="utf-8"))
    script = here.joinpath("page.js").read_text(encoding="utf-8")
    ui.add_head_html(f"<script>{script}</script>")


def _fill(desk: "Desk") -> None:
    from .outlook_panel import OutlookPanel
    from .preview_panel import PreviewPanel
    from .queue_panel import QueuePanel
    from .settings_panel import SettingsPanel
    from .source_panel import SourcePanel

    SourcePanel(desk)
    settings, outlook = SettingsPanel(desk), OutlookPanel(desk)
    preview, queue = PreviewPanel(desk), QueuePanel(desk)

    def refresh() -> None:
        desk.tick()
        settings.refresh()
        outlook.refresh()
        preview.refresh()
        queue.refresh()

    ui.timer(OFTEN, refresh)
