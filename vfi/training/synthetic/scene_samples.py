"""Synthetic scenes one by one, for data loaders."""

from __future__ import annotations

import numpy as np
import torch
from torch.utils.data import Dataset

from ..data.measured_flow import measured_flows
from ..data.samples import ENDLESS, Sample, bytes_of
from .renderer import SyntheticScenes
from .scenes import SceneOptions

TRUTH = ("flow_01", "flow_10", "occlusion_01", "occlusion_10")
PICTURES = ("one", "two", "target")


class SceneSamples(Dataset[Sample]):
    """Synthetic scenes in the form of `ClipWindows`: sample `i` depends on (seed, i) alone.

    Args:
        pool: (P, 3, h, w) uint8 on the CPU, pictures for the textures: see `frame_pool`.
        size: height and width of the samples, or one number for both.
        seed: of the whole sequence of samples.
        initial_flow: also measure this flow, a key of `models.dis.CLASSICAL_FLOWS`, as
            `dis_01` and `dis_10`.
        truth: also give the exact flows and occlusions.
        margin: pixels around the sample that this flow may see.
        middle: share of samples with t = 1/2.
        options: what the scenes are like.
        shapes: how many cut-out shapes to choose from.
        length: what `len()` says; the scenes never run out.
    """

    def __init__(
        self,
        pool: torch.Tensor,
        size: int | tuple[int, int],
        seed: int = 0,
        initial_flow: str = "",
        truth: bool = True,
        margin: int = 0,
        middle: float = 0.6,
        options: SceneOptions | None = None,
        shapes: int = 1024,
        length: int = ENDLESS,
    ) -> None:
        self.scenes = SyntheticScenes(pool, options, shapes)
        self.size = (size, size) if isinstance(size, int) else size
        self.seed = seed
        self.initial_flow = initial_flow
        self.truth = truth
        self.margin = margin
        self.middle = middle
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._length:
            raise IndexError(index)
        state = np.random.SeedSequence((self.seed, index)).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(state[0]))
        margin = self.margin if self.initial_flow else 0
        height, width = self.size
        scene = self.scenes.sample(
            1, (height + 2 * margin, width + 2 * margin), generator, middle=self.middle
        )
        t = scene.pop("t")[0]
        for name in PICTURES:
            scene[name] = bytes_of(scene[name])
        if not self.truth:
            scene = {name: scene[name] for name in PICTURES}
        if self.initial_flow:
            scene |= dict(measured_flows(self.initial_flow, scene["one"], scene["two"]))
        rows, columns = slice(margin, margin + height), slice(margin, margin + width)
        sample = {name: tensor[0, :, rows, columns].clone() for name, tensor in scene.items()}
        sample["t"] = t
        return sample
