"""The jobs: how they go, and what became of them."""

import asyncio
from pathlib import Path

import click
from nicegui import ui

from ..media.suffixes import VIDEO_SUFFIXES
from ..progress import in_words
from .desk import Desk
from .elements import Complaint, Text, button, section
from .queue import Task
from .telling import said_of


class QueuePanel:
    """The last part of the page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cards: dict[str, _Card] = {}
        with section("5. Render"):
            self._render_button = button("Render", self._render, main=True)
            self._complaint = Complaint()
            self._none = Text("p", "No jobs yet.")
            self._list = ui.element("ol").classes("jobs")
        self.refresh()

    def refresh(self) -> None:
        """Show how it goes now; what has not changed stays as it is, a focus in it, too."""
        tasks = {task.key: task for task in self._desk.queue.tasks}
        for key in [key for key in self._cards if key not in tasks]:
            self._cards.pop(key).delete()
        for key, task in tasks.items():
            if key not in self._cards:
                with self._list:
                    self._cards[key] = _Card(self._desk, task)
            self._cards[key].refresh()
        self._none.set_visibility(not tasks)

    async def _render(self) -> None:
        self._render_button.disable()
        try:
            await asyncio.to_thread(self._desk.render)
            self._complaint.say("")
        except Exception as error:
            self._complaint.say(said_of(error))
        self._render_button.enable()
        self.refresh()


class _Card:
    """One job."""

    def __init__(self, desk: Desk, task: Task) -> None:
        self._desk, self._task = desk, task
        name, queue = task.wishes.name, desk.queue
        with ui.element("li") as self._item:
            Text("h3", name)
            self._said = Text("p", "").props("role=status")
            self._bar = ui.linear_progress(0, show_value=False, size="8px")
            self._bar.props["aria-label"] = f"progress of {name}"
            with ui.row() as self._buttons:
                self._cancel = button("Cancel", lambda: queue.cancel(task.key), name)
                self._again = button("Once more", lambda: queue.again(task.key), name)
                self._play = button("Play", self._show_result, name)
                self._compare = button("Compare", self._show_both, f"{name} with its source")
                self._folder = button("Open the folder", self._open_folder, f"of {name}")
                self._remove = button("Remove", self._forget, f"{name} from here")
            self._notes = ui.element("ul").classes("notes")
            self._complaint = Complaint()
            self._screen = ui.element("div").classes("screen")
        self._state = ""

    def refresh(self) -> None:
        task = self._task
        self._said.text = _said(task)
        progress = task.progress
        if progress is not None and progress.total:
            self._bar.value = progress.done / progress.total
        if task.state == self._state:
            return
        self._state = task.state
        done = task.state == "done"
        self._bar.set_visibility(task.state == "running")
        self._cancel.set_visibility(not task.is_over)
        self._again.set_visibility(task.state in ("failed", "cancelled"))
        self._play.set_visibility(done)
        self._compare.set_visibility(done and self._has_two_videos())
        self._folder.set_visibility(done)
        self._remove.set_visibility(task.is_over)
        self._said.classes(replace="complaint" if task.state == "failed" else "")
        self._notes.clear()
        with self._notes:
            for note in task.notes:
                Text("li", note)
        self._notes.set_visibility(bool(task.notes))

    def delete(self) -> None:
        self._item.delete()

    def _has_two_videos(self) -> bool:
        paths = [*self._task.wishes.sources, *self._task.results]
        return len(paths) == 2 and all(
            Path(path).suffix.lower() in VIDEO_SUFFIXES for path in paths
        )

    def _show_result(self) -> None:
        self._screen.clear()
        with self._screen:
            for path in map(Path, self._task.results):
                self._show(path, f"the result of {self._task.wishes.name}")

    def _show_both(self) -> None:
        self._screen.clear()
        source = self._desk.roots.place(self._task.wishes.sources[0])
        with self._screen, ui.element("div").classes("both"):
            first = self._show(source, "the source")
            second = self._show(Path(self._task.results[0]), "the result")
        if first is not None and second is not None:
            ui.run_javascript(f"vfi.follow('{first.html_id}', '{second.html_id}')")

    def _show(self, path: Path, said: str) -> ui.element | None:
        """Return a video to play, a picture to look at, or the name of what is neither."""
        if path.is_dir() or not path.exists():
            Text("p", f"{path} " + ("holds the pictures" if path.is_dir() else "is not there"))
            return None
        if path.suffix.lower() in VIDEO_SUFFIXES:
            shown: ui.element = ui.element("video").props("controls loop playsinline")
            shown.props["aria-label"] = said
            shown.on("error", lambda: self._complaint.say(_cannot_play(path)))
        else:
            shown = ui.element("img")
            shown.props["alt"] = said
        shown.props["src"] = self._desk.shelf.file(path)
        return shown

    async def _forget(self) -> None:
        await asyncio.to_thread(self._desk.queue.remove, self._task.key)

    def _open_folder(self) -> None:
        code = click.launch(self._task.results[0], locate=True)
        self._complaint.say("" if code == 0 else f"it is {self._task.results[0]}")


def _cannot_play(path: Path) -> str:
    return f"this browser cannot play {path.name}; other players can"


def _said(task: Task) -> str:
    if task.state == "waiting":
        return "waiting"
    if task.state == "running":
        return _how_it_goes(task)
    place = f": {', '.join(task.results[:3])}" if task.state == "done" else ""
    return f"{task.said}{place}"


def _how_it_goes(task: Task) -> str:
    progress = task.progress
    if progress is None:
        return "beginning"
    doing = "looking through" if progress.stage == "scan" else "rendering"
    said = f"{doing}: frame {progress.done} of {progress.total}"
    if progress.done and progress.seconds:
        said += f", {progress.done / progress.seconds:.3g} a second"
    if progress.remaining:
        said += f", about {in_words(progress.remaining)} left"
    return said
