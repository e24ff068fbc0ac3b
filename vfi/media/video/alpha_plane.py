"""Alpha that lies in a stream of its own, as AVIF keeps it: decoded beside the picture."""

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..depth import converted
from ..frame import Colour
from .colour import BT601, Converter, frame_with_alpha, is_full_range
from .demux import decode, open_input


class AlphaPlane:
    """Reads the stream `index` of a file in step with the picture that it belongs to."""

    def __init__(self, path: Path, index: int) -> None:
        self._path = path
        self._container = open_input(path)
        self._stream = self._container.streams.video[index]
        self._decoded = decode(self._container, self._stream, path)

    def next(self, shape: tuple[int, int]) -> av.VideoFrame:
        """Return the alpha of the next picture, which is (height, width) pixels.

        Raises:
            InputError: it is damaged, missing, or of another size.
        """
        frame = next(self._decoded, None)
        if frame is None or frame.is_corrupt or (frame.height, frame.width) != shape:
            raise InputError(f"{self._path} is damaged: its transparency does not fit its frames")
        return frame

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._decoded.close()
        self._container.close()


def with_alpha(pixels: NDArray[Any], alpha: av.VideoFrame) -> NDArray[Any]:
    """Return (H, W, 3) pixels with a decoded plane of alpha as their fourth channel."""
    return np.dstack([pixels, converted(_opacity(alpha), pixels.dtype)])


def joined(frame: av.VideoFrame, alpha: av.VideoFrame) -> av.VideoFrame | None:
    """Return a decoded frame and its alpha as one frame; None where FFmpeg stores none like it."""
    return frame_with_alpha(frame, _opacity(alpha))


def _opacity(alpha: av.VideoFrame) -> NDArray[Any]:
    """Return (H, W) of the full range."""
    said = Colour(full_range={1: False, 2: True}.get(int(alpha.color_range)))
    grey = Converter(BT601, is_full_range(said, alpha.format.name)).to_rgb(alpha)
    return np.ascontiguousarray(grey[:, :, 0])
