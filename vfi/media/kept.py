"""What is finished of a result that is made in parts, until all of it is there.

    .clip_3x.mp4.parts/      beside the result; in a folder that was there already, inside it
      state.json             what it is made with
      seen.json              what was seen of the source, if it had to be looked through
      parts/                 what is finished: files of packets, or pictures

A part is there whole or not at all, so whoever is killed leaves nothing but finished parts. The
next run to the same result goes on with them, if it makes the same.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .output import replacing, writing
from .reservation import parts_of, remove_all

STATE, SEEN = "state.json", "seen.json"


def mark_of(parts: Path) -> tuple[int, bytes] | None:
    """Return what tells a folder of parts from one of the same name on another machine.

    Args:
        parts: the folder that holds the parts themselves.
    """
    state = parts.parent / STATE
    try:
        return state.stat().st_mtime_ns, state.read_bytes()
    except OSError:
        return None


class KeptParts:
    """The folder for the finished parts of one result.

    result: what is made; a folder, if `of_pictures`.
    made_with: all that decides how the result looks, by name; text that people understand.
    """

    def __init__(self, result: Path, of_pictures: bool, made_with: Mapping[str, str]) -> None:
        self.result = result
        self._folder = parts_of(result, of_pictures)
        self._made_with = dict(made_with)

    @property
    def parts(self) -> Path:
        """Where the finished parts are; hidden files there are none."""
        return self._folder / "parts"

    def __len__(self) -> int:
        """How many finished parts there are."""
        paths = self.parts.iterdir() if self.parts.is_dir() else ()
        return sum(path.name[0] != "." for path in paths)

    def check(self, fresh: bool = False) -> None:
        """Refuse if there are finished parts of another result, and they are not to go.

        Raises:
            OutputError: there are; it names the first difference.
        """
        before = self._before()
        if fresh or not self or before is None:
            return
        for name in [*self._made_with, *before]:
            now, then = self._made_with.get(name, "unknown"), before.get(name, "unknown")
            if now != then:
                raise OutputError(
                    f"{name} {now}: what an interrupted run has left of {self.result} was made "
                    f"with {then}",
                    option=name,
                    advice={"fresh": "use {} to begin anew"},
                )

    def open(self, fresh: bool = False) -> None:
        """Make the folder, with those parts in it that may be gone on with.

        Raises:
            OutputError: as for `check`; or it cannot be written.
        """
        self.check(fresh)
        with writing(self.result):
            if fresh or self._before() != self._made_with:
                self._clear()
            self.parts.mkdir(parents=True, exist_ok=True)
            self.sweep()
        with replacing(self._folder / STATE, overwrite=True) as temporary:
            temporary.write_text(json.dumps(self._made_with, indent=1), encoding="utf-8")

    def keep_seen(self, seen: object) -> None:
        """Keep what was seen of the source (what JSON can hold), for whoever goes on.

        Raises:
            OutputError: it cannot be written.
        """
        with replacing(self._folder / SEEN, overwrite=True) as temporary:
            temporary.write_text(json.dumps(seen), encoding="utf-8")

    def seen(self) -> object:
        """Return what an interrupted run has seen that may be gone on with; None if nothing."""
        if self._before() != self._made_with:
            return None
        return _read(self._folder / SEEN)

    def sweep(self) -> None:
        """Take away halves of parts, of a run or a worker that was killed."""
        for path in self.parts.iterdir() if self.parts.is_dir() else ():
            if path.name[0] == ".":
                remove_all(path)

    def remove(self) -> None:
        """Take away all that there is."""
        remove_all(self._folder)

    def _clear(self) -> None:
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            remove_all(path)

    def _before(self) -> dict[str, str] | None:
        """Read what the parts were made with that are there; None if nobody knows."""
        found = _read(self._folder / STATE)
        return found if isinstance(found, dict) else None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
