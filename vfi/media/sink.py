"""Where output frames go: all of them one after the other, or in parts."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from .video.decoded_frame import DecodedFrame


class Sink(Protocol):
    """A video file, a folder of pictures, or a part of one of them; there whole or not at all."""

    @property
    def path(self) -> Path: ...
    @property
    def notes(self) -> Sequence[str]: ...
    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None: ...
    def close(self, end: Fraction | None = None) -> None: ...
    def abort(self) -> None: ...


class Part(Protocol):
    """A run of frames that is made on its own; a plain value, which a process can be given."""

    @property
    def folder(self) -> Path: ...  # where its files lie
    def into(self, folder: Path) -> "Part": ...  # the same, with its files elsewhere
    def open(self) -> Sink: ...


class Parts(Protocol):
    """A result in parts, which are put together when all are there; locked as long as it is open.

    The unit of all long work: whoever stops loses the part that is being made and nothing else,
    and who makes which part does not matter to the result.
    """

    @property
    def path(self) -> Path: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def finished(self) -> int: ...  # how many frames are there, as far as names tell
    def missing(self) -> list[range]: ...  # those that are not there yet; of pictures, their rest
    def part(self, run: range) -> Part: ...
    def close(self) -> None: ...  # put them together; nothing else is left
    def abort(self) -> None: ...  # stop; finished parts stay
