"""The smooth motion of tracked corners as tensor operations: `tracks.py` for pictures on a GPU.

The same method with the same sizes, but without keypoints for what goes further. Nothing comes back
to the CPU and nothing waits for it: there is a fixed number of places in every picture, and what is
no corner, or is lost, has weight 0. Numbers differ from OpenCV's by the order of sums and how steps
are ended.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from .tracks import (
    CELL,
    CORNERS,
    DISTANCE,
    FEWEST,
    GUIDED_LEVELS,
    LEVELS,
    LONGER_SIDE,
    QUALITY,
    RETURN,
    SMALLEST,
    SPREAD,
    WIDER,
    WINDOW,
)

STEPS = 10  # of Lucas-Kanade on every level
FLAT = 1e-4  # the smaller eigenvalue of a window's gradients, in levels² a pixel, is above that
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as OpenCV takes it


@dataclass(frozen=True)
class _Tracks:
    """Places (B, N, 2), x and y in pixels of the reduced picture, and what each counts (B, N)."""

    one: Tensor
    two: Tensor
    weight: Tensor

    def __add__(self, other: "_Tracks") -> "_Tracks":
        pairs = ((self.one, other.one), (self.two, other.two), (self.weight, other.weight))
        return _Tracks(*(torch.cat(pair, 1) for pair in pairs))

    def turned(self) -> "_Tracks":
        return _Tracks(self.two, self.one, self.weight)


def tensor_track_flows(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    """Return smooth flows both ways, float32 (B, 2, H, W) in pixels, of pictures (B, 3, H, W).

    They are zero where too little is tracked, and of pictures that are too small.
    """
    size = (one.shape[-2], one.shape[-1])
    if min(size) < SMALLEST or not len(one):
        nothing = torch.zeros(len(one), 2, *size, device=one.device)
        return nothing, nothing.clone()
    with torch.no_grad(), torch.autocast(one.device.type, enabled=False):
        grey_one, grey_two = _grey(one.float(), size), _grey(two.float(), size)
        tracks = _found(_pyramid(grey_one), _pyramid(grey_two))
        enough = tracks.weight.sum(1)[:, None, None, None] >= FEWEST
        reduced = (grey_one.shape[-2], grey_one.shape[-1])
        return _enlarged(tracks, reduced, size) * enough, _enlarged(
            tracks.turned(), reduced, size
        ) * enough


def _grey(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Return levels 0..255, (B, 1, h, w), of a longer side of about `LONGER_SIDE`."""
    weights = picture.new_tensor(_LUMA).view(1, 3, 1, 1)
    grey = (picture * weights).sum(1, keepdim=True).clamp(0, 1) * 255
    factor = max(1, round(max(size) / LONGER_SIDE))
    reduced = (max(size[0] // factor, 1), max(size[1] // factor, 1))
    return grey if factor == 1 else functional.interpolate(grey, reduced, mode="area")


def _pyramid(grey: Tensor) -> list[Tensor]:
    """Return a picture and its halvings; a pixel at x is at x / 2 in the next one."""
    tap = grey.new_tensor((1.0, 4.0, 6.0, 4.0, 1.0)) / 16
    kernel = (tap[:, None] * tap).view(1, 1, 5, 5)
    levels = [grey]
    while len(levels) <= LEVELS and min(levels[-1].shape[-2:]) >= SMALLEST:
        padded = functional.pad(levels[-1], (2, 2, 2, 2), mode="reflect")
        levels.append(functional.conv2d(padded, kernel, stride=2))
    return levels


def _found(one: list[Tensor], two: list[Tensor]) -> _Tracks:
    """Return corners of either picture that are found in the other, and found back from there.

    Those that are not are looked for a second time, where their neighbours went.
    """
    ahead, back = _track(one, two, *_corners(one[0])), _track(two, one, *_corners(two[0]))
    tracks = ahead[0] + back[0].turned()
    again = _track(one, two, *ahead[1:], _smooth(tracks, one[0]))
    back_again = _track(two, one, *back[1:], _smooth(tracks.turned(), one[0]))
    return tracks + again[0] + back_again[0].turned()


def _corners(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return the places of the best corners (B, N, 2), and 1 for those that are some (B, N)."""
    gradients = _gradients(picture)
    products = torch.cat([gradients * gradients, gradients[:, :1] * gradients[:, 1:]], 1)
    xx, yy, xy = functional.avg_pool2d(products, 3, 1, 1).unbind(1)
    quality = _smaller_eigenvalue(xx, yy, xy)
    reach = 2 * DISTANCE - 1
    peak = functional.max_pool2d(quality[:, None], reach, 1, reach // 2)[:, 0]
    best = quality.flatten(1).amax(1)[:, None, None]
    is_corner = (quality >= peak) & (quality > QUALITY * best)
    flat = torch.where(is_corner, quality, 0).flatten(1)
    most = -(-flat.shape[1] // DISTANCE**2)  # more do not fit in so far from each other
    values, places = flat.topk(min(CORNERS, most), dim=1)
    width = picture.shape[-1]
    return torch.stack([places % width, places // width], 2).float(), (values > 0).float()


def _gradients(picture: Tensor) -> Tensor:
    """Return Scharr's derivatives to the right and down, (B, 2, H, W), in levels a pixel."""
    across, along = picture.new_tensor((-0.5, 0, 0.5)), picture.new_tensor((3.0, 10, 3)) / 16
    kernels = torch.stack([along[:, None] * across, across[:, None] * along])[:, None]
    return functional.conv2d(functional.pad(picture, (1, 1, 1, 1), mode="replicate"), kernels)


def _smaller_eigenvalue(xx: Tensor, yy: Tensor, xy: Tensor) -> Tensor:
    return (xx + yy - ((xx - yy) ** 2 + 4 * xy**2).sqrt()) / 2


def _track(
    one: list[Tensor], two: list[Tensor], points: Tensor, weight: Tensor,
    guess: Tensor | None = None,
) -> tuple[_Tracks, Tensor, Tensor]:  # fmt: skip
    """Return tracks of points of the first picture; and the points with 1 where they are lost.

    `guess` is a flow a cell (B, 2, rows, columns): where to look for them.
    """
    start = torch.zeros_like(points)
    levels = LEVELS
    if guess is not None:
        place, columns = _cells(points, guess.shape[-2:]), guess.shape[-1]
        index = (place[..., 1] * columns + place[..., 0])[:, None].expand(-1, 2, -1)
        start, levels = guess.flatten(2).gather(2, index).transpose(1, 2), GUIDED_LEVELS
    found, seen = _lucas_kanade(one, two, points, start, levels)
    returned, seen_back = _lucas_kanade(two, one, found, -start, levels)
    kept = seen & seen_back & ((points - returned).norm(dim=2) < RETURN)
    return _Tracks(points, found, weight * kept), points, weight * ~kept


def _lucas_kanade(
    one: list[Tensor], two: list[Tensor], points: Tensor, motion: Tensor, levels: int
) -> tuple[Tensor, Tensor]:
    """Return where points (B, N, 2) are in the second picture, from coarse to fine; and if so."""
    levels = min(levels, len(one) - 1)
    motion = motion / 2**levels
    seen = torch.ones_like(points[..., 0], dtype=torch.bool)
    for level in range(levels, -1, -1):
        motion, textured = _refined(one[level], two[level], points / 2**level, motion)
        if level:
            motion = 2 * motion
        else:
            seen = textured
    found = points + motion
    height, width = one[0].shape[-2:]
    last = points.new_tensor((width - 1, height - 1))
    inside = ((found >= 0) & (found <= last)).all(2) & found.isfinite().all(2)
    # what is lost stays a number: it counts nothing, but is multiplied by that
    return torch.where(inside[..., None], found, points), seen & inside


def _refined(one: Tensor, two: Tensor, points: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
    """Return the motion, moved a few steps to where the windows agree; and if they can tell."""
    offsets = _window(points)
    places = points[:, :, None] + offsets  # (B, N, W², 2)
    here = _sampled(one, places)[:, 0]
    x, y = _sampled(_gradients(one), places).unbind(1)
    xx, yy, xy = ((a * b).mean(2) for a, b in ((x, x), (y, y), (x, y)))
    textured = _smaller_eigenvalue(xx, yy, xy) > FLAT
    scale = torch.where(textured, 1 / (xx * yy - xy**2).clamp(min=1e-12), 0)
    for _ in range(STEPS):
        left = here - _sampled(two, places + motion[:, :, None])[:, 0]
        right, down = (left * x).mean(2), (left * y).mean(2)
        step = torch.stack([yy * right - xy * down, xx * down - xy * right], 2)
        motion = motion + (step * scale[..., None]).clamp(-WINDOW, WINDOW)
    return motion, textured


def _window(like: Tensor) -> Tensor:
    """Return the offsets of a window's pixels from its middle, (W², 2)."""
    reach = torch.arange(WINDOW, device=like.device, dtype=like.dtype) - WINDOW // 2
    return torch.stack(torch.meshgrid(reach, reach, indexing="xy"), 2).view(-1, 2)


def _sampled(pictures: Tensor, places: Tensor) -> Tensor:
    """Return (B, C, N, K) of pictures (B, C, H, W) at places (B, N, K, 2); beyond: the edge."""
    height, width = pictures.shape[-2:]
    last = places.new_tensor((max(width - 1, 1), max(height - 1, 1)))
    grid = places * (2 / last) - 1
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=True)


def _cells(points: Tensor, grid: torch.Size) -> Tensor:
    """Return the column and row of each point's cell."""
    last = torch.tensor((grid[1] - 1, grid[0] - 1), device=points.device)
    return torch.minimum((points / CELL).long().clamp(min=0), last)


def _smooth(tracks: _Tracks, picture: Tensor) -> Tensor:
    """Return the weighted mean of the tracks' motions around each cell, (B, 2, rows, columns)."""
    height, width = picture.shape[-2:]
    rows, columns = -(-height // CELL), -(-width // CELL)
    place = _cells(tracks.one, torch.Size((rows, columns)))
    index = (place[..., 1] * columns + place[..., 0])[:, None].expand(-1, 3, -1)
    motion = torch.cat([tracks.two - tracks.one, torch.ones_like(tracks.one[..., :1])], 2)
    weighted = (motion * tracks.weight[..., None]).transpose(1, 2)
    gathered = torch.zeros(len(picture), 3, rows * columns, device=picture.device)
    gathered = gathered.scatter_add(2, index, weighted).view(-1, 3, rows, columns)
    total = torch.zeros_like(gathered)
    for wider, weight in WIDER:
        sigma = width * SPREAD / CELL * wider
        down, across = _blur(rows, sigma, gathered), _blur(columns, sigma, gathered)
        total = total + weight * (down @ gathered @ across)
    return total[:, :2] / (total[:, 2:] + 1e-20)


def _blur(count: int, sigma: float, like: Tensor) -> Tensor:
    """Return the matrix (count, count) of a Gaussian's weights, cut off at four deviations."""
    reach = max(int(4 * sigma), 1)
    taps = torch.arange(-reach, reach + 1, device=like.device, dtype=like.dtype)
    whole = torch.exp(-(taps**2) / (2 * sigma**2)).sum()
    place = torch.arange(count, device=like.device, dtype=like.dtype)
    distance = place[:, None] - place
    weights = torch.exp(-(distance**2) / (2 * sigma**2)) / whole
    return torch.where(distance.abs() <= reach, weights, 0)


def _enlarged(tracks: _Tracks, reduced: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Return the smooth flow of tracks at full size, in pixels there."""
    like = tracks.one.new_zeros(len(tracks.one), 1, *reduced)
    flow = functional.interpolate(_smooth(tracks, like), size, mode="bilinear")
    scale = flow.new_tensor((size[1] / reduced[1], size[0] / reduced[0]))
    return flow * scale.view(1, 2, 1, 1)
