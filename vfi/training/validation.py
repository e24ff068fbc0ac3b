"""PSNR on the validation clips while training, by the protocol of their README."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..models.dis import dis_flows
from .config import TrainingConfig
from .store import ClipStore, pack_clips

STEP = 6  # a triplet starts at every sixth frame
LARGEST = 720  # rows; larger clips are reduced by area averaging
PICTURES = 4  # samples written as pictures


@dataclass
class Validation:
    """Triplets (i, i + gap, i + 2·gap) of held-out clips, t = 1/2; or nothing, if there are none."""

    config: TrainingConfig
    coarse: bool

    def measure(self, network: nn.Module, folder: Path) -> dict[str, float]:
        """Mean PSNR (dB, 8 bit RGB) for gap 1 and 2."""
        source, store = Path(self.config.data.validation), Path(self.config.data.validation_store)
        if not (store / "index.json").is_file():
            if not source.is_dir():
                return {}
            pack_clips(source, store)
        clips = ClipStore(store)
        limit = self.config.data.validation_triplets
        results: dict[str, float] = {}
        for gap in (1, 2):
            values = []
            for number, first in _spread(_triplets(clips, gap), limit):
                frames = clips.frames(number)
                one, truth, two = (_reduced(frames[first + k * gap]) for k in range(3))
                values.append(psnr(predict(network, one, two, 0.5, self.coarse), truth))
            results[f"psnr_gap{gap}"] = float(np.mean(values))
        return results


def _triplets(clips: ClipStore, gap: int) -> list[tuple[int, int]]:
    """Number of the clip and of the first frame, of every triplet."""
    return [
        (number, first)
        for number, clip in enumerate(clips.clips)
        for first in range(0, clip.count - 2 * gap, STEP)
    ]


def _spread(triplets: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """At most `limit` of them, evenly spread; all if the limit is 0."""
    if not limit or limit >= len(triplets):
        return triplets
    return [triplets[i * len(triplets) // limit] for i in range(limit)]


def predict(
    network: nn.Module, one: NDArray[np.uint8], two: NDArray[np.uint8], t: float, coarse: bool
) -> NDArray[np.uint8]:
    """The frame at `t` between two (H, W, 3) uint8 pictures."""
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    with torch.inference_mode():
        pictures = [
            torch.from_numpy(picture.copy()).to(device).permute(2, 0, 1)[None] / 255
            for picture in (one, two)
        ]
        height, width = one.shape[:2]
        multiple = network.size_multiple
        padding = (0, -width % multiple, 0, -height % multiple)  # type: ignore[operator]
        padded = [torch.nn.functional.pad(p, padding, mode="replicate") for p in pictures]
        flows = dis_flows(*padded) if coarse else None
        pair = network.prepare(*padded, flows)  # type: ignore[operator]
        frame = network.synthesise(pair, t)[0, :, :height, :width]  # type: ignore[operator]
        array: NDArray[np.uint8] = (
            frame.clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        )
    return array


def psnr(result: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio of 8-bit pictures, dB; at most 100."""
    error = float(np.mean((result.astype(np.float64) - truth) ** 2))
    return 100.0 if error == 0 else min(100.0, 10 * np.log10(255**2 / error))


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if height <= LARGEST:
        return picture
    size = (round(width * LARGEST / height), LARGEST)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
