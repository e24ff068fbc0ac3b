"""The desk, made while the page is shown already: PyTorch alone takes longer to load than it."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .roots import Roots

if TYPE_CHECKING:
    from .desk import Desk


class Service:
    """Makes the desk in a thread from `start` on, and closes it at the end.

    Args:
        roots: where files may be.
        state: the file of the queue.
    """

    def __init__(self, roots: Roots, state: Path) -> None:
        self.roots, self._state = roots, state
        self.error: Exception | None = None
        self._desk: Desk | None = None
        self._ready = threading.Event()

    def start(self, stop: Callable[[], None]) -> None:
        """Begin; `stop` ends the server where there can be no desk, or a signal says so."""
        threading.Thread(target=self._make, args=(stop,), name="desk", daemon=True).start()

    async def desk(self) -> "Desk | None":
        """Return the desk, as soon as it is there; None where there can be none."""
        await asyncio.to_thread(self._ready.wait)
        return self._desk

    @property
    def failure(self) -> str:
        """Why there is no desk."""
        return str(self.error or "")

    def close(self) -> None:
        """End what runs, leaving nothing half-written."""
        self._ready.wait()
        if self._desk is not None:
            self._desk.close()

    def _make(self, stop: Callable[[], None]) -> None:
        try:
            from .desk import Desk

            self._desk = Desk(self.roots, self._state, stop)
            self._desk.queue.start()
        except Exception as error:
            self.error = error
            stop()
        finally:
            self._ready.set()
