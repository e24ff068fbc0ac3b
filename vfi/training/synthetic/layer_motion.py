"""How the layers of a synthetic scene move: smooth maps that are linear in time.

A layer has its own coordinates q (pixels, origin at its centre). At time s = 0 and s = 1 the
point q is at

    M_s(q) = centre + (s - 1/2) velocity + L_s q / (1 + (2s - 1) perspective · q) + (2s - 1) W(q)

with L_s a 2×2 matrix and W a few sine waves; in between at M_t = (1 - t) M_0 + t M_1, so that
every point travels straight and evenly. Rendering needs the inverse, q of a pixel: found by
iteration on a coarse grid and interpolated with fifth-order polynomials, since the map is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

ITERATIONS = 8
STEP = 8  # pixels between the nodes of the coarse grid
BEYOND = 3  # nodes outside the picture on each side
MOST_PERSPECTIVE = 0.2  # the term is cut off there: far from a layer its map stays invertible
SLACK = 12  # layer pixels added to an extent: a corner may reach between the nodes

Box = tuple[slice, slice]  # rows, columns


@dataclass(frozen=True)
class LayerMotion:
    """The motions of N layers; all tensors float32 on one device."""

    centre: torch.Tensor  # (N, 2) x, y in pixels of the picture, at t = 1/2
    velocity: torch.Tensor  # (N, 2) pixels from t = 0 to t = 1
    linear_0: torch.Tensor  # (N, 2, 2)
    linear_1: torch.Tensor  # (N, 2, 2)
    perspective: torch.Tensor  # (N, 2) per pixel
    amplitude: torch.Tensor  # (N, 2, K) pixels, of K waves in x and y
    frequency: torch.Tensor  # (N, K, 2) radians per pixel
    phase: torch.Tensor  # (N, 2, K)

    def take(self, layers: torch.Tensor) -> LayerMotion:
        """Return the motions of some layers."""
        return LayerMotion(*(getattr(self, field.name)[layers] for field in fields(self)))

    def position(self, q: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
        """Return where the points q are at time t.

        Args:
            q: (N, 2, P) layer coordinates.
            t: one time, or one a layer (N,).

        Returns:
            (N, 2, P) coordinates in the picture, pixels.
        """
        time = torch.as_tensor(t, dtype=q.dtype, device=q.device).expand(len(q))[:, None, None]
        slope = self.perspective[:, None] @ q  # (N, 1, P)
        slope = slope.clamp(-MOST_PERSPECTIVE, MOST_PERSPECTIVE)
        start = (1 - time) * self.linear_0 @ q / (1 - slope)
        end = time * self.linear_1 @ q / (1 + slope)
        waves = torch.sin((self.frequency @ q)[:, None] + self.phase[..., None])  # (N, 2, K, P)
        wave = (self.amplitude[..., None] * waves).sum(2)
        place = self.centre[..., None] + (time - 0.5) * self.velocity[..., None]
        return place + start + end + (2 * time - 1) * wave

    def invert(self, points: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
        """Return the layer point at a point of the picture at time t: (N, 2, P) to (N, 2, P)."""
        time = torch.as_tensor(t, dtype=points.dtype, device=points.device).expand(len(points))
        matrix = (1 - time)[:, None, None] * self.linear_0 + time[:, None, None] * self.linear_1
        inverse = _inverse(matrix)
        place = self.centre + (time - 0.5)[:, None] * self.velocity
        q = inverse @ (points - place[..., None])
        bent = (self.amplitude.flatten(1).any(1) | self.perspective.any(1)).nonzero()[:, 0]
        if len(bent):
            motion, inverse, time = self.take(bent), inverse[bent], time[bent]
            points, part = points[bent], q[bent]
            for _ in range(ITERATIONS):
                part = part + inverse @ (points - motion.position(part, time))
            q[bent] = part
        return q


class LayerMaps:
    """For each layer and every pixel: which layer point it shows, and how far that point travels.

    Args:
        motion: of N layers.
        size: height and width of the picture.
        t: the picture's time, or one a layer (N,).
        other: the time up to which the flow goes, or None for no flow.
    """

    def __init__(
        self,
        motion: LayerMotion,
        size: tuple[int, int],
        t: torch.Tensor | float,
        other: float | None = None,
    ) -> None:
        device = motion.centre.device
        self._rows, row_nodes = _interpolation(size[0], device)
        self._columns, column_nodes = _interpolation(size[1], device)
        y, x = torch.meshgrid(row_nodes, column_nodes, indexing="ij")
        points = torch.stack([x.flatten(), y.flatten()]).expand(len(motion.centre), -1, -1)
        q = motion.invert(points, t)
        maps = q if other is None else torch.cat([q, motion.position(q, other) - points], 1)
        self._nodes = maps.view(*maps.shape[:2], len(row_nodes), len(column_nodes))

    def at(self, layers: torch.Tensor | slice, box: Box) -> torch.Tensor:
        """Return the maps of some layers in a part of the picture: (n, 2 or 4, h, w).

        Channels 0 and 1 are the layer coordinates; with `other`, 2 and 3 the flow in pixels.
        """
        fine: torch.Tensor = self._rows[box[0]] @ self._nodes[layers] @ self._columns[box[1]].T
        return fine

    def boxes(self, extents: torch.Tensor) -> list[Box]:
        """Return the part of the picture that holds each layer, as slices of rows and columns.

        Args:
            extents: (N, 4) left, top, right, bottom of the layers in their own coordinates.
        """
        x, y = self._nodes[:, :2].unbind(1)
        left, top, right, bottom = extents[..., None, None].unbind(1)
        inside = (x > left - SLACK) & (x < right + SLACK)
        inside &= (y > top - SLACK) & (y < bottom + SLACK)
        rows, columns = inside.any(2).cpu().numpy(), inside.any(1).cpu().numpy()
        size = (len(self._rows), len(self._columns))
        return [
            (_reach(row, size[0]), _reach(column, size[1]))
            for row, column in zip(rows, columns, strict=True)
        ]


def _reach(nodes: NDArray[np.bool_], length: int) -> slice:
    """Return the pixels around the marked nodes, up to the next ones that are not."""
    marked = np.flatnonzero(nodes)
    if not len(marked):
        return slice(0, 0)
    first, last = (int(marked[0]) - BEYOND - 1) * STEP, (int(marked[-1]) - BEYOND + 1) * STEP
    return slice(min(max(first, 0), length), min(max(last + 1, 0), length))


@lru_cache(maxsize=32)
def _interpolation(length: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Matrix (length, nodes) from values at the coarse nodes to all pixels, and the nodes' places.

    Lagrange's polynomials through the six nodes around each pixel.
    """
    cells = -(-length // STEP)
    nodes = torch.arange(-BEYOND, cells + BEYOND + 1, dtype=torch.float64)
    pixels = torch.arange(length, dtype=torch.float64) / STEP
    matrix = torch.zeros(length, len(nodes), dtype=torch.float64)
    base = pixels.floor()
    around = torch.arange(-2, 4, dtype=torch.float64)
    for k in around:
        weight = torch.ones_like(pixels)
        for other in around[around != k]:
            weight *= (pixels - base - other) / (k - other)
        matrix[torch.arange(length), (base + k).long() + BEYOND] = weight
    return matrix.float().to(device), (nodes * STEP).float().to(device)


def _inverse(matrix: torch.Tensor) -> torch.Tensor:
    """Of 2×2 matrices, written out: `torch.linalg.inv` is slow for many small ones on a GPU."""
    a, b, c, d = matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 0], matrix[:, 1, 1]
    adjugate = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return adjugate / (a * d - b * c)[:, None, None]
