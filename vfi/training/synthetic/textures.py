"""How the layers of synthetic scenes look: photographs, flat colours, inked outlines."""

from __future__ import annotations

import torch
from torch.nn import functional

from .sampler import Draw
from .shapes import TILE

NATURAL, CARTOON, VECTOR = range(3)  # the styles of scenes


def _patches(draw: Draw, pool: torch.Tensor, count: int, size: tuple[int, int]) -> torch.Tensor:
    """Random pieces of the pool's pictures, their colours varied: (count, 3, h, w) 0..1."""
    height, width = min(size[0], pool.shape[2]), min(size[1], pool.shape[3])
    which = draw.integer(0, len(pool), count).tolist()
    tops = draw.integer(0, pool.shape[2] - height + 1, count).tolist()
    lefts = draw.integer(0, pool.shape[3] - width + 1, count).tolist()
    gain = draw.uniform(0.7, 1.2, count, 1, 1, 1) * draw.uniform(0.9, 1.1, count, 3, 1, 1)
    pieces = [
        pool[n, :, y : y + height, x : x + width]
        for n, y, x in zip(which, tops, lefts, strict=True)
    ]
    if not pieces:
        return torch.empty(0, 3, *size, device=pool.device)
    patches = torch.stack(pieces).float().mul_(gain.to(pool.device) / 255).clamp_(max=1)
    if patches.shape[2:] != size:
        patches = functional.interpolate(patches, size, mode="bilinear", align_corners=False)
    return patches


def _shades(draw: Draw, count: int) -> torch.Tensor:
    """Two colours each, for the top and the bottom; mostly the same: (count, 3, 2, 1)."""
    colour, other = draw.uniform(0, 1, 2, count, 3, 1, 1)
    return torch.cat([colour, torch.where(draw.chance(0.3, count, 1, 1, 1), other, colour)], 2)


def _gradient(shades: torch.Tensor, height: int, device: torch.device) -> torch.Tensor:
    """From the first of the two colours to the second: (count, 3, height, 1)."""
    down = torch.linspace(0, 1, height)[:, None]
    return torch.lerp(shades[:, :, :1], shades[:, :, 1:], down).to(device)


def draw_backgrounds(
    draw: Draw, style: torch.Tensor, plain: torch.Tensor, size: tuple[int, int], pool: torch.Tensor
) -> torch.Tensor:
    """Photographs; where plain, one colour or a gradient, mostly black in vector drawings."""
    batch = len(style)
    tile = (min(size[0] + 96, pool.shape[2]), min(size[1] + 96, pool.shape[3]))
    pictures = _patches(draw, pool, batch, tile)
    shades = _shades(draw, batch)
    black_or_white = draw.choice((0.6, 0.2, 0.2), batch)
    shades[(style == VECTOR) & (black_or_white == 0)] = 0.0
    shades[(style == VECTOR) & (black_or_white == 1)] = 1.0
    which = plain.nonzero()[:, 0]
    pictures[which.to(pool.device)] = _gradient(shades[which], tile[0], pool.device)
    return pictures


def draw_cutouts(
    draw: Draw, style: torch.Tensor, shapes: torch.Tensor, pool: torch.Tensor
) -> torch.Tensor:
    """Colours and opacity of the cut-outs: (N, 4, TILE, TILE)."""
    count, device = len(style), pool.device
    flat = ((style != NATURAL) & draw.chance(0.85, count)) | draw.chance(0.08, count)
    inked = ((style == CARTOON) & draw.chance(0.8, count)) | (
        (style == VECTOR) & draw.chance(0.3, count)
    )
    hollow = (style == VECTOR) & draw.chance(0.2, count)  # only its outline is drawn
    shades, ink = _shades(draw, count), draw.uniform(0, 0.15, count, 3, 1, 1)
    cutouts = torch.empty(count, 4, TILE, TILE, device=device)
    textured, plain = (which.nonzero()[:, 0] for which in (~flat, flat))
    patches = _patches(draw, pool, len(textured), (TILE, TILE))
    cutouts[textured.to(device), :3] = patches
    cutouts[plain.to(device), :3] = _gradient(shades[plain], TILE, device).expand(-1, -1, -1, TILE)
    cutouts[:, 3] = shapes[:, 0].float().div_(255)
    lined = inked.nonzero()[:, 0]
    outline = shapes[lined.to(device), 1:].float().div_(255)
    colours = cutouts[lined.to(device), :3]
    cutouts[lined.to(device), :3] = torch.lerp(colours, ink[lined].to(device), outline)
    outlined = hollow & (shapes[:, 1].amax((1, 2)) > 0).cpu()
    which = outlined.nonzero()[:, 0].to(device)
    cutouts[which, 3] = shapes[which, 1].float().div_(255)
    return cutouts
