"""An animated WebP, read front to back through Pillow: FFmpeg knows still WebP only."""

import io
import os
import struct
import warnings
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import InputError
from ...memory import blame_shortage
from ...timeline.times import check_intervals
from ..frame import VideoFrame, VideoInfo, existing_file
from .headers import check_stored_size, unlimited
from .images import is_opaque
from .integrity import damage
from .metadata import read_metadata

_TOO_SHORT, _INSTEAD = 10, 100  # milliseconds
_MILLISECOND = Fraction(1, 1000)  # in which the format counts


class AnimatedWebpReader:
    """Reads the pictures of an animated WebP as the frames of a video; see `VideoReader`.

    Times are what the file says; frames of no more than 10 ms last 100, as in browsers.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = existing_file(path, "a picture")
        self._data = self.path.read_bytes()
        broken = damage(self._data)
        if broken:
            raise InputError(f"{self.path} {broken}")
        check_stored_size(self._data, self.path)
        parts = list(_parts(self._data))
        if not parts:
            raise InputError(f"{self.path} is damaged: it has no frames")
        *starts, end = accumulate((part.length for part in parts), initial=0)
        self._times = [start * _MILLISECOND for start in starts], end * _MILLISECOND
        self._image: Image.Image | None = self._open()
        self._read = False
        width, height = self._image.size
        alpha = self._image.mode == "RGBA" and not self._is_opaque(parts)
        self.info = VideoInfo(
            path=self.path,
            width=width,
            height=height,
            frame_rate=len(parts) / self._times[1],
            time_base=_MILLISECOND,
            duration=self._times[1],
            frame_count=len(parts),
            codec="webp",
            pixel_format="rgba" if alpha else "rgb24",
            bit_depth=8,
            has_alpha=alpha,
            has_streams=False,
        )

    def _open(self) -> Image.Image:
        try:
            with unlimited(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return Image.open(io.BytesIO(self._data), formats=("WEBP",))
        except Exception as error:
            blame_shortage(error)
            raise InputError(f"{self.path} is damaged") from error

    @property
    def notes(self) -> list[str]:
        """What is to be said of it."""
        names = read_metadata(self._data)[1].names
        lost = [word for name, word in names.items() if name != "dpi"]
        verb = "is" if len(lost) == 1 else "are"
        return [f"{' and '.join(lost)} of {self.path} {verb} lost"] if lost else []

    def times(self) -> tuple[list[Fraction], Fraction]:
        """Return the times of all frames, in seconds, and the end of the last one.

        Raises:
            InputError: no frame can be shown for so short or long a time.
        """
        check_intervals(self.path, *self._times)
        return self._times

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every frame once, in order; a second iteration raises InputError."""
        if self._read or self._image is None:
            raise InputError(f"{self.path} has been read already; open it again")
        self._read = True
        mode = "RGBA" if self.info.has_alpha else "RGB"
        for number, time in enumerate(self._times[0]):
            yield VideoFrame(self._decoded(number, time, mode), time)

    def _is_opaque(self, parts: list["_Part"]) -> bool:
        """Tell whether no picture is transparent, though parts of it that do not change may be."""
        return (
            is_opaque(self._decoded(0, Fraction(0), "RGBA"))
            and not any(part.uncovers for part in parts[:-1])
            and not any(part.replaces for part in parts[1:])
        )

    def _decoded(self, number: int, time: Fraction, mode: str) -> NDArray[Any]:
        assert self._image is not None
        try:
            self._image.seek(number)
            return np.array(self._image.convert(mode))
        except Exception as error:
            blame_shortage(error)
            raise InputError(f"{self.path} is damaged near {float(time):.2f} s") from error

    def __reduce__(self) -> tuple[Any, ...]:
        """Say to another process how to open the same file from its beginning."""
        return type(self), (self.path,)

    def reopen(self) -> Self:
        """Open the same file once more, from its beginning."""
        return type(self)(self.path)

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        self._image = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Part(NamedTuple):
    """What is drawn for one frame."""

    length: int  # milliseconds that browsers show it
    uncovers: bool  # it is taken away before the next one is drawn
    replaces: bool  # what is transparent of it makes the picture so


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield the frames as the ANMF chunks describe them (RFC 9649, 2.7.1.1)."""
    for body, end in _chunks(data, b"ANMF", 12, len(data)):
        if end - body < 24:
            continue
        flags, kind = data[body + 15], data[body + 16 : body + 20]
        alpha = kind == b"ALPH" or (kind == b"VP8L" and bool(data[min(body + 28, end - 1)] & 0x10))
        length = int.from_bytes(data[body + 12 : body + 15], "little")
        length = length if length > _TOO_SHORT else _INSTEAD
        yield _Part(length, bool(flags & 1), alpha and bool(flags & 2))


def _chunks(data: bytes, wanted: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the content of chunks of a kind begins and ends."""
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        if name == wanted:
            yield at + 8, min(at + 8 + size, end)
        at += 8 + size + size % 2
