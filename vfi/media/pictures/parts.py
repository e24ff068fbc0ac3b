"""A folder of pictures in parts; what is there already stays, picture by picture."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from ...errors import InputError
from ..kept import KeptParts
from ..sink import Part
from .images import read_image
from .sequence_writer import SequenceWriter


class PictureParts:
    """A folder of pictures; what is there already stays, picture by picture."""

    def __init__(self, writer: SequenceWriter, kept: KeptParts, runs: Sequence[range]) -> None:
        self._writer, self._kept, self._runs = writer, kept, runs
        self.notes: list[str] = writer.notes

    @property
    def path(self) -> Path:
        """The folder's final name."""
        return self._writer.path

    @property
    def finished(self) -> int:
        """How many pictures are there."""
        return len(self._kept)

    def missing(self) -> list[range]:
        """Each run from its first picture on that is not there or not whole."""
        return [left for run in self._runs if (left := self._left_of(run))]

    def _left_of(self, run: range) -> range:
        for number in run:
            if not _is_picture(self._writer.run(number).path(number)):
                return range(number, run.stop)
        return range(0)

    def part(self, run: range) -> Part:
        """One of the runs, to be made."""
        return self._writer.run(run.start)

    def close(self) -> None:
        """Give the folder its name.

        Raises:
            OutputError: it cannot be written; then the pictures stay where they are.
        """
        self._writer.close()

    def abort(self) -> None:
        """Stop; pictures that are there stay."""
        self._kept.sweep()
        self._writer.abort()
        if not self._kept:
            self._kept.remove()


def _is_picture(path: Path) -> bool:
    with contextlib.suppress(InputError, OSError):
        return path.exists() and read_image(path).pixels.size > 0
    return False
