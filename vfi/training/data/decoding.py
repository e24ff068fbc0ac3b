"""Decoding clips whole: with PyAV, or with OpenCV on a machine that has only that.

Rented training machines often come without PyAV; OpenCV's own FFmpeg reads the usual codecs.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError


def measure_clip(path: Path) -> tuple[int, int, int]:
    """Height, width and number of frames.

    Raises:
        InputError: the file is not a readable video.
    """
    return _measure_with_av(path) if _has_av() else _measure_with_opencv(path)


def decode_clip(path: Path) -> Iterator[NDArray[np.uint8]]:
    """All frames in order, (H, W, 3) uint8 RGB.

    Raises:
        InputError: the file is not a readable video, or damaged.
    """
    return _decode_with_av(path) if _has_av() else _decode_with_opencv(path)


def _has_av() -> bool:
    return find_spec("av") is not None


def _measure_with_av(path: Path) -> tuple[int, int, int]:
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            count = sum(packet.size > 0 for packet in container.demux(stream))
            return stream.height, stream.width, count
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"{path}: not a readable video ({error})") from None


def _decode_with_av(path: Path) -> Iterator[NDArray[np.uint8]]:
    import av

    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    except (av.FFmpegError, IndexError) as error:
        raise InputError(f"{path}: cannot be decoded ({error})") from None


def _open_with_opencv(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise InputError(f"{path}: not a readable video")
    return capture


def _measure_with_opencv(path: Path) -> tuple[int, int, int]:
    capture = _open_with_opencv(path)
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    count = 0
    while capture.grab():  # the number that the file states may be a guess
        count += 1
    capture.release()
    return height, width, count


def _decode_with_opencv(path: Path) -> Iterator[NDArray[np.uint8]]:
    capture = _open_with_opencv(path)
    while True:
        found, frame = capture.read()
        if not found:
            break
        yield np.ascontiguousarray(frame[..., ::-1], np.uint8)
    capture.release()
