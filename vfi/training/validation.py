"""What a network is worth while it trains: on held-out clips, and its flow on held-out scenes."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..evaluation.datasets.samples import evenly_spread
from ..evaluation.datasets.withheld import VALIDATION
from ..evaluation.metrics import mean_psnr, psnr, ssim
from ..models.network import InterpolationNetwork
from ..models.running import run_pair
from .config import TrainingConfig
from .data.samples import initial_flows, to_device
from .data.sources import ClipSource, is_ready, open_source, open_store
from .data.store import ClipStore, is_packed
from .losses import end_point_error
from .objective import Objective
from .synthetic.scene_samples import SceneSamples

Pixels = NDArray[np.uint8]

PICTURES = 3  # samples shown
SCENES = 8
SCENE_SIZE = 256  # pixels
HELD_OUT = 1 << 40  # numbers of scenes that training does not reach
CROPS = 64  # of clips that are held out of training


@dataclass
class Findings:
    """Numbers by name, and pictures (H, W, 3): result above, truth below."""

    numbers: dict[str, float] = field(default_factory=dict)
    pictures: dict[str, Pixels] = field(default_factory=dict)


class Validation:
    """Triplets (i, i + gap, i + 2·gap) of held-out clips, t = 1/2, by the protocol of their README.

    And the end-point error on synthetic scenes that training does not see.
    """

    def __init__(self, config: TrainingConfig, initial_flow: str) -> None:
        self._config, self._initial_flow = config, initial_flow
        self._clips = _held_out_clips(config)
        self._scenes: SceneSamples | None = None

    @property
    def has_clips(self) -> bool:
        """Whether there are clips to measure PSNR and SSIM on."""
        return self._clips is not None

    def measure(self, network: InterpolationNetwork) -> Findings:
        """End-point error in pixels; in the frame stage PSNR (dB, 8 bits) and SSIM for each gap."""
        found = Findings()
        if network.has_flow and is_ready(self._config.data):
            found.numbers["epe"] = self._flow_error(network)
        if self._config.data.held_out and self._config.stage == "frame":
            found.numbers |= self._held_out_figures(network)
        if self._clips is None or self._config.stage != "frame":
            return found
        limit = self._config.data.validation_triplets
        for gap in VALIDATION.gaps:
            triplets = _triplets(self._clips, gap)
            triplets = evenly_spread(triplets, limit or len(triplets))
            if not triplets:  # all clips are too short
                continue
            values, similarities = [], []
            for number, first in triplets:
                frames = self._clips.frames(number)
                one, truth, two = (VALIDATION.reduced(frames[first + k * gap]) for k in range(3))
                made = predict(network, one, two, 0.5)
                values.append(psnr(made, truth))
                similarities.append(ssim(made, truth))
                if gap == max(VALIDATION.gaps) and len(found.pictures) < PICTURES:
                    name = f"{self._clips.clips[number].name}-{first}"
                    found.pictures[name] = np.concatenate([made, truth])
            found.numbers[f"psnr_gap{gap}"] = mean_psnr(values)
            found.numbers[f"ssim_gap{gap}"] = float(np.mean(similarities))
        return found

    def _held_out_figures(self, network: InterpolationNetwork) -> dict[str, float]:
        """Return the mean PSNR, and what the network gains over its classical baseline.

        They are of crops of clips that are held out of training, inside the margin.
        """
        data = self._config.data
        windows = ClipSource(open_store(Path(data.clips), Path(data.store))).windows(
            data, self._config.seed, self._initial_flow, held_out=True
        )
        objective = Objective(network, "frame", self._config.loss, margin=data.margin)
        device = next(network.parameters()).device
        found: dict[str, list[float]] = {}
        for index in range(CROPS):
            sample = {name: value[None] for name, value in windows[index].items()}
            with torch.inference_mode():
                _, terms = objective(to_device(sample, device))
            for name in {"psnr", "gain"} & set(terms):
                found.setdefault(f"held_out_{name}", []).append(float(terms[name]))
        return {name: float(np.mean(values)) for name, values in found.items()}

    def _flow_error(self, network: InterpolationNetwork) -> float:
        scenes = self._held_out_scenes()
        device = next(network.parameters()).device
        errors = []
        for index in range(HELD_OUT - SCENES, HELD_OUT):
            scene = {name: value[None].to(device) for name, value in scenes[index].items()}
            one, two = scene["one"] / 255, scene["two"] / 255
            flows = initial_flows(scene, self._initial_flow)
            with torch.inference_mode():
                pair = network.prepare(one, two, flows)
                errors.append(float(end_point_error(pair.flow_01.float(), scene["flow_01"])))
        return float(np.mean(errors))

    def _held_out_scenes(self) -> SceneSamples:
        if self._scenes is None:
            textures = open_source(self._config.data).textures()
            self._scenes = SceneSamples(textures, SCENE_SIZE, initial_flow=self._initial_flow)
        return self._scenes


def predict(network: InterpolationNetwork, one: Pixels, two: Pixels, t: float) -> Pixels:
    """Return the frame at `t` between two (H, W, 3) uint8 pictures."""
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    with torch.inference_mode():
        first, second = (
            torch.from_numpy(picture.copy()).to(device).permute(2, 0, 1)[None] / 255
            for picture in (one, two)
        )
        rounded = run_pair(network, first, second, t)[0].clamp(0, 1).mul(255).round()
        rounded = rounded.to(torch.uint8)
    array: Pixels = rounded.permute(1, 2, 0).cpu().numpy()
    return array


def _held_out_clips(config: TrainingConfig) -> ClipStore | None:
    source, store = Path(config.data.validation), Path(config.data.validation_store)
    if not source.is_dir() and not is_packed(store):
        return None
    return open_store(source, store)


def _triplets(clips: ClipStore, gap: int) -> list[tuple[int, int]]:
    """Return the numbers of the clip and of the first frame, of every triplet."""
    withheld = VALIDATION.withheld(gap)
    return [
        (number, first)
        for number, clip in enumerate(clips.clips)
        for first in withheld.starts(clip.count)
    ]
