"""The source frames that are needed now."""

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
from numpy.typing import NDArray

from ..errors import InputError
from ..media.frame import VideoFrame

Pixels = NDArray[Any]


class Window:
    """The few source frames that are needed now; the source is read once, front to back."""

    def __init__(self, source: Iterable[VideoFrame], size: tuple[int, int] | None = None) -> None:
        self._frames: Iterator[tuple[int, VideoFrame]] = enumerate(source)
        self._size = size
        self._kept: dict[int, VideoFrame] = {}
        self._first: tuple[int, VideoFrame] | None = None  # a loop comes back to it

    def get(self, number: int) -> VideoFrame:
        """Return a source frame; those that are passed over on the way are not kept.

        Raises:
            InputError: the source has fewer frames than its index says.
        """
        if self._first is not None and number == self._first[0]:
            return self._first[1]
        while number not in self._kept:
            try:
                read, frame = next(self._frames)
            except StopIteration:
                raise InputError(
                    f"the video ends before frame {number}; the file is damaged"
                ) from None
            if read < number:
                continue  # before the part, or a repeated drawing: nothing is made of it
            self._kept[read] = frame = _brought_to(frame, self._size)
            if self._first is None:
                self._first = (read, frame)
        return self._kept[number]

    def release(self, before: int) -> None:
        """Let the frames before this number go, but for the first."""
        for number in [number for number in self._kept if number < before]:
            del self._kept[number]

    def close(self) -> None:
        """Let everything go."""
        self._kept.clear()
        self._first = None


def _brought_to(frame: VideoFrame, size: tuple[int, int] | None) -> VideoFrame:
    pixels = resized(frame.pixels, size)
    return frame if pixels is frame.pixels else VideoFrame(pixels, frame.time)


def resized(pixels: Pixels, size: tuple[int, int] | None) -> Pixels:
    """Return a picture (H, W, C) at another size (width, height): areas averaged, or Lanczos."""
    if size is None or (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    shrinks = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    scaled: Pixels = cv2.resize(pixels, size, interpolation=method)
    return scaled
