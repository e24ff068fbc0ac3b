"""A short clip drawn by code, the same on every machine: what `make demo` interpolates.

First shot: a camera pans over hills at three depths, a spotted ball rolls along and passes behind
a post. Then a cut. Second shot: before a wall that comes slowly nearer, a spoked wheel turns and a
weight swings across it. So there is what interpolation is about: parallax, rotation, zoom, things
that cover one another, and a cut that must not be blended.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..media.depth import converted

HEIGHT, WIDTH = 288, 512
RATE = Fraction(25)  # frames a second
SHOTS = (26, 16)  # frames

Layer = NDArray[np.float32]
"""(H, W, 4) float32, 0..1: colours that are already multiplied by the coverage, and it."""
Pixels = NDArray[np.uint8]


def draw_clip(path: Path, overwrite: bool = True) -> Path:
    """Write the clip. Raises `OutputError`."""
    from ..media.video.writer import VideoWriter

    with VideoWriter(path, WIDTH, HEIGHT, RATE, overwrite=overwrite) as writer:
        for number, frame in enumerate(drawn_frames()):
            writer.write(frame, number / RATE)
        writer.close(sum(SHOTS) / RATE)
    return path


def drawn_frames() -> Iterator[Pixels]:
    """Yield the frames, (HEIGHT, WIDTH, 3) uint8."""
    hills, workshop = Hills(), Workshop()
    for number in range(SHOTS[0]):
        yield hills.frame(number)
    for number in range(SHOTS[1]):
        yield workshop.frame(number)


class Hills:
    """The first shot."""

    def __init__(self) -> None:
        wide = WIDTH + 240
        sky = np.linspace(0, 1, HEIGHT)[:, None, None] * (0.35, 0.2, 0.05) + (0.45, 0.62, 0.85)
        clouds = np.clip(_noise(HEIGHT, wide, 1, (14, 40)), 0, None)[..., None] * 0.09
        self.sky = _opaque(sky + clouds)
        self.far = _ridge(wide, 0.52, 24, (0.42, 0.47, 0.55), 2)
        self.near = _ridge(wide, 0.72, 14, (0.33, 0.44, 0.22), 3)
        self.post = _opaque(_painted(HEIGHT, 34, (0.45, 0.32, 0.2), 4, (1.2, 5)))
        self.ball = _disc(34, 5)

    def frame(self, number: int) -> Pixels:
        """Return the frame of that number."""
        picture = np.zeros((HEIGHT, WIDTH, 4), np.float32)
        for layer, speed in ((self.sky, 0.4), (self.far, 1.3), (self.near, 3.1)):
            picture = _over(picture, layer, _moved(-speed * number, 0))
        x = 60 + 9.5 * number
        y = HEIGHT - 52 - 26 * abs(np.sin(number * 0.2))  # it hops along
        angle = np.degrees((9.5 + 3.1) * number / 34)  # it rolls on the ground, which passes
        picture = _over(picture, self.ball, _turned(self.ball, x, y, angle))
        picture = _over(picture, self.post, _moved(330 - 4.6 * number, 0))
        return _finished(picture)


class Workshop:
    """The second shot."""

    def __init__(self) -> None:
        self.wall = _wall()
        self.wheel = _wheel(92)
        self.weight = _disc(30, 8)

    def frame(self, number: int) -> Pixels:
        """Return the frame of that number."""
        picture = np.zeros((HEIGHT, WIDTH, 4), np.float32)
        nearer = 1 + 0.004 * number
        picture = _over(picture, self.wall, _turned(self.wall, WIDTH / 2, HEIGHT / 2, 0, nearer))
        wheel = _turned(self.wheel, 215, 150, -4.5 * number)
        picture = _over(picture, self.wheel, wheel)
        swing = 0.9 * np.cos(number * 0.2)
        x, y = 256 + 230 * np.sin(swing), -40 + 230 * np.cos(swing)
        string = picture.copy()
        end = (round(16 * x), round(16 * y))  # in sixteenths of a pixel
        cv2.line(string, (16 * 256, 16 * -40), end, (0.1, 0.1, 0.12, 1), 2, cv2.LINE_AA, 4)
        weight = _turned(self.weight, x, y, np.degrees(-swing))
        return _finished(_over(string, self.weight, weight))


def _noise(height: int, width: int, seed: int, sizes: tuple[float, ...]) -> NDArray[np.float32]:
    """(H, W) of mean 0 and deviation 1: blobs of several sizes, the larger the stronger."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for size in sizes:
        white = random.normal(size=(height, width)).astype(np.float32)
        blurred = cv2.GaussianBlur(white, (0, 0), size)
        total += np.float32(size**0.5) * blurred / blurred.std()
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def _painted(
    height: int,
    width: int,
    colour: tuple[float, float, float],
    seed: int,
    sizes: tuple[float, ...] = (1.2, 3, 9),
) -> NDArray[np.float64]:
    """(H, W, 3): a colour with a rough surface."""
    rough = 1 + 0.22 * _noise(height, width, seed, sizes)[..., None]
    return np.asarray(rough * np.array(colour), np.float64)


def _opaque(colours: NDArray[np.float64], coverage: NDArray[np.float64] | float = 1.0) -> Layer:
    cover = np.broadcast_to(np.asarray(coverage, np.float64), colours.shape[:2])[..., None]
    layer: Layer = np.concatenate([colours.clip(0, 1) * cover, cover], axis=2).astype(np.float32)
    return layer


def _ridge(
    width: int, place: float, height: float, colour: tuple[float, float, float], seed: int
) -> Layer:
    """Hills: everything below a wavy line."""
    x = np.arange(width)
    line = place * HEIGHT + height * (np.sin(x / 61 + seed) + 0.5 * np.sin(x / 23 + 2 * seed))
    cover = np.clip(np.arange(HEIGHT)[:, None] - line, 0, 1)
    return _opaque(_painted(HEIGHT, width, colour, seed), cover)


def _disc(radius: int, seed: int) -> Layer:
    """Return a ball with spots, lit from above."""
    side = 2 * radius + 5
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    spots = _noise(side, side, seed, (4, 7))[..., None] > 0.35
    colours = np.where(spots, (0.93, 0.9, 0.82), (0.75, 0.2, 0.16))
    rough = 1 + 0.06 * _noise(side, side, seed + 50, (1.2,))
    return _opaque(colours * rough[..., None], np.clip(radius + 0.5 - np.hypot(x, y), 0, 1))


def _wheel(radius: int) -> Layer:
    """Return a wheel with seven spokes; one sees through between them."""
    side = 2 * radius + 5
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    distance, angle = np.hypot(x, y), np.arctan2(y, x)
    rim = np.clip(9.5 - abs(distance - radius + 9), 0, 1)
    hub = np.clip(18.5 - distance, 0, 1)
    nearest = (angle * 7 / (2 * np.pi) + 0.5) % 1 - 0.5  # turns of a seventh from a spoke
    spoke = np.clip(5.5 - abs(nearest) * 2 * np.pi / 7 * distance, 0, 1) * (distance < radius - 8)
    cover = np.maximum(np.maximum(rim, hub), spoke)
    return _opaque(_painted(side, side, (0.5, 0.5, 0.56), 7, (1.2, 4)), cover)


def _wall() -> Layer:
    """Bricks, each of its own shade, with rough mortar; larger than the frame."""
    height, width = HEIGHT + 24, WIDTH + 24
    y, x = np.mgrid[:height, :width]
    row = y // 24
    column = (x + 30 * (row % 2)) // 60
    mortar = ((y % 24) < 3) | ((x + 30 * (row % 2)) % 60 < 3)
    shade = np.random.default_rng(6).uniform(0.75, 1.15, (row.max() + 1, column.max() + 1))
    bricks = _painted(height, width, (0.58, 0.3, 0.22), 6) * shade[row, column][..., None]
    return _opaque(
        np.where(mortar[..., None], _painted(height, width, (0.6, 0.58, 0.54), 9), bricks)
    )


def _moved(x: float, y: float) -> NDArray[np.float32]:
    return np.array([[1, 0, x], [0, 1, y]], np.float32)


def _turned(
    layer: Layer, x: float, y: float, degrees: float, scale: float = 1.0
) -> NDArray[np.float32]:
    """Move the layer's middle to (x, y), turned clockwise around it."""
    height, width = layer.shape[:2]
    middle = (width - 1) / 2, (height - 1) / 2
    matrix = cv2.getRotationMatrix2D(middle, -float(degrees), scale)
    matrix[:, 2] += x - middle[0], y - middle[1]
    return np.asarray(matrix, np.float32)


def _over(below: Layer, layer: Layer, place: NDArray[np.float32]) -> Layer:
    """Composite: a layer put to its place over what is there."""
    above = cv2.warpAffine(layer, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    composed: Layer = above + below * (1 - above[..., 3:])
    return composed


def _finished(picture: Layer) -> Pixels:
    return converted(picture[..., :3], np.uint8)
