"""Classical flows of training windows, measured once and kept.

Measuring DIS flow both ways takes as long as a tenth of a training step, and every step again. So
a run that draws from a limited number of windows keeps what was measured of each: at half size, in
half precision, in one memory-mapped file that all worker processes share. A window is measured by
whoever needs it first; a killed run loses nothing that was measured.

    flows.f16        (windows, 2, H/2, W/2, 2) float16, pixels of the full size
    measured.u8      (windows,) 1 where the flows stand in the file
    facts.json       what they were measured of; another store or seed starts afresh
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

Flow = NDArray[np.float32]
FLOWS, MEASURED, FACTS = "flows.f16", "measured.u8", "facts.json"


class FlowCache:
    """The flows both ways of `count` windows of (height, width) frames.

    Args:
        folder: where they are kept; made if it is not there.
        count: how many windows there are.
        size: height and width of their frames, even.
        facts: what the flows depend on; flows of other facts are thrown away.

    Raises:
        InputError: the folder cannot be written.
    """

    def __init__(
        self, folder: str | Path, count: int, size: tuple[int, int], facts: dict[str, Any]
    ) -> None:
        self.folder, self.count, self.size = Path(folder), count, size
        self._facts = {**facts, "count": count, "size": list(size)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._known_facts() != self._facts:
                self._start_afresh()
        except OSError as error:
            raise InputError(f"flows cannot be kept in {folder}: {error.strerror}") from error
        self._flows: NDArray[np.float16] | None = None
        self._measured: NDArray[np.uint8] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """To another process goes the folder's name, not the mapped files' content."""
        return {**self.__dict__, "_flows": None, "_measured": None}

    def get(self, window: int, measure: Callable[[], tuple[Flow, Flow]]) -> tuple[Flow, Flow]:
        """Flows (H/2, W/2, 2) both ways, in pixels of the full size; measured if they are not yet.

        What is returned at first is what will be read later on: rounded to half precision.
        """
        flows, measured = self._opened()
        if not measured[window]:
            for side, flow in enumerate(measure()):
                flows[window, side] = _halved(flow, self.size)
            measured[window] = 1  # after the flows: another process may look at any moment
        forward, backward = flows[window].astype(np.float32)
        return forward, backward

    @property
    def measured(self) -> int:
        """How many windows have been measured."""
        return int(np.count_nonzero(self._opened()[1]))

    def _shape(self) -> tuple[int, ...]:
        return (self.count, 2, self.size[0] // 2, self.size[1] // 2, 2)

    def _opened(self) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
        if self._flows is None or self._measured is None:
            flows, measured = self.folder / FLOWS, self.folder / MEASURED
            self._flows = np.memmap(flows, np.float16, "r+", shape=self._shape())
            self._measured = np.memmap(measured, np.uint8, "r+", shape=(self.count,))
        return self._flows, self._measured

    def _known_facts(self) -> Any:
        try:
            return json.loads((self.folder / FACTS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _start_afresh(self) -> None:
        (self.folder / FACTS).unlink(missing_ok=True)
        for name, size in ((FLOWS, 2 * int(np.prod(self._shape()))), (MEASURED, self.count)):
            with open(self.folder / name, "wb") as file:
                file.truncate(size)  # sparse: takes room as it is filled
        (self.folder / FACTS).write_text(json.dumps(self._facts), encoding="utf-8")


def _halved(flow: Flow, size: tuple[int, int]) -> NDArray[np.float16]:
    half = (size[1] // 2, size[0] // 2)
    return np.asarray(cv2.resize(flow, half, interpolation=cv2.INTER_AREA), np.float16)
