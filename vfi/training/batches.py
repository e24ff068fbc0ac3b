"""An endless run of training batches: real windows, with batches of synthetic scenes among them."""

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from .config import TrainingConfig
from .data.clips import single_thread_worker
from .data.samples import ENDLESS, Sample, to_device
from .data.sources import open_source
from .synthetic.scene_samples import SceneSamples

MARGIN = 16  # pixels around a synthetic scene that its given flow may see


def training_batches(
    config: TrainingConfig,
    first: int,
    initial_flow: str,
    device: torch.device,
    process: int = 0,
    processes: int = 1,
) -> Iterator[Sample]:
    """Batches from number `first` on, the same whenever a run is resumed there.

    Raises:
        InputError: the data cannot be used; at once, not with the first batch.
    """
    samples = BatchesOfOneKind(config, initial_flow, config.seed * processes + process)
    loader = DataLoader(
        samples,
        batch_size=config.batch,
        sampler=range(first * config.batch, len(samples)),
        num_workers=config.data.workers,
        worker_init_fn=single_thread_worker,
        prefetch_factor=4 if config.data.workers else None,
        pin_memory=device.type == "cuda",
    )
    return (to_device(batch, device) for batch in loader)


class BatchesOfOneKind(Dataset[Sample]):
    """Samples of which each batch is either real or synthetic; only scenes know their flow.

    Sample `i` depends on (seed, i) alone. In the flow stage DIS flow comes with the real windows,
    whether the network takes it or not: it is their teacher.
    """

    def __init__(self, config: TrainingConfig, initial_flow: str, seed: int) -> None:
        data = config.data
        if config.stage != "frame":
            initial_flow = ""  # none then; in the flow stage DIS teaches where it is unknown
        source = open_source(data)
        self._batch, self._seed = config.batch, seed
        self._synthetic = data.synthetic
        self._scenes: SceneSamples | None = None
        self._windows: Dataset[Sample] | None = None
        if self._synthetic > 0:
            self._scenes = SceneSamples(
                source.textures(seed),
                data.crop,
                seed=seed,
                initial_flow=initial_flow,
                margin=MARGIN,
                middle=data.triplets,
            )
        if self._synthetic < 1:
            taught = "dis" if config.stage == "flow" else initial_flow
            self._windows = source.windows(data, seed, taught)

    def __len__(self) -> int:
        return ENDLESS

    def __getitem__(self, index: int) -> Sample:
        chance = np.random.default_rng((self._seed, index // self._batch)).random()
        part = self._scenes if chance < self._synthetic else self._windows
        assert part is not None
        return part[index]
