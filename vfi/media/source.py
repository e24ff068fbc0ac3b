"""One door for everything that frames can come from."""

import os
from pathlib import Path

from ..errors import UsageError
from ..timeline.rates import Number
from .frame import FrameSource
from .pictures.animated_webp import AnimatedWebpReader
from .pictures.headers import is_animated_webp
from .pictures.lenient_sequence import LenientSequence
from .pictures.sequences import SequenceReader, find_pictures, is_pattern
from .pipes import is_pipe, is_standard
from .video.deinterlace import Deinterlace
from .video.lenient import LenientReader
from .video.pipe_reader import PipeReader
from .video.reader import VideoReader


def open_video(
    path: str | os.PathLike[str],
    frame_rate: Number | None = None,
    *,
    deinterlace: Deinterlace = "auto",
    lenient: bool = False,
) -> FrameSource:
    """Open a video file, a folder of pictures, a pattern (frame_%05d.png) or a glob (*.png).

        with vfi.open_video("clip.mp4") as video:
            print(video.info.width, video.info.height, video.info.frame_rate)
            for frame in video:
                frame.pixels, frame.time  # (H, W, 3 or 4) RGB(A); exact seconds

    It is read once, front to back; nothing is kept of frames that have been given out. "-" is
    standard input; that, and a pipe, cannot be opened again, and have no `times`.

    Args:
        path: the file, folder, pattern or glob.
        frame_rate: frames a second of pictures, which have none of their own (25 without it).
        deinterlace: "auto" makes whole pictures of frames that are flagged as interlaced, "bob" one
            of each of their fields, at twice the rate; "off" leaves them.
        lenient: of a damaged video, or of damaged pictures, show the last whole frame in the place
            of those that cannot be decoded, instead of raising InputError.

    Raises:
        InputError: it cannot be read.
        UsageError: a frame rate for a video, which has its own, or one that no pictures have.
    """
    if Path(path).is_dir() or is_pattern(path):
        kind = LenientSequence if lenient else SequenceReader
        return kind(path, frame_rate)
    if frame_rate is not None:
        raise UsageError(f"{path} is a video and has its own frame rate", option="input_fps")
    if is_pipe(path) and lenient:
        message = f"on_error skip: {path} is a pipe, which is read once; give a file"
        raise UsageError(message, option="on_error")
    if is_pipe(path):
        return PipeReader(path, deinterlace)
    if is_animated_webp(Path(path)):
        return AnimatedWebpReader(path)
    return LenientReader(path, deinterlace) if lenient else VideoReader(path, deinterlace)


def holes_of(source: FrameSource) -> list[int]:
    """Return the frames that could not be decoded of a damaged video that was read leniently."""
    if isinstance(source, LenientReader | LenientSequence):
        return list(source.holes)
    return []


def files_of(path: str | os.PathLike[str]) -> list[Path]:
    """Return what is read of an input: the video; or the pictures, and the folders they lie in.

    Raises:
        InputError, UsageError: there are no such pictures.
    """
    if is_standard(path):
        return []
    if not (Path(path).is_dir() or is_pattern(path)):
        return [Path(path)]
    pictures = find_pictures(path)
    return [*pictures, *{picture.parent for picture in pictures}]
