"""The record of a run: one number a line in a CSV file, and TensorBoard where it is installed."""

import csv
from pathlib import Path
from typing import Any

from .validation import Findings


class Journal:
    """Writes the numbers and pictures of a run into its folder.

    `log.csv` has the columns step, seconds, kind, name, value, so that numbers may come and go.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.csv"
        self._board = _board(folder)
        if not self._path.exists():
            self._append([["step", "seconds", "kind", "name", "value"]])

    def numbers(self, step: int, seconds: float, kind: str, values: dict[str, float]) -> None:
        """Add numbers of a kind (train, validation) at a step."""
        self._append(
            [[step, round(seconds), kind, name, f"{value:.6g}"] for name, value in values.items()]
        )
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)

    def findings(self, step: int, seconds: float, found: Findings) -> None:
        """Add what the validation found."""
        self.numbers(step, seconds, "validation", found.numbers)
        if self._board is not None:
            for name, picture in found.pictures.items():
                self._board.add_image(name, picture, step, dataformats="HWC")
            self._board.flush()

    def _append(self, rows: list[list[Any]]) -> None:
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


def _board(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # TensorBoard is an extra; the CSV has the numbers
        return None
    return SummaryWriter(str(folder / "tensorboard"))
