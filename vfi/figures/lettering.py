"""Lines of text on pictures: bars above them that say what they are."""

from contextlib import suppress
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# The first that is installed; Pillow's own knows the letters of English alone.
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc")
INK, PAPER = (235, 235, 235), (24, 24, 24)
LEAST_HEIGHT = 18  # pixels, below which nothing could be read


def bar_height(picture_height: int) -> int:
    """Return how high a bar above a picture is, in pixels: an even number."""
    return max(LEAST_HEIGHT, picture_height // 24) // 2 * 2


def bar(left: str, right: str, width: int, height: int) -> NDArray[np.uint8]:
    """Return a dark bar (height, width, 3) with text at both ends.

    What has no room is left out: of the left text the middle, then all of the right one.
    """
    image = Image.new("RGB", (width, height), PAPER)
    draw, font = ImageDraw.Draw(image), _font(round(height * 0.66))
    margin = height // 3
    taken = font.getlength(right) + 2 * margin if right else 0
    if taken > width / 2:
        right, taken = "", 0
    room = width - 2 * margin - taken
    draw.text((margin, height / 2), _fitted(left, room, font), INK, font, anchor="lm")
    draw.text((width - margin, height / 2), right, INK, font, anchor="rm")
    return np.array(image)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in FONTS:
        with suppress(OSError):
            return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)  # type: ignore[return-value]  # with a size it scales


def _fitted(text: str, room: float, font: ImageFont.FreeTypeFont) -> str:
    """Return the text, or its ends with an ellipsis between; nothing where that has no room."""
    kept = len(text)
    shown = text
    while shown and font.getlength(shown) > room:
        kept -= 1
        shown = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}" if kept > 1 else ""
    return shown
