"""A sequence some of whose pictures are damaged: those are holes, and known."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ...errors import InputError
from ...timeline.rates import Number
from ..frame import VideoFrame
from .images import read_image
from .sequences import SequenceReader


class LenientSequence(SequenceReader):
    """Reads pictures of which some cannot be decoded; the first one has to be whole.

    In the place of one that cannot be decoded the last one before is shown. `holes` lists them
    once all were read. A picture of another size or depth is no damage, and refused as ever.
    """

    def __init__(self, path: str | os.PathLike[str], frame_rate: Number | None = None) -> None:
        self.holes: list[int] = []
        self._last: NDArray[Any] | None = None
        super().__init__(path, frame_rate)

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every picture once, in order; a second iteration raises InputError."""
        self.holes.clear()
        self._last = None
        yield from super().__iter__()

    def _is_transparent(self, path: Path) -> bool:
        with suppress(InputError):
            return super()._is_transparent(path)
        return False

    def _pixels(self, path: Path) -> NDArray[Any]:
        try:
            picture = read_image(path)
        except InputError:
            if self._last is None:
                raise
            self.holes.append(self.pictures.index(path))
            return self._last
        self._last = self._shown(picture, path)
        return self._last
