"""One door for everything that frames can come from."""

import os
from fractions import Fraction
from pathlib import Path

from ..errors import UsageError
from .frame import FrameSource
from .reader import VideoReader
from .sequences import SequenceReader, is_pattern


def open_source(path: str | os.PathLike[str], frame_rate: Fraction | None = None) -> FrameSource:
    """Open a video file, a folder of pictures, a pattern (frame_%05d.png) or a glob (*.png).

    `frame_rate`, in frames a second, is for pictures, which have none of their own (25 without
    it); for a video it raises UsageError.
    """
    if Path(path).is_dir() or is_pattern(path):
        return SequenceReader(path, frame_rate)
    if frame_rate is not None:
        raise UsageError(f"{path} is a video and has its own frame rate")
    return VideoReader(path)
