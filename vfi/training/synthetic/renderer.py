"""Synthetic scenes with exact motion: two frames, any frame between them, flows, occlusion.

Textured cut-outs move over a moving background, each on straight paths (see `motion`). The truth
at a pixel is that of the top-most layer that covers more than half of it. Everything random is
drawn from the generator on the CPU, so a seed gives the same scenes on every device.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional

from ...errors import UsageError
from ..data.samples import Sample
from .layer_motion import Box, LayerMaps
from .sampler import Draw
from .scenes import Scene, SceneOptions, draw_scene
from .shapes import ShapeBank

BLUR_EXPOSURES = 5
ONE_BY_ONE = ("cpu",)  # devices on which each cut-out is drawn alone, only where it is


class SyntheticScenes:
    """Makes batches of synthetic scenes.

    Args:
        pool: (P, 3, h, w) uint8 pictures for the textures (see `frame_pool`), on the device on
            which the scenes are to be made.
        options: what the scenes are like.
        shapes: how many cut-out shapes to choose from.
        shape_seed: of these shapes.

    Raises:
        UsageError: the pool has another shape or type.
    """

    def __init__(
        self,
        pool: torch.Tensor,
        options: SceneOptions | None = None,
        shapes: int = 1024,
        shape_seed: int = 0,
    ) -> None:
        if pool.ndim != 4 or pool.shape[1] != 3 or pool.dtype != torch.uint8 or not len(pool):
            raise UsageError(
                f"pool {tuple(pool.shape)} {pool.dtype}: textures are (P, 3, h, w) uint8"
            )
        self.pool = pool
        self.options = options or SceneOptions()
        self._bank = ShapeBank.draw(shapes, shape_seed)

    def sample(
        self,
        batch: int,
        size: int | tuple[int, int],
        generator: torch.Generator,
        times: torch.Tensor | None = None,
        middle: float = 0.6,
    ) -> Sample:
        """Make a batch of scenes.

        Args:
            batch: how many, B.
            size: height and width, or one number for both.
            generator: a CPU generator; the scenes depend on its state alone.
            times: (B,) or (B, K) in 0..1, the targets' places; None draws one for each scene,
                an eighth to seven eighths.
            middle: the share of drawn times that are 0.5 instead.

        Returns:
            `one`, `two` (B, 3, H, W) in 0..1; `target` (B, 3, H, W) or (B, K, 3, H, W); `t` like
            `times`; `flow_01`, `flow_10` (B, 2, H, W) pixels; `occlusion_01`, `occlusion_10`
            (B, 1, H, W): 1 = what is seen there is hidden or outside in the other frame.
        """
        draw = Draw(generator)
        size = (size, size) if isinstance(size, int) else size
        if times is None:
            eighths = draw.integer(1, 8, batch) / 8
            times = torch.where(draw.chance(middle, batch), torch.full((batch,), 0.5), eighths)
        if times.shape[:1] != (batch,) or times.ndim > 2:
            raise UsageError(f"times {tuple(times.shape)}: ({batch},) or ({batch}, K) is needed")
        scene = draw_scene(draw, batch, size, self.options, self.pool, self._bank)
        shutter = draw.uniform(*self.options.shutter, batch) * draw.chance(self.options.blur, batch)
        return render_pair(scene, times.to(self.pool.device), shutter.to(self.pool.device))


def render_pair(scene: Scene, times: torch.Tensor, shutter: torch.Tensor | None = None) -> Sample:
    """Return the sample of a scene: see `SyntheticScenes.sample`.

    Args:
        times: (B,) or (B, K).
        shutter: (B,) how long the shutter is open, 0 = no motion blur.
    """
    one, top_0, flow_01 = render(scene, 0.0, other=1.0)
    two, top_1, flow_10 = render(scene, 1.0, other=0.0)
    assert flow_01 is not None
    assert flow_10 is not None
    columns = times[:, None] if times.ndim == 1 else times
    targets = [render(scene, column)[0] for column in columns.unbind(1)]
    if shutter is not None and bool((shutter > 0).any()):
        blurred = shutter.nonzero()[:, 0]
        part, opening = scene.take(blurred), shutter[blurred]
        one[blurred] = _exposed(part, torch.zeros_like(opening), opening)
        two[blurred] = _exposed(part, torch.ones_like(opening), opening)
        for target, column in zip(targets, columns.unbind(1), strict=True):
            target[blurred] = _exposed(part, column[blurred], opening)
    return {
        "one": one,
        "two": two,
        "target": targets[0] if times.ndim == 1 else torch.stack(targets, 1),
        "t": times,
        "flow_01": flow_01,
        "flow_10": flow_10,
        "occlusion_01": _occlusion(top_0, top_1, flow_01),
        "occlusion_10": _occlusion(top_1, top_0, flow_10),
    }


def render(
    scene: Scene, t: float | torch.Tensor, other: float | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """One moment of a scene.

    Args:
        t: the time, or one for each scene (B,).
        other: the time to which the flow goes, or None for no flow.

    Returns:
        picture (B, 3, H, W), index of the top-most layer (B, 1, H, W) int64, flow (B, 2, H, W).
    """
    batch, device = len(scene.backgrounds), scene.backgrounds.device
    layer_times = t[scene.sample] if isinstance(t, torch.Tensor) else t
    maps = LayerMaps(scene.motion, scene.size, layer_times, other)
    everywhere = (slice(0, scene.size[0]), slice(0, scene.size[1]))
    behind = maps.at(slice(0, batch), everywhere)
    picture = _sampled(scene.backgrounds, behind[:, :2], "reflection")
    flow = None if other is None else behind[:, 2:].clone()
    top = torch.arange(batch, device=device).view(-1, 1, 1, 1).repeat(1, 1, *scene.size)
    for layers, samples, box in _groups(scene, maps):
        part = (samples, slice(None), *box)
        fine = maps.at(layers, box)
        cutouts = scene.cutouts[_shifted(layers, -batch)]
        sampled = _sampled(cutouts, fine[:, :2], "zeros")
        colours, opacity = sampled[:, :3], sampled[:, 3:]
        picture[part] = torch.lerp(picture[part], colours, opacity)
        solid = opacity > 0.5
        number = torch.arange(len(scene.sample), device=device)[layers].view(-1, 1, 1, 1)
        top[part] = torch.where(solid, number, top[part])
        if flow is not None:
            flow[part] = torch.where(solid, fine[:, 2:], flow[part])
    return picture, top, flow


Which = slice | torch.Tensor


def _groups(scene: Scene, maps: LayerMaps) -> Iterator[tuple[Which, Which, Box]]:
    """Yield the cut-outs from the bottom up: which layers, of which scenes, in which part.

    A processor takes them one by one, each where it is; a GPU all of one depth at once, whole.
    """
    batch = len(scene.backgrounds)
    if scene.sample.device.type in ONE_BY_ONE:
        samples = scene.sample.tolist()
        boxes = maps.boxes(scene.extents)
        for layer in torch.argsort(scene.depth, stable=True).tolist()[batch:]:
            rows, columns = boxes[layer]
            if rows.stop > rows.start and columns.stop > columns.start:
                sample = samples[layer]
                yield slice(layer, layer + 1), slice(sample, sample + 1), (rows, columns)
        return
    everywhere = (slice(0, scene.size[0]), slice(0, scene.size[1]))
    for depth in range(1, scene.deepest + 1):
        layers = (scene.depth == depth).nonzero()[:, 0]
        yield layers, scene.sample[layers], everywhere


def _shifted(which: Which, by: int) -> Which:
    if isinstance(which, slice):
        return slice(which.start + by, which.stop + by)
    return which + by


def _sampled(tiles: torch.Tensor, points: torch.Tensor, padding: str) -> torch.Tensor:
    """Tiles (N, C, h, w) looked up at layer points (N, 2, H, W) measured from their centres."""
    height, width = tiles.shape[2:]
    grid = points.permute(0, 2, 3, 1) / points.new_tensor([width / 2, height / 2])
    return functional.grid_sample(
        tiles, grid, mode="bilinear", padding_mode=padding, align_corners=False
    )


def _exposed(scene: Scene, t: torch.Tensor, shutter: torch.Tensor) -> torch.Tensor:
    """Return the mean over the time that the shutter is open, around t: (B,) each."""
    moments = torch.linspace(-0.5, 0.5, BLUR_EXPOSURES).tolist()
    total = sum(render(scene, t + shutter * moment)[0] for moment in moments)
    assert isinstance(total, torch.Tensor)
    return total / BLUR_EXPOSURES


def _occlusion(top: torch.Tensor, top_other: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """1 where the flow leaves the picture or other layers lie on top at its end.

    The end lies between four pixels. The layer counts as visible there if it holds a quarter of
    them by bilinear weight, so that edges and thin parts do not flicker with their rounding.
    """
    height, width = flow.shape[2:]
    x = torch.arange(width, device=flow.device) + flow[:, :1]
    y = torch.arange(height, device=flow.device)[:, None] + flow[:, 1:]
    outside = (x < -0.5) | (x > width - 0.5) | (y < -0.5) | (y > height - 0.5)
    left, upper = x.floor().clamp_(-1, width - 1), y.floor().clamp_(-1, height - 1)
    right_share, lower_share = x - left, y - upper
    padded = functional.pad(top_other.float(), (1, 1, 1, 1), mode="replicate").flatten(1)
    place = ((upper + 1) * (width + 2) + left + 1).long().flatten(1)
    wanted = top.float().flatten(1)
    upper_left, upper_right, lower_left, lower_right = (
        (padded.gather(1, place + step) == wanted).view_as(top).float()
        for step in (0, 1, width + 2, width + 3)
    )
    upper_half = torch.lerp(upper_left, upper_right, right_share)
    lower_half = torch.lerp(lower_left, lower_right, right_share)
    share = torch.lerp(upper_half, lower_half, lower_share)
    return (outside | (share < 0.25)).float()
