"""Frames as they were decoded, for outputs that store frames in the very same way."""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np

_OLD_NAMES = {"yuvj": "yuv"}  # FFmpeg's old names of full-range formats; samples lie as in the new


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A decoded frame that is shown as it is stored: not turned, no channel left out.

    RGB in between would cost it whatever lies outside: blacker than black, whiter than white.
    """

    frame: av.VideoFrame
    matrix: int  # by which it was converted to RGB; see `colour`
    full_range: bool

    def copy_for(
        self, pixel_format: str, shape: tuple[int, int], matrix: int, full_range: bool
    ) -> av.VideoFrame | None:
        """Return the samples as a frame of these properties, or None where they are not its own.

        shape: (height, width). The copy has no side data, no kind of picture (which would be an
        order to the encoder) and no times.
        """
        frame = self.frame
        if modern(frame.format.name) != pixel_format or (frame.height, frame.width) != shape:
            return None
        if not frame.format.is_rgb and (self.matrix, self.full_range) != (matrix, full_range):
            return None
        copy = bare(frame)
        if copy is not None and not frame.format.is_rgb:
            copy.color_range = 2 if full_range else 1
        return copy


def bare(frame: av.VideoFrame) -> av.VideoFrame | None:
    """Return the samples in a frame that has nothing else of the decoder's.

    None if they cannot be reached.
    """
    if frame.format.has_palette or any(plane.line_size <= 0 for plane in frame.planes):
        return None  # from below upwards: the rows are not where PyAV says
    copy = av.VideoFrame(frame.width, frame.height, modern(frame.format.name))
    planes: Any = zip(frame.planes, copy.planes, strict=True)
    for source, target in planes:
        one = np.frombuffer(source, np.uint8).reshape(-1, source.line_size)
        two = np.frombuffer(target, np.uint8).reshape(-1, target.line_size)
        width = min(source.line_size, target.line_size)  # both hold a row, and padding
        two[:, :width] = one[:, :width]
    return copy


def modern(pixel_format: str) -> str:
    """Return the name of a pixel format without the range in it."""
    prefix = pixel_format[:4]
    return _OLD_NAMES.get(prefix, prefix) + pixel_format[4:]
