"""A bank of cut-out shapes for synthetic scenes: blobs, polygons, rods, fences, strokes, letters.

Drawing is done once, on the CPU; a scene takes shapes from the bank and turns, stretches and
bends them with its motions. Every shape lies inside its tile and fades out at its edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

TILE = 128  # pixels, each way
OVERSAMPLING = 4
DRAWN = TILE * OVERSAMPLING
REACH = DRAWN // 2 - 2 * OVERSAMPLING  # from the centre to where shapes have to end

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class ShapeBank:
    """S shapes to choose from, on the CPU."""

    shapes: torch.Tensor  # (S, 2, TILE, TILE) uint8: opacity, and how much of it is outline
    thin: torch.Tensor  # (S,) bool: made of thin parts, which shrinking would dissolve
    extents: torch.Tensor  # (S, 4) left, top, right, bottom of the opacity, from the tile's centre

    @staticmethod
    def draw(count: int, seed: int = 0) -> ShapeBank:
        """Draw `count` shapes."""
        random = np.random.default_rng(seed)
        shapes = np.empty((count, 2, TILE, TILE), np.uint8)
        thin = np.zeros(count, np.bool_)
        shares = np.array([share for _, share, _ in _MAKERS])
        for number in range(count):
            make, _, thin[number] = _MAKERS[random.choice(len(_MAKERS), p=shares / shares.sum())]
            mask = make(random)
            outline = np.zeros_like(mask) if thin[number] else _outline(mask, random)
            soft = random.random() < 0.3 and not thin[number]
            shapes[number, 0] = _shrink(mask, random.uniform(0.3, 1.5) if soft else 0)
            shapes[number, 1] = _shrink(outline, 0)
        shapes[:, :, (0, -1), :] = 0
        shapes[:, :, :, (0, -1)] = 0
        bank = torch.from_numpy(shapes)
        return ShapeBank(bank, torch.from_numpy(thin), opaque_extents(bank[:, 0]))


def opaque_extents(opacity: torch.Tensor) -> torch.Tensor:
    """Left, top, right, bottom of what is not transparent, from the centre: (N, h, w) to (N, 4)."""
    count, height, width = opacity.shape
    extents = torch.zeros(count, 4)
    for number, shape in enumerate(opacity > 0):
        rows, columns = shape.any(1).nonzero(), shape.any(0).nonzero()
        if len(rows):
            ends = torch.stack([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])[:, 0]
            extents[number] = ends - torch.tensor([width, height, width, height]) / 2
    return extents


def _shrink(mask: Mask, softness: float) -> Mask:
    small: Mask = cv2.resize(mask, (TILE, TILE), interpolation=cv2.INTER_AREA)
    if softness > 0:
        small = cv2.GaussianBlur(small, (0, 0), softness)
    return small


def _outline(mask: Mask, random: np.random.Generator) -> Mask:
    """Return the band along the inside of the edge, as cartoons are inked."""
    width = 2 * int(random.uniform(1, 2.5) * OVERSAMPLING) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    eroded = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    band: Mask = cv2.subtract(mask, eroded)
    return band


def _empty() -> Mask:
    return np.zeros((DRAWN, DRAWN), np.uint8)


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(np.stack([x, y], axis=-1) + DRAWN / 2).astype(np.int32)


def _fourier_contour(random: np.random.Generator, radius: float) -> NDArray[np.int32]:
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    wobble = np.zeros_like(angle)
    for harmonic in range(1, 7):
        strength = random.normal() * 0.28 / harmonic**0.8
        wobble += strength * np.cos(harmonic * angle + random.uniform(0, 2 * np.pi))
    length = np.exp(wobble)
    length *= radius / length.max()
    return _points(length * np.cos(angle), length * np.sin(angle))


def _blob(random: np.random.Generator) -> Mask:
    mask = _empty()
    cv2.fillPoly(mask, [_fourier_contour(random, random.uniform(0.25, 1) * REACH)], 255)
    if random.random() < 0.15:
        cv2.fillPoly(mask, [_fourier_contour(random, random.uniform(0.1, 0.4) * REACH)], 0)
    return mask


def _polygon(random: np.random.Generator) -> Mask:
    corners = int(random.integers(3, 9))
    angle = np.sort(random.uniform(0, 2 * np.pi, corners))
    length = random.uniform(0.3, 1, corners) * random.uniform(0.35, 1) * REACH
    mask = _empty()
    cv2.fillPoly(mask, [_points(length * np.cos(angle), length * np.sin(angle))], 255)
    return mask


def _box_or_ellipse(random: np.random.Generator) -> Mask:
    mask = _empty()
    half = random.uniform(0.15, 0.7, 2) * REACH
    centre = (DRAWN // 2, DRAWN // 2)
    if random.random() < 0.5:
        cv2.ellipse(mask, centre, (int(half[0]), int(half[1])), 0, 0, 360, 255, -1)
    else:
        left, top, right, bottom = (int(DRAWN / 2 + v) for v in (*-half, *half))
        cv2.rectangle(mask, (left, top), (right, bottom), 255, -1)
    return mask


def _inside(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """`count` points (x, y) within a circle that leaves room for thick lines."""
    angle = random.uniform(0, 2 * np.pi, count)
    length = np.sqrt(random.random(count)) * REACH * 0.92
    return np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1)


def _thickness(random: np.random.Generator, least: float = 1.0, most: float = 5.0) -> int:
    """Of a line, in drawn pixels, from a range in tile pixels."""
    return int(np.exp(random.uniform(np.log(least), np.log(most))) * OVERSAMPLING)


def _rods(random: np.random.Generator) -> Mask:
    mask = _empty()
    for _ in range(int(random.integers(1, 5))):
        ends = _inside(random, 2)
        one, two = _points(ends[:, 0], ends[:, 1])
        cv2.line(mask, tuple(map(int, one)), tuple(map(int, two)), 255, _thickness(random))
    return mask


def _fence(random: np.random.Generator) -> Mask:
    mask = _empty()
    gap = random.uniform(8, 26) * OVERSAMPLING
    thickness = _thickness(random, 1.2, 4)
    reach = int(REACH * 0.95)
    crossed = random.random() < 0.5
    for offset in np.arange(-reach, reach, gap):
        a, b = DRAWN // 2 - reach, DRAWN // 2 + reach
        place = int(DRAWN / 2 + offset)
        cv2.line(mask, (place, a), (place, b), 255, thickness)
        if crossed:
            cv2.line(mask, (a, place), (b, place), 255, thickness)
    return mask


def _strokes(random: np.random.Generator) -> Mask:
    """Smooth curves: hair, cables, branches, handwriting."""
    mask = _empty()
    for _ in range(int(random.integers(1, 4))):
        knots = _inside(random, int(random.integers(3, 7)))
        along = np.linspace(0, len(knots) - 1, 60)
        x, y = (np.interp(along, np.arange(len(knots)), knots[:, k]) for k in (0, 1))
        smooth = np.hanning(17) / np.hanning(17).sum()
        x, y = (np.convolve(np.pad(v, 8, mode="edge"), smooth, "valid") for v in (x, y))
        cv2.polylines(mask, [_points(x, y)], False, 255, _thickness(random, 1, 4))
    return mask


def _letters(random: np.random.Generator) -> Mask:
    mask = _empty()
    signs = list("ABCDEFGHKLMNPRSTUVWXYZabdeghkmnqrst0123456789&?!")
    scale = random.uniform(2, 5)
    thickness = int(scale * random.uniform(1.5, 4)) + 2
    line = int(28 * scale)
    for row in range(max(1, int(2 * REACH * 0.9 / (1.6 * line)))):
        if row >= 3:
            break
        text = "".join(random.choice(signs, int(random.integers(2, 9))))
        place = (DRAWN // 2 - REACH + 20, DRAWN // 2 - REACH + int((1.6 * row + 1.3) * line))
        cv2.putText(mask, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness)
    return mask


_MAKERS: tuple[tuple[Callable[[np.random.Generator], Mask], float, bool], ...] = (
    (_blob, 0.52, False),
    (_polygon, 0.16, False),
    (_box_or_ellipse, 0.12, False),
    (_rods, 0.07, True),
    (_fence, 0.04, True),
    (_strokes, 0.05, True),
    (_letters, 0.04, True),
)
