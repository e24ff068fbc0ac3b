"""256 colours for GIF, chosen for each frame on its own, so that memory does not grow."""

from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from .colour import to_bits


class Palette:
    """Turns RGB(A) arrays of one size into frames with a palette, by FFmpeg's filters."""

    def __init__(self, width: int, height: int) -> None:
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
        use = graph.add("paletteuse", new="1", dither="sierra2_4a", alpha_threshold="128")
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
        given = av.VideoFrame.from_ndarray(np.ascontiguousarray(eight), "rgba")
        given.pts = self._count
        self._count += 1
        self._graph.vpush(given)
        return self._graph.vpull()
