"""GIF pictures (GIF89a), each with its own colours.

Why not FFmpeg's encoder: it stores what changed since the last picture by comparing the colours'
numbers, which mean other colours in the next picture's palette; pixels come out wrong.
"""

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

from .palette import colours_of, numbers_of

_STAYS, _CLEARED = 1, 2  # what becomes of a picture before the next one is shown (disposal)
_SOME_DELAY = 100  # ms; the muxer puts the real one in its place


class GifEncoder:
    """Turns frames with a palette into the packets that FFmpeg's muxer of GIF wants.

    Where nothing is transparent, a packet holds only the rectangle that changed.
    """

    def __init__(self, stream: Any, width: int, height: int, alpha: bool) -> None:
        self._stream = stream
        self._width, self._height = width, height
        self._alpha = alpha
        self._shown: NDArray[np.uint8] | None = None

    def encode(self, frame: av.VideoFrame | None) -> list[Any]:
        """Return the packet of a frame; None ends, and nothing comes of it."""
        if frame is None:
            return []
        start = b"" if self._shown is not None else self._header()
        packet: Any = av.Packet(start + self._picture(numbers_of(frame), colours_of(frame)))
        packet.stream = self._stream
        packet.pts = packet.dts = frame.pts
        packet.time_base = frame.time_base
        packet.is_keyframe = True
        return [packet]

    def _header(self) -> bytes:
        """Return the description of the screen.

        Its two colours are not used; but where a picture is cleared away, decoders look whether
        the first is the transparent one.
        """
        size = self._width.to_bytes(2, "little") + self._height.to_bytes(2, "little")
        return b"GIF89a" + size + bytes([0xF0, 0, 0]) + bytes(6)

    def _picture(self, numbers: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
        """Return the blocks of a picture: control, description, palette, compressed numbers."""
        if self._alpha:
            numbers, colours = _transparent_first(numbers, colours)
        rows, columns = self._to_store(colours[numbers])
        part = np.ascontiguousarray(numbers[rows, columns])
        image = Image.frombytes("P", (part.shape[1], part.shape[0]), part.tobytes())
        image.putpalette(colours[:, :3].tobytes())
        settings = {"disposal": _STAYS}
        if self._alpha:
            settings = {"disposal": _CLEARED, "transparency": 0}
        blocks: list[bytes] = GifImagePlugin.getdata(
            image,
            (columns.start, rows.start),
            duration=_SOME_DELAY,
            include_color_table=True,
            **settings,
        )
        return b"".join(blocks)

    def _to_store(self, picture: NDArray[np.uint8]) -> tuple[slice, slice]:
        """Return the rows and columns that differ from what is on the screen."""
        before, self._shown = self._shown, picture
        if self._alpha or before is None:
            return slice(0, self._height), slice(0, self._width)
        changed = (picture != before).any(axis=2)
        return _extent(changed.any(axis=1)), _extent(changed.any(axis=0))


def _transparent_first(
    numbers: NDArray[np.uint8], colours: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give the transparent colour the number 0; the palette has one."""
    place = int(np.argmin(colours[:, 3]))
    order = np.arange(256, dtype=np.uint8)
    order[[0, place]] = order[[place, 0]]
    return order[numbers], colours[order]


def _extent(changed: NDArray[np.bool_]) -> slice:
    """Return the range from the first to the last; where there is none, one place."""
    where = np.flatnonzero(changed)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else slice(0, 1)
