"""Random synthetic scenes: which layers there are, how they look and how they move."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch

from .layer_motion import LayerMotion
from .sampler import Draw
from .shapes import TILE, ShapeBank
from .textures import CARTOON, VECTOR, draw_backgrounds, draw_cutouts

WAVES = 2


@dataclass(frozen=True)
class SceneOptions:
    """What synthetic scenes are like. Lengths as shares of the picture's width unless noted."""

    styles: tuple[float, float, float] = (0.66, 0.22, 0.12)  # natural, cartoon, vector: shares
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
    blur: float = 0.08  # share of scenes with motion blur
    shutter: tuple[float, float] = (0.15, 0.5)  # how long it is open, of the time between frames


@dataclass(frozen=True)
class Scene:
    """A batch of B scenes with N layers in all; the first B layers are the backgrounds."""

    size: tuple[int, int]  # height, width of the pictures
    motion: LayerMotion  # of N layers
    sample: torch.Tensor  # (N,) int64: which scene a layer belongs to
    depth: torch.Tensor  # (N,) int64: 0 = background, above it 1, 2, …
    backgrounds: torch.Tensor  # (B, 3, h, w) 0..1; mirrored beyond their edges
    cutouts: torch.Tensor  # (N - B, 4, TILE, TILE) 0..1: RGB (not premultiplied) and opacity
    extents: torch.Tensor  # (N, 4) left, top, right, bottom of what is opaque, layer coordinates
    deepest: int  # the greatest depth

    def take(self, samples: torch.Tensor) -> Scene:
        """Return some of the scenes, by their indices."""
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
            self.extents[layers],
            self.deepest,
        )


def draw_scene(
    draw: Draw,
    batch: int,
    size: tuple[int, int],
    options: SceneOptions,
    pool: torch.Tensor,
    bank: ShapeBank,
) -> Scene:
    """Return a batch of scenes of a size, their textures from `pool` (P, 3, h, w) uint8."""
    style = draw.choice(options.styles, batch)
    plain = (style == VECTOR) | ((style == CARTOON) & draw.chance(0.5, batch))
    least, most = options.layers
    counts = least + ((most - least + 1) * draw.uniform(0, 1, batch) ** 3).long()
    counts = torch.where(plain, counts + 2, counts).clamp(max=most)  # nothing else moves there
    sample = torch.repeat_interleave(torch.arange(batch), counts)
    depth = torch.cat([torch.arange(1, int(count) + 1) for count in counts])
    shape = draw.integer(0, len(bank.shapes), len(sample))
    camera = _camera_motion(draw, ~plain, size, options)
    cutout = _object_motion(draw, camera, sample, bank.thin[shape], size, options)
    motion = LayerMotion(
        *(
            torch.cat([getattr(camera, field.name), getattr(cutout, field.name)]).to(pool.device)
            for field in fields(LayerMotion)
        )
    )
    return Scene(
        size,
        motion,
        torch.cat([torch.arange(batch), sample]).to(pool.device),
        torch.cat([torch.zeros(batch, dtype=torch.long), depth]).to(pool.device),
        draw_backgrounds(draw, style, plain, size, pool),
        draw_cutouts(draw, style[sample], bank.shapes[shape].to(pool.device), pool),
        torch.cat([torch.zeros(batch, 4), bank.extents[shape]]).to(pool.device),
        int(counts.max()),
    )


def _matrices(angle: torch.Tensor, scale_x: torch.Tensor, scale_y: torch.Tensor) -> torch.Tensor:
    """Rotation after scaling: (N, 2, 2)."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [torch.stack([cos * scale_x, -sin * scale_y], -1)]
    rows.append(torch.stack([sin * scale_x, cos * scale_y], -1))
    return torch.stack(rows, -2)


def _between(
    middle: torch.Tensor, turn: torch.Tensor, zoom: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the matrices at t = 0 and t = 1 around the one in the middle; `turn` in degrees."""
    angle, growth = torch.deg2rad(turn) / 2, torch.exp(zoom / 2)
    start = _matrices(-angle, 1 / growth, 1 / growth) @ middle
    return start, _matrices(angle, growth, growth) @ middle


def _waves(
    draw: Draw, bends: torch.Tensor, scale: torch.Tensor, length: tuple[float, float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Amplitude, frequency and phase of smooth bending with waves of a length in layer pixels.

    Gentle against the layer's scale, so that nothing folds and the map can be inverted.
    """
    count = len(bends)
    wave = draw.log_uniform(*length, count, WAVES)
    steepness = draw.normal(0.06, count, 2, WAVES) * scale[:, None, None]
    amplitude = steepness * wave[:, None] / (2 * math.pi) * bends[:, None, None]
    frequency = draw.direction(count, WAVES) * (2 * math.pi / wave)[..., None]
    return amplitude, frequency, draw.uniform(0, 2 * math.pi, count, 2, WAVES)


def _camera_motion(
    draw: Draw, textured: torch.Tensor, size: tuple[int, int], options: SceneOptions
) -> LayerMotion:
    """Return the backgrounds' motions; one without texture stands still: nobody sees it move."""
    batch, (height, width) = len(textured), size
    moves = textured & ~draw.chance(options.still, batch)
    most = max(options.most_camera_motion * width, options.least_motion)
    length = draw.log_uniform(options.least_motion, most, batch) * moves
    scale = draw.uniform(0.95, 1.3, batch)
    middle = _matrices(draw.normal(0.1, batch), scale, scale * draw.uniform(0.95, 1.05, batch))
    start, end = _between(
        middle,
        draw.normal(options.turn / 5, batch) * moves,
        draw.normal(options.zoom / 2, batch) * moves,
    )
    shift = draw.uniform(-0.1, 0.1, batch, 2) * torch.tensor([width, height])
    perspective = draw.direction(batch) * draw.uniform(0, options.perspective, batch)[:, None]
    return LayerMotion(
        torch.tensor([(width - 1) / 2, (height - 1) / 2]) + shift,
        draw.direction(batch) * length[:, None],
        start,
        end,
        perspective * moves[:, None] / (max(size) / 2),
        *_waves(draw, moves & draw.chance(options.bend, batch), scale, (0.5 * width, 1.5 * width)),
    )


def _object_motion(
    draw: Draw,
    camera: LayerMotion,
    sample: torch.Tensor,
    thin: torch.Tensor,
    size: tuple[int, int],
    options: SceneOptions,
) -> LayerMotion:
    count, (height, width) = len(sample), size
    scale = draw.log_uniform(0.5, 1.6, count) * max(1.0, math.sqrt(height * width) / 160)
    scale = torch.where(thin, scale.clamp(min=0.8), scale)
    stretch = torch.exp(draw.normal(0.15, count))
    middle = _matrices(draw.uniform(0, 2 * math.pi, count), scale * stretch, scale / stretch)
    turns = draw.chance(0.5, count)
    start, end = _between(
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
    return LayerMotion(
        draw.uniform(-0.08, 1.08, count, 2) * torch.tensor([width, height]),
        velocity,
        start,
        end,
        perspective * turns[:, None] / (TILE / 2),
        *_waves(
            draw, draw.chance(options.bend, count), scale / stretch.clamp(min=1), (50.0, 200.0)
        ),
    )
