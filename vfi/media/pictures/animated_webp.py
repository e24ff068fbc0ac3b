"""An animated WebP, read front to back through Pillow: FFmpeg knows still WebP only."""

import io
import os
import struct
import warnings
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import InputError
from ...memory import blame_shortage
from ...timeline.times import check_intervals, repair_times
from ..frame import VideoFrame, VideoInfo, existing_file
from .headers import check_stored_size, unlimited
from .integrity import damage
from .metadata import read_metadata

_MILLISECOND = Fraction(1, 1000)  # in which the format counts


class AnimatedWebpReader:
    """Reads the pictures of an animated WebP as the frames of a video; see `VideoReader`.

    Times are what the file says; frames that are shown for no time at all are spread evenly.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = existing_file(path, "a picture")
        self._data = self.path.read_bytes()
        broken = damage(self._data)
        if broken:
            raise InputError(f"{self.path} {broken}")
        check_stored_size(self._data, self.path)
        lengths = list(_lengths(self._data))
        if not lengths:
            raise InputError(f"{self.path} is damaged: it has no frames")
        starts = [Fraction(start) for start in accumulate(lengths, initial=0)]
        ticks, end = repair_times(starts[:-1], starts[-1])
        self._times = [tick * _MILLISECOND for tick in ticks], end * _MILLISECOND
        self._image: Image.Image | None = self._open()
        self._read = False
        width, height = self._image.size
        alpha = self._image.mode == "RGBA"
        self.info = VideoInfo(
            path=self.path,
            width=width,
            height=height,
            frame_rate=len(lengths) / self._times[1],
            time_base=_MILLISECOND,
            duration=self._times[1],
            frame_count=len(lengths),
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
        for number, time in enumerate(self._times[0]):
            yield VideoFrame(self._decoded(number, time), time)

    def _decoded(self, number: int, time: Fraction) -> NDArray[Any]:
        assert self._image is not None
        try:
            self._image.seek(number)
            return np.array(self._image.convert("RGBA" if self.info.has_alpha else "RGB"))
        except Exception as error:
            blame_shortage(error)
            raise InputError(f"{self.path} is damaged near {float(time):.2f} s") from error

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


def _lengths(data: bytes) -> Iterator[int]:
    """Yield how many milliseconds each frame is shown: the ANMF chunks (RFC 9649, 2.7.1.1)."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"ANMF" and size >= 16:
            yield int.from_bytes(data[at + 20 : at + 23], "little")
        at += 8 + size + size % 2
