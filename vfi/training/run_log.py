"""The record of a run: one number a line in a CSV file, and TensorBoard where it is installed."""

import csv
import os
from pathlib import Path
from typing import Any

from .validation import Findings

COLUMNS = ["step", "seconds", "kind", "name", "value"]


class RunLog:
    """Writes the numbers and pictures of a run into its folder.

    `log.csv` has the columns step, seconds, kind, name, value, so that numbers may come and go.

    Args:
        folder: the run's.
        step: where the run goes on; what was written of later steps is taken back.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / "log.csv"
        self._board = _board(folder, step)
        if self._path.exists():
            _cut(self._path, step)
        else:
            self._append([COLUMNS])

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


def _cut(path: Path, step: int) -> None:
    """Leave out the lines of steps after `step`, which come again; whole or not at all."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    temporary = path.with_suffix(".partial")
    with temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([*rows[:1], *(row for row in rows[1:] if int(row[0]) <= step)])
    os.replace(temporary, path)


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # TensorBoard is an extra; the CSV has the numbers
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1 if step else None)
