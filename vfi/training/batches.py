"""An endless run of training batches: real windows, with batches of synthetic scenes among them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .augmentation import Augmentation
from .clips import ClipWindows, single_thread_worker
from .config import TrainingConfig
from .samples import ENDLESS, Sample, to_device
from .scene_samples import SceneSamples
from .store import ClipStore, pack_clips
from .synthetic import frame_pool

MARGIN = 16  # pixels around a synthetic scene that its given flow may see


def training_batches(
    config: TrainingConfig,
    first: int,
    given: str,
    device: torch.device,
    process: int = 0,
    processes: int = 1,
) -> Iterator[Sample]:
    """Batches from number `first` on, the same whenever a run is resumed there."""
    samples = BatchesOfOneKind(config, given, config.seed * processes + process)
    loader = DataLoader(
        samples,
        batch_size=config.batch,
        sampler=range(first * config.batch, len(samples)),
        num_workers=config.data.workers,
        worker_init_fn=single_thread_worker,
        prefetch_factor=4 if config.data.workers else None,
    )
    for batch in loader:
        yield to_device(batch, device)


class BatchesOfOneKind(Dataset[Sample]):
    """Samples of which each batch is either real or synthetic; only scenes know their flow.

    Sample `i` depends on (seed, i) alone. In the flow stage DIS flow comes with the real windows,
    whether the network takes it or not: it is their teacher.
    """

    def __init__(self, config: TrainingConfig, given: str, seed: int) -> None:
        data = config.data
        if config.stage != "frame":
            given = ""  # flow is not given then; in the flow stage DIS teaches where it is unknown
        store = Path(data.store)
        clips = (
            ClipStore(store)
            if (store / "index.json").is_file()
            else pack_clips(Path(data.clips), store)
        )
        self._batch, self._seed = config.batch, seed
        self._synthetic = data.synthetic
        self._scenes: SceneSamples | None = None
        self._windows: ClipWindows | None = None
        if self._synthetic > 0:
            self._scenes = SceneSamples(
                frame_pool(clips, seed=seed),
                data.crop,
                seed=seed,
                given=given,
                margin=MARGIN,
            )
        if self._synthetic < 1:
            self._windows = ClipWindows(
                clips,
                data.crop,
                seed=seed,
                given="dis" if config.stage == "flow" else given,
                triplets=data.triplets,
                augmentation=Augmentation(enlarge=data.enlarge),
            )

    def __len__(self) -> int:
        return ENDLESS

    def __getitem__(self, index: int) -> Sample:
        chance = np.random.default_rng((self._seed, index // self._batch)).random()
        part = self._scenes if chance < self._synthetic else self._windows
        assert part is not None
        return part[index]
