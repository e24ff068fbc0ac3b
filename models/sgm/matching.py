"""Where the local flow is wrong, points are matched globally, carried to t and merged into it."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from ..ops import softsplat
from .local_flow import Motion
from .parts import (
    CERTAIN,
    UNKNOWN,
    rectified_conv,
    scaled,
    scaled_flow,
    splat_mean,
    warp,
    warped_pair,
)

SCALE = 8  # matching works at 1/8
AROUND = 9  # cells of a 3×3 neighbourhood


@dataclass(frozen=True)
class Matched:
    """What was found on the way, at 1/8: flows to the first and the second picture (B, 4, h, w).

    `matches` are from the first to the second picture and back, 0 where no point was matched;
    `points` (B, 2, h, w) whether each was one.
    """

    importance: Tensor | None
    points: Tensor | None
    matches: Tensor
    shifted: Tensor
    filled: Tensor
    merged: Tensor
    motion: Motion


class SparseMatching(nn.Module):
    """A flow to t and its mask, corrected by global matches of the points where it is wrong.

    `share` of all cells are matched where the map has more than `least_rows` rows; smaller maps
    are matched whole.
    """

    def __init__(self, features: int, channels: int, share: float, least_rows: int) -> None:
        super().__init__()
        self.share, self.least_rows = share, least_rows
        self.merge = nn.Sequential(
            rectified_conv(8 + 2 * (features + channels), 2 * channels),
            nn.Conv2d(2 * channels, 4 * AROUND, 1),  # two flows for each of two pictures
        )
        hidden = channels // 2
        self.join = nn.Sequential(rectified_conv(27, hidden), rectified_conv(hidden, hidden))
        self.refine = rectified_conv(hidden, hidden)
        self.last = rectified_conv(hidden, 5)

    def forward(
        self,
        one: Tensor,
        two: Tensor,
        motion: Motion,
        features: Tensor,
        global_features: Tensor,
        t: Tensor | float,
    ) -> Matched:
        """Features are of both pictures (2·B, C, h, w), all first ones first."""
        importance = points = count = None
        height, width = features.shape[-2:]
        if height > self.least_rows and self.share > 0:
            count = int(self.share * height * width)
            importance = flaws(one, two, motion.flow, (height, width))
            points = largest(importance, count)
        matches = matched(global_features, points)
        shifted = carried(matches, t, count)
        filled = torch.where(shifted != 0, shifted, motion.coarse)
        merged = self._merged(motion.coarse, filled, features, global_features)
        corrected = self._corrected(one, two, motion, merged)
        return Matched(importance, points, matches, shifted, filled, merged, corrected)

    def _merged(
        self, coarse: Tensor, filled: Tensor, features: Tensor, global_features: Tensor
    ) -> Tensor:
        """Each cell a mean of both flows' neighbourhoods, weighted by what features say."""
        given = [coarse, filled, *global_features.chunk(2), *features.chunk(2)]
        size = coarse.shape[-2:]
        weights = self.merge(torch.cat(given, 1)).view(-1, 2, 2 * AROUND, *size).softmax(2)

        def around(flow: Tensor) -> Tensor:  # (B, 2 to pictures, 2, 9, h, w)
            cells = functional.unfold(flow, 3, padding=1)
            return cells.view(flow.shape[0], 2, 2, AROUND, *size)

        neighbours = torch.cat([around(coarse), around(filled)], 3)
        return (neighbours * weights[:, :, None]).sum(3).flatten(1, 2)

    def _corrected(self, one: Tensor, two: Tensor, motion: Motion, merged: Tensor) -> Motion:
        down = 1 / SCALE
        seen = torch.cat([one, two, *warped_pair(one, two, motion.flow), motion.mask], 1)
        small = warped_pair(scaled(one, down), scaled(two, down), merged)
        given = [scaled(seen, down), scaled_flow(motion.flow, down), *small, merged]
        joined = self.join(torch.cat(given, 1))
        return motion.corrected(self.last(joined + self.refine(joined)), SCALE)


def flaws(one: Tensor, two: Tensor, flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Return how much each picture's pixels are missed when it is made of the other: (B, 2, *size).

    A picture is brought to t and thrown to the other; where that differs, the difference is
    thrown back to the pixels that should have explained it.
    """
    found = []
    to_one, to_two = flow[:, :2], flow[:, 2:]
    ways = (one, two, to_one, to_two), (two, one, to_two, to_one)
    for source, target, to_source, to_target in ways:
        at_t = warp(source, to_source)
        arrived = splat_mean(torch.cat([at_t, torch.ones_like(at_t[:, :1])], 1), to_target)
        difference = (arrived[:, :-1] - target).abs().sum(1, keepdim=True)
        difference = torch.where(arrived[:, -1:] == 0, 0.0, difference)
        found.append(splat_mean(warp(difference, to_target), to_source))
    return functional.interpolate(
        torch.cat(found, 1), size=size, mode="bilinear", align_corners=False
    )


def largest(values: Tensor, count: int) -> Tensor:
    """Tell whether each is among the `count` largest of its channel: bool (B, C, h, w)."""
    flat = values.flatten(2)
    chosen = torch.zeros_like(flat, dtype=torch.bool)
    return chosen.scatter(2, flat.topk(count, 2).indices, True).view_as(values)


def matched(features: Tensor, points: Tensor | None) -> Tensor:
    """Flow both ways (B, 4, h, w) of the chosen points, of all for None; 0 elsewhere.

    Where a point goes is the mean of all cells, weighted by softmax of their likeness.
    """
    height, width = features.shape[-2:]
    rows, columns = torch.meshgrid(
        torch.arange(height, device=features.device, dtype=features.dtype),
        torch.arange(width, device=features.device, dtype=features.dtype),
        indexing="ij",
    )
    cells = torch.stack([columns, rows], -1).view(-1, 2)
    tokens = features.flatten(2).transpose(1, 2)  # (2·B, N, C)
    own, other = tokens, torch.cat(tokens.chunk(2)[::-1])
    flow = torch.zeros(*tokens.shape[:2], 2, device=features.device, dtype=features.dtype)
    for number, (queries, keys) in enumerate(zip(own, other, strict=True)):
        chosen = slice(None) if points is None else _of(points, number)
        likeness = queries[chosen] @ keys.T / math.sqrt(keys.shape[-1])
        flow[number, chosen] = likeness.softmax(-1) @ cells - cells[chosen]
    both = flow.transpose(1, 2).reshape(-1, 2, height, width)
    return torch.cat(both.chunk(2), 1)


def _of(points: Tensor, number: int) -> Tensor:
    """Return the cells chosen in the picture of that number; all second ones follow all first."""
    batch = points.shape[0]
    return points[number % batch, number // batch].flatten().nonzero()[:, 0]


def carried(matches: Tensor, t: Tensor | float, count: int | None) -> Tensor:
    """Flows from t to both pictures (B, 4, h, w) of the matches both ways; 0 where none came.

    Only the `count` cells on which most lands keep what they got; all for None.
    """
    forward, backward = matches[:, :2], matches[:, 2:]
    found = []
    for flow, part in ((backward, t), (forward, 1 - t)):
        known = (flow != 0).to(flow.dtype).mean(1, keepdim=True)
        metric = torch.where(known != 0, CERTAIN, UNKNOWN)
        displacement = flow * (1 - part)
        arrived = splat_mean(flow * part, displacement, metric)
        if count is not None:
            landed = softsplat(known, displacement, None, "sum")
            arrived = torch.where(largest(landed, count) & (landed != 0), arrived, 0.0)
        found.append(arrived)
    return torch.cat(found, 1)
