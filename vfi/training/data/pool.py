"""Pictures spread evenly over a source: what synthetic scenes take their textures from."""

from __future__ import annotations

import numpy as np
import torch

from ...errors import InputError
from .store import ClipStore


def frame_pool(store: ClipStore, count: int = 800, seed: int = 0) -> torch.Tensor:
    """Pictures for textures: (count, 3, h, w) uint8, spread evenly over the clips' frames.

    Clips of the most frequent size only. 800 pictures of 448×256 take 275 MB.
    """
    sizes = [(clip.height, clip.width) for clip in store.clips]
    if not sizes:
        raise InputError(f"{store.folder}: the store holds no clips")
    usual = max(set(sizes), key=sizes.count)
    places = [
        (number, frame)
        for number, clip in enumerate(store.clips)
        if (clip.height, clip.width) == usual
        for frame in range(clip.count)
    ]
    chosen = spread_evenly(len(places), count, seed)
    pool = torch.empty((len(chosen), 3, *usual), dtype=torch.uint8)
    for row, (number, frame) in enumerate(places[place] for place in chosen):
        pool[row] = torch.from_numpy(store.frames(number)[frame].copy()).permute(2, 0, 1)
    return pool


def spread_evenly(available: int, count: int, seed: int) -> list[int]:
    """At most `count` of the numbers below `available`, one from each of as many equal parts."""
    count = min(count, available)
    jitter = np.random.default_rng(seed).random(count)
    chosen: list[int] = ((np.arange(count) + jitter) * (available / count)).astype(int).tolist()
    return chosen
