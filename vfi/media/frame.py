"""What a video is to the rest of the program: frames with their times, and facts about them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..timeline.times import Times
from .video.decoded_frame import DecodedFrame
from .video.hdr import HdrMetadata

_SAMPLES = (np.uint8, np.uint16, np.float32)


class VideoFrame:
    """One frame of a video and the moment at which it is shown.

    time: seconds since the first frame of the video.
    decoded: the same as decoded, if that is the picture as shown.
    """

    def __init__(
        self,
        pixels: NDArray[Any] | Callable[[], NDArray[Any]],
        time: Fraction,
        decoded: DecodedFrame | None = None,
    ) -> None:
        """Take the pixels, or what makes them: frames that are passed over cost nothing then.

        Of the frames of one source they are made by one thread at a time, the one that takes them.
        """
        self.time, self.decoded = time, decoded
        self._pixels = None if callable(pixels) else _checked(pixels)
        self._make = pixels if callable(pixels) else None

    @property
    def pixels(self) -> NDArray[Any]:
        """(H, W, 3 or 4) RGB(A), full range, straight alpha.

        uint8 or uint16; float32 with 1.0 = white only in sequences of EXR or TIFF pictures.

        Raises:
            InputError: the picture is damaged.
        """
        if self._pixels is None:
            assert self._make is not None
            self._pixels, self._make = _checked(self._make()), None
        return self._pixels

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.pixels.shape))
        return f"VideoFrame({shape} {self.pixels.dtype} at {float(self.time):.4f} s)"


def _checked(pixels: NDArray[Any]) -> NDArray[Any]:
    shape, dtype = pixels.shape, pixels.dtype
    if len(shape) != 3 or shape[2] not in (3, 4) or dtype not in _SAMPLES:
        raise InputError(f"a frame is (H, W, 3 or 4) uint8 or uint16, not {shape} {dtype}")
    return pixels


@dataclass(frozen=True)
class Colour:
    """The colour description of a video, in the code points of ITU-T H.273. 2 = unspecified."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool | None = None  # None: not said in the file


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a video before its frames are read."""

    path: Path
    width: int  # pixels as shown, after rotation
    height: int
    frame_rate: Fraction  # frames a second: the average the file declares
    time_base: Fraction  # seconds: the tick in which the file counts times
    duration: Fraction  # seconds, as declared; `times()` has the exact end
    frame_count: int | None  # as declared; None where the file does not say
    codec: str
    pixel_format: str  # FFmpeg's name, such as yuv420p10le
    bit_depth: int  # bits of a colour sample: 8, 10, 12, 16; 32 for floats
    has_alpha: bool = False
    premultiplied: bool = False  # its colours are multiplied by alpha, as in OpenEXR
    has_audio: bool = False
    colour: Colour = Colour()
    rotation: int = 0  # degrees clockwise by which the stored picture was turned: 0, 90, 180, 270
    sample_aspect_ratio: Fraction = Fraction(1)  # width of a pixel over its height, as shown
    interlaced: bool = False
    field_order: Literal["tt", "bb"] | None = None  # of frames that are left interlaced
    start: Fraction = Fraction(0)  # seconds: the first frame's time on the file's own clock
    is_sequence: bool = False  # a folder or pattern of pictures
    has_streams: bool = True  # a container, whose other streams and tags can be taken along
    hdr: HdrMetadata | None = None
    once: bool = False  # a pipe: it is read front to back, once


class FrameSource(Protocol):
    """A video file or a sequence of pictures, read front to back.

    Pickled, it is the same from its beginning, in another process.
    """

    @property
    def info(self) -> VideoInfo: ...
    @property
    def notes(self) -> list[str]: ...  # what is to be said of what was read
    def __iter__(self) -> Iterator[VideoFrame]: ...
    def times(self) -> tuple[Times, Fraction]: ...
    def reopen(self) -> Self: ...  # the same from its beginning; what is known of it stays known
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...


def existing_file(path: str | os.PathLike[str], kind: str) -> Path:
    """Return `path` if it is a readable file with something in it, else raise InputError."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder, not {kind}")
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if not path.is_file():
        raise InputError(f"{path} is not a file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} cannot be read: permission denied")
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty")
    return path


class TimesChanged(Exception):
    """Raised while a source is read ahead: its frames have other times than its packets said.

    Whoever reads ahead asks the source that was reopened for its times anew.
    """
