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

import torch

ITERATIONS = 10
STEP = 8  # pixels between the nodes of the coarse grid
BEYOND = 3  # nodes outside the picture on each side
MOST_PERSPECTIVE = 0.2  # the term is cut off there: far from a layer its map stays invertible


@dataclass(frozen=True)
class Motion:
    """The motions of N layers; all tensors float32 on one device."""

    centre: torch.Tensor  # (N, 2) x, y in pixels of the picture, at t = 1/2
    velocity: torch.Tensor  # (N, 2) pixels from t = 0 to t = 1
    linear_0: torch.Tensor  # (N, 2, 2)
    linear_1: torch.Tensor  # (N, 2, 2)
    perspective: torch.Tensor  # (N, 2) per pixel
    amplitude: torch.Tensor  # (N, 2, K) pixels, of K waves in x and y
    frequency: torch.Tensor  # (N, K, 2) radians per pixel
    phase: torch.Tensor  # (N, 2, K)

    def take(self, layers: torch.Tensor) -> Motion:
        """The motions of some layers."""
        return Motion(*(getattr(self, field.name)[layers] for field in fields(self)))

    def position(self, q: torch.Tensor, t: torch.Tensor | float) -> torch.Tensor:
        """Where the points q are at time t.

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
        """Which layer point is at a point of the picture at time t: (N, 2, P) to (N, 2, P)."""
        time = torch.as_tensor(t, dtype=points.dtype, device=points.device).expand(len(points))
        matrix = (1 - time)[:, None, None] * self.linear_0 + time[:, None, None] * self.linear_1
        inverse = _inverse(matrix)
        place = self.centre + (time - 0.5)[:, None] * self.velocity
        q = inverse @ (points - place[..., None])
        for _ in range(ITERATIONS):
            q = q + inverse @ (points - self.position(q, time))
        return q


def layer_maps(
    motion: Motion, size: tuple[int, int], t: torch.Tensor | float, other: float | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """For each layer and every pixel: its layer point, and how far that point travels.

    Args:
        motion: of N layers.
        size: height and width of the picture.
        t: the picture's time, or one a layer (N,).
        other: the time up to which the flow goes, or None for no flow.
    Returns:
        (N, 2, H, W) layer coordinates and (N, 2, H, W) flow in pixels, or None.
    """
    device = motion.centre.device
    rows, row_nodes = _interpolation(size[0], device)
    columns, column_nodes = _interpolation(size[1], device)
    y, x = torch.meshgrid(row_nodes, column_nodes, indexing="ij")
    points = torch.stack([x.flatten(), y.flatten()]).expand(len(motion.centre), -1, -1)
    q = motion.invert(points, t)
    maps = q if other is None else torch.cat([q, motion.position(q, other) - points], 1)
    coarse = maps.unflatten(-1, (len(row_nodes), len(column_nodes)))
    fine = rows @ coarse @ columns.T
    return fine[:, :2], fine[:, 2:] if other is not None else None


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
