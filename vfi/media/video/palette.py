"""256 colours for GIF, chosen for each frame on its own, so that memory does not grow."""

from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from .colour import to_bits

_COLOURS = 256
_OPAQUE = 128  # alpha from which a pixel is shown
_SAMPLE = 64  # of so many pixels one is looked at first: most pictures have far more colours


class Palette:
    """Turns RGB(A) arrays of one size into frames with a palette.

    A picture of no more colours than a palette has keeps them, bit for bit; for others FFmpeg's
    filters choose them and spread the error.
    """

    def __init__(self, width: int, height: int, alpha: bool = False) -> None:
        """`alpha`: whether one place of the palette is kept for what is transparent."""
        self._most = _COLOURS - alpha
        graph = Graph()
        source = graph.add(
            "buffer",
            video_size=f"{width}x{height}",
            pix_fmt="rgba",
            time_base="1/1000",
            pixel_aspect="1/1",
        )
        split = graph.add("split")
        choose = graph.add("palettegen", stats_mode="single")
        use = graph.add("paletteuse", new="1", dither="sierra2_4a", alpha_threshold=str(_OPAQUE))
        sink = graph.add("buffersink")
        source.link_to(split)
        split.link_to(choose, 0, 0)
        split.link_to(use, 1, 0)
        choose.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        self._graph = graph
        self._count = 0

    def frame(self, pixels: NDArray[Any]) -> av.VideoFrame:
        """Return (H, W, 3 or 4) uint8 or uint16 pixels as a frame with 256 colours."""
        eight = to_bits(pixels, 8)
        if eight.shape[2] == 3:
            eight = np.dstack([eight, np.full(eight.shape[:2], 255, np.uint8)])
        exact = _exact(eight, self._most)
        if exact is not None:
            return exact
        given = av.VideoFrame.from_ndarray(np.ascontiguousarray(eight), "rgba")
        given.pts = self._count
        self._count += 1
        self._graph.vpush(given)
        return self._graph.vpull()


def numbers_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the (H, W) numbers of a frame's colours."""
    plane: Any = frame.planes[0]
    lines: NDArray[np.uint8] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return lines[: frame.height, : frame.width]


def colours_of(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the (256, 4) RGBA colours of a frame with a palette."""
    plane: Any = frame.planes[1]
    stored = np.frombuffer(plane, np.uint32)[:_COLOURS]  # ARGB in the host's byte order
    return np.stack([stored >> shift & 255 for shift in (16, 8, 0, 24)], axis=1).astype(np.uint8)


def _exact(pixels: NDArray[np.uint8], most: int) -> av.VideoFrame | None:
    """Return (H, W, 4) pixels with all their colours; None if those shown are more than `most`.

    A place that is kept for what is transparent is the first one.
    """
    red, green, blue, alpha = (pixels[:, :, n].astype(np.uint32) for n in range(4))
    values = np.where(alpha >= _OPAQUE, 255 << 24 | red << 16 | green << 8 | blue, 0)
    values = values.astype(np.uint32)
    if np.unique(values.ravel()[::_SAMPLE]).size > _COLOURS:
        return None
    found, numbers = np.unique(values, return_inverse=True)
    kept = int(most < _COLOURS and found[0] != 0)
    if found.size + kept > _COLOURS:
        return None
    numbers += kept
    colours = np.full(_COLOURS, found[-1], np.uint32)
    colours[:kept] = 0
    colours[kept : kept + found.size] = found
    height, width = pixels.shape[:2]
    frame = av.VideoFrame(width, height, "pal8")
    lines = np.zeros((height, frame.planes[0].line_size), np.uint8)
    lines[:, :width] = numbers.reshape(height, width)
    frame.planes[0].update(lines.tobytes())
    frame.planes[1].update(colours.tobytes())
    return frame
