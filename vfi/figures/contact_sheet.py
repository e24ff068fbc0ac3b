"""A picture of all frames of a video, kept and dropped ones marked."""

from collections.abc import Collection
from math import ceil, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from ..analysis.differences import Pixels, eight_bit_rgb
from ..errors import InputError

THUMBNAIL_SIDE = 160  # pixels
BORDER = 4
LABEL_HEIGHT = 16
MOST_FRAMES = 600  # a longer video is thinned out evenly, so that memory stays bounded

GREEN, RED, BLUE, PAPER = (40, 170, 70), (200, 50, 50), (60, 110, 230), (24, 24, 24)


class ContactSheet:
    """Collects thumbnails while frames stream by; `draw` marks them once all is decided."""

    def __init__(self, most_frames: int = MOST_FRAMES) -> None:
        self._most = max(2, most_frames)
        self._thumbnails: list[NDArray[np.uint8]] = []
        self._stride = 1

    def add(self, number: int, pixels: Pixels) -> None:
        """Take the next frame, (H, W) or (H, W, C); number 0 begins anew."""
        if number == 0:
            self._thumbnails, self._stride = [], 1
        if number % self._stride == 0:
            if len(self._thumbnails) == self._most:
                self._thumbnails = self._thumbnails[::2]
                self._stride *= 2
            if number % self._stride == 0:
                self._thumbnails.append(eight_bit_rgb(pixels, THUMBNAIL_SIDE))

    def draw(self, kept: Collection[int], cuts: Collection[int] = ()) -> NDArray[np.uint8]:
        """Return the sheet, (H, W, 3) uint8 RGB.

        Kept frames are framed green, dropped ones red and dark with a cross; a blue bar is at the
        left of a scene's first frame.

        Raises:
            InputError: no frame has been added.
        """
        if not self._thumbnails:
            raise InputError("a contact sheet needs at least one frame")
        height, width = self._thumbnails[0].shape[:2]
        cell = (height + 2 * BORDER + LABEL_HEIGHT, width + 2 * BORDER)
        columns = max(1, ceil(sqrt(len(self._thumbnails) * cell[0] / cell[1] * 16 / 9)))
        rows = ceil(len(self._thumbnails) / columns)
        sheet = np.full((rows * cell[0], columns * cell[1], 3), PAPER, np.uint8)
        for place, thumbnail in enumerate(self._thumbnails):
            top, left = place // columns * cell[0], place % columns * cell[1]
            view = sheet[top : top + cell[0], left : left + cell[1]]
            frame = place * self._stride
            _draw_cell(view, thumbnail, frame, frame in kept, frame in cuts)
        return sheet


def _draw_cell(
    cell: NDArray[np.uint8], thumbnail: NDArray[np.uint8], frame: int, kept: bool, cut: bool
) -> None:
    colour = GREEN if kept else RED
    height, width = thumbnail.shape[:2]
    cell[: height + 2 * BORDER] = colour
    inside = cell[BORDER : BORDER + height, BORDER : BORDER + width]
    inside[:] = thumbnail if kept else thumbnail // 3
    if not kept:
        drawn = np.ascontiguousarray(inside)
        cv2.line(drawn, (0, 0), (width - 1, height - 1), colour, 1, cv2.LINE_AA)
        cv2.line(drawn, (0, height - 1), (width - 1, 0), colour, 1, cv2.LINE_AA)
        inside[:] = drawn
    if cut:
        cell[: height + 2 * BORDER, :BORDER] = BLUE
    label = np.ascontiguousarray(cell[height + 2 * BORDER :])
    text = f"{frame}{'' if kept else ' dropped'}{' scene' if cut else ''}"
    place = (BORDER, LABEL_HEIGHT - 5)
    cv2.putText(label, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, colour, 1, cv2.LINE_AA)
    cell[height + 2 * BORDER :] = label
