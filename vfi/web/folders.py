"""The dialog in which a file or folder is chosen by its path; nothing is uploaded."""

import asyncio
from pathlib import Path
from typing import Literal

from nicegui import ui

from ..errors import InputError
from .elements import Complaint, Text, button
from .roots import Listing, Roots

MOST = 500  # entries that are shown of a folder
Wanted = Literal["video", "picture"]


async def choose(roots: Roots, before: str, wanted: Wanted) -> str | None:
    """Ask for a video or a folder of pictures, or for a picture; None if none was chosen.

    Args:
        before: what was chosen before; the dialog begins where it lies.
    """
    with ui.dialog() as dialog, ui.card().classes("folders"):
        Text("h2", "Choose a video or a folder" if wanted == "video" else "Choose a picture")
        shown = _Folder(roots, dialog, wanted)
    dialog.props["aria-label"] = "choose a file"
    dialog.open()
    await shown.open(await asyncio.to_thread(_beginning, roots, before))
    chosen = await dialog
    dialog.delete()
    return None if chosen is None else str(chosen)


def _beginning(roots: Roots, before: str) -> Path:
    try:
        place = roots.place(before) if before.strip() else roots.folders[0]
        place = place if place.is_dir() else place.parent
        roots.listing(place)
    except InputError:
        return roots.folders[0]
    return place


class _Folder:
    """The folder that the dialog shows."""

    def __init__(self, roots: Roots, dialog: ui.dialog, wanted: Wanted) -> None:
        self._roots, self._dialog, self._wanted = roots, dialog, wanted
        self._place = Text("p", "", "path")
        self._complaint = Complaint()
        self._entries = ui.element("ul").classes("entries")
        with ui.row():
            self._whole = button("Take this folder", self._take_whole, main=True)
            button("Close", lambda: dialog.submit(None))

    async def open(self, folder: Path) -> None:
        """Show what a folder holds."""
        try:
            listing = await asyncio.to_thread(self._roots.listing, folder)
        except InputError as error:
            self._complaint.say(str(error))
            return
        self._complaint.say("")
        self._place.text = str(listing.folder)
        self._entries.clear()
        with self._entries:
            self._show(listing)

    def _show(self, listing: Listing) -> None:
        above = self._roots.above(listing.folder)
        others = [root for root in self._roots.folders if root != listing.folder]
        for place, name in [(above, "↑ the folder above"), *((root, str(root)) for root in others)]:
            if place is not None:
                self._entry(name, place, is_folder=True)
        files = listing.videos if self._wanted == "video" else listing.pictures
        for path in listing.folders[:MOST]:
            self._entry(f"{path.name}/", path, is_folder=True)
        for path in files[:MOST]:
            self._entry(path.name, path, is_folder=False)
        hidden = max(0, len(listing.folders) - MOST) + max(0, len(files) - MOST)
        if hidden:
            Text("li", f"and {hidden} more; write the path into the field")
        self._offer_whole(listing)

    def _entry(self, name: str, path: Path, is_folder: bool) -> None:
        async def pressed() -> None:
            if is_folder:
                await self.open(path)
            else:
                self._dialog.submit(str(path))

        with ui.element("li"):
            ui.button(name, on_click=pressed).props("flat no-caps align=left")

    def _offer_whole(self, listing: Listing) -> None:
        count = len(listing.pictures)
        self._whole.set_visibility(self._wanted == "video" and count > 1)
        self._whole.text = f"Take this folder of {count} pictures"

    def _take_whole(self) -> None:
        self._dialog.submit(self._place.text)
