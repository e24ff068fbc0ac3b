"""Random synthetic scenes: which layers there are, how they look and how they move."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from .motion import Motion
from .shapes import TILE

WAVES = 2
NATURAL, CARTOON, VECTOR = range(3)


@dataclass(frozen=True)
class SceneOptions:
    """What synthetic scenes are like. Lengths as shares of the picture's width unless noted."""

    styles: tuple[float, float, float] = (0.62, 0.23, 0.15)  # natural, cartoon, vector: shares
    layers: tuple[int, int] = (2, 12)  # cut-outs; few are more frequent than many
    least_motion: float = 0.5  # pixels
    most_motion: float = 0.25
    most_camera_motion: float = 0.12
    still: float = 0.15  # share of layers without a translation of their own
    follow: float = 0.7  # share of layers that move with the camera
    turn: float = 8.0  # degrees, standard deviation of an object's rotation
    zoom: float = 0.04  # standard deviation of an object's growth
    perspective: float = 0.08  # most, over half a tile or half a picture
    bend: float = 0.3  # share of layers that also bend
    blur: float = 0.12  # share of scenes with motion blur
    shutter: tuple[float, float] = (0.15, 0.6)  # how long it is open, of the time between frames


@dataclass(frozen=True)
class Scene:
    """A batch of B scenes with N layers in all; the first B layers are the backgrounds."""

    size: tuple[int, int]  # height, width of the pictures
    motion: Motion  # of N layers
    sample: torch.Tensor  # (N,) int64: which scene a layer belongs to
    depth: torch.Tensor  # (N,) int64: 0 = background, above it 1, 2, …
    backgrounds: torch.Tensor  # (B, 3, h, w) 0..1; mirrored beyond their edges
    cutouts: torch.Tensor  # (N - B, 4, TILE, TILE) 0..1: RGB (not premultiplied) and opacity

    def take(self, samples: torch.Tensor) -> Scene:
        """Some of the scenes, by their indices."""
        count = len(self.backgrounds)
        renumber = torch.full((count,), -1, device=self.sample.device)
        renumber[samples] = torch.arange(len(samples), device=samples.device)
        above = torch.arange(count, len(self.sample), device=samples.device)
        above = above[renumber[self.sample[above]] >= 0]
        layers = torch.cat([samples, above])
        return Scene(
            self.size,
            self.motion.take(layers),
            renumber[self.sample[layers]],
            self.depth[layers],
            self.backgrounds[samples],
            self.cutouts[above - count],
        )


class Draw:
    """Random tensors from a CPU generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self.generator)

    def log_uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.exp(self.uniform(math.log(low), math.log(high), *shape))

    def normal(self, deviation: float, *shape: int) -> torch.Tensor:
        """Normal, cut off at two and a half deviations."""
        return torch.randn(*shape, generator=self.generator).clamp(-2.5, 2.5) * deviation

    def chance(self, share: float, *shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=self.generator) < share

    def integer(self, low: int, high: int, *shape: int) -> torch.Tensor:
        """`high` is not included."""
        return torch.randint(low, high, shape, generator=self.generator)

    def direction(self, *shape: int) -> torch.Tensor:
        angle = self.uniform(0, 2 * math.pi, *shape)
        return torch.stack([torch.cos(angle), torch.sin(angle)], -1)

    def choice(self, shares: tuple[float, ...], count: int) -> torch.Tensor:
        weights = torch.tensor(shares)
        return torch.multinomial(weights, count, replacement=True, generator=self.generator)


def draw_scene(
    draw: Draw,
    batch: int,
    size: tuple[int, int],
    options: SceneOptions,
    pool: torch.Tensor,
    shapes: torch.Tensor,
    thin: torch.Tensor,
) -> Scene:
    """A batch of scenes.

    Args:
        pool: (P, 3, h, w) uint8 pictures that textures are cut from.
        shapes: (S, 2, TILE, TILE) uint8, thin: (S,) bool on the CPU: see `shape_bank`.
    """
    style = draw.choice(options.styles, batch)
    least, most = options.layers
    counts = least + ((most - least + 1) * draw.uniform(0, 1, batch) ** 3).long()
    sample = torch.repeat_interleave(torch.arange(batch), counts)
    depth = torch.cat([torch.arange(1, int(count) + 1) for count in counts])
    shape = draw.integer(0, len(shapes), len(sample))
    camera = _camera_motion(draw, style, size, options)
    cutout = _object_motion(draw, camera, style[sample], sample, thin[shape.cpu()], size, options)
    device = pool.device
    motion = Motion(
        *(
            torch.cat([getattr(camera, name), getattr(cutout, name)]).to(device)
            for name in Motion.__dataclass_fields__
        )
    )
    return Scene(
        size,
        motion,
        torch.cat([torch.arange(batch), sample]).to(device),
        torch.cat([torch.zeros(batch, dtype=torch.long), depth]).to(device),
        _backgrounds(draw, style, size, pool),
        _cutouts(draw, style[sample], shapes[shape.to(device)], pool),
    )


def _matrices(angle: torch.Tensor, scale_x: torch.Tensor, scale_y: torch.Tensor) -> torch.Tensor:
    """Rotation after scaling: (N, 2, 2)."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [torch.stack([cos * scale_x, -sin * scale_y], -1)]
    rows.append(torch.stack([sin * scale_x, cos * scale_y], -1))
    return torch.stack(rows, -2)


def _between(
    draw: Draw, middle: torch.Tensor, turn: torch.Tensor, zoom: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The matrices at t = 0 and t = 1 around the one in the middle; `turn` in degrees."""
    angle, growth = torch.deg2rad(turn) / 2, torch.exp(zoom / 2)
    start = _matrices(-angle, 1 / growth, 1 / growth) @ middle
    return start, _matrices(angle, growth, growth) @ middle


def _waves(
    draw: Draw, bends: torch.Tensor, length: tuple[float, float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Amplitude, frequency and phase of smooth bending with waves of a length in pixels."""
    count = len(bends)
    wave = draw.log_uniform(*length, count, WAVES)
    steepness = draw.normal(0.08, count, 2, WAVES)  # slope of the displacement
    amplitude = steepness * wave[:, None] / (2 * math.pi) * bends[:, None, None]
    frequency = draw.direction(count, WAVES) * (2 * math.pi / wave)[..., None]
    return amplitude, frequency, draw.uniform(0, 2 * math.pi, count, 2, WAVES)


def _camera_motion(
    draw: Draw, style: torch.Tensor, size: tuple[int, int], options: SceneOptions
) -> Motion:
    """The backgrounds' motions. Where the background is one colour it stands still."""
    batch, (height, width) = len(style), size
    moves = (style != VECTOR) & ~draw.chance(options.still, batch)
    most = max(options.most_camera_motion * width, options.least_motion)
    length = draw.log_uniform(options.least_motion, most, batch) * moves
    middle = _matrices(
        draw.normal(0.1, batch), draw.uniform(0.9, 1.3, batch), draw.uniform(0.9, 1.3, batch)
    )
    start, end = _between(
        draw,
        middle,
        draw.normal(options.turn / 5, batch) * moves,
        draw.normal(options.zoom / 2, batch) * moves,
    )
    shift = draw.uniform(-0.1, 0.1, batch, 2) * torch.tensor([width, height])
    perspective = draw.direction(batch) * draw.uniform(0, options.perspective, batch)[:, None]
    return Motion(
        torch.tensor([(width - 1) / 2, (height - 1) / 2]) + shift,
        draw.direction(batch) * length[:, None],
        start,
        end,
        perspective * moves[:, None] / (max(size) / 2),
        *_waves(draw, moves & draw.chance(options.bend, batch), (0.5 * width, 1.5 * width)),
    )


def _object_motion(
    draw: Draw,
    camera: Motion,
    style: torch.Tensor,
    sample: torch.Tensor,
    thin: torch.Tensor,
    size: tuple[int, int],
    options: SceneOptions,
) -> Motion:
    count, (height, width) = len(sample), size
    scale = draw.log_uniform(0.5, 1.6, count) * max(1.0, math.sqrt(height * width) / 160)
    scale = torch.where(thin, scale.clamp(min=0.8), scale)
    stretch = torch.exp(draw.normal(0.15, count))
    middle = _matrices(draw.uniform(0, 2 * math.pi, count), scale * stretch, scale / stretch)
    turns = draw.chance(0.5, count)
    start, end = _between(
        draw,
        middle,
        draw.normal(options.turn, count) * turns,
        draw.normal(options.zoom, count) * turns,
    )
    most = max(options.most_motion * width, options.least_motion)
    length = draw.log_uniform(options.least_motion, most, count)
    length = length * ~draw.chance(options.still, count)
    velocity = draw.direction(count) * length[:, None]
    follows = draw.chance(options.follow, count)[:, None]
    velocity = velocity + camera.velocity[sample] * follows
    speed = velocity.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    velocity = velocity * (most / speed).clamp(max=1)
    perspective = draw.direction(count) * draw.uniform(0, options.perspective, count)[:, None]
    return Motion(
        draw.uniform(-0.08, 1.08, count, 2) * torch.tensor([width, height]),
        velocity,
        start,
        end,
        perspective * turns[:, None] / (TILE / 2),
        *_waves(draw, draw.chance(options.bend, count), (50.0, 200.0)),
    )


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
    patches = torch.stack(pieces).float().mul_(gain.to(pool.device) / 255).clamp_(max=1)
    if patches.shape[2:] != size:
        patches = functional.interpolate(patches, size, mode="bilinear", align_corners=False)
    return patches


def _flat(draw: Draw, count: int) -> torch.Tensor:
    """Two colours each, for the top and the bottom; mostly the same: (count, 3, 2, 1)."""
    colour = draw.uniform(0, 1, count, 3, 1, 1)
    other = torch.where(
        draw.chance(0.3, count, 1, 1, 1), draw.uniform(0, 1, count, 3, 1, 1), colour
    )
    return torch.cat([colour, other], 2)


def _backgrounds(
    draw: Draw, style: torch.Tensor, size: tuple[int, int], pool: torch.Tensor
) -> torch.Tensor:
    """Photographs; in half of the cartoons and all vector drawings one colour or a gradient."""
    batch = len(style)
    tile = (min(size[0] + 96, pool.shape[2]), min(size[1] + 96, pool.shape[3]))
    pictures = _patches(draw, pool, batch, tile)
    colours = _flat(draw, batch)
    black_or_white = draw.choice((0.6, 0.2, 0.2), batch)
    colours[(style == VECTOR) & (black_or_white == 0)] = 0.0
    colours[(style == VECTOR) & (black_or_white == 1)] = 1.0
    plain = (style == VECTOR) | ((style == CARTOON) & draw.chance(0.5, batch))
    flat = functional.interpolate(colours.to(pool.device), tile, mode="bilinear")
    return torch.where(plain.to(pool.device)[:, None, None, None], flat, pictures)


def _cutouts(
    draw: Draw, style: torch.Tensor, shapes: torch.Tensor, pool: torch.Tensor
) -> torch.Tensor:
    """Colours and opacity of the cut-outs: (N, 4, TILE, TILE)."""
    count, device = len(style), pool.device
    opacity, outline = shapes.float().div_(255).split(1, 1)
    colours = _patches(draw, pool, count, (TILE, TILE))
    flat = (style != NATURAL) & draw.chance(0.85, count) | draw.chance(0.08, count)
    shades = functional.interpolate(_flat(draw, count).to(device), (TILE, TILE), mode="bilinear")
    colours = torch.where(flat.to(device)[:, None, None, None], shades, colours)
    inked = (style == CARTOON) & draw.chance(0.8, count) | (style == VECTOR) & draw.chance(
        0.3, count
    )
    ink = draw.uniform(0, 0.15, count, 3, 1, 1)
    hollow = (style == VECTOR) & draw.chance(0.2, count)  # drawn as a line only
    hollow = hollow.to(device)[:, None, None, None] & (outline.amax((1, 2, 3), keepdim=True) > 0)
    lines = outline * inked.to(device)[:, None, None, None] * ~hollow
    colours = colours + lines * (ink.to(device) - colours)
    return torch.cat([colours, torch.where(hollow, outline, opacity)], 1)
