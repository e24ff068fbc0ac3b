"""An endless run of training batches: real windows, with synthetic scenes among them."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from .clips import ClipWindows, single_thread_worker
from .config import TrainingConfig
from .samples import Sample, to_device
from .store import pack_clips


def training_batches(
    config: TrainingConfig,
    first_step: int,
    coarse: bool,
    device: torch.device,
    process: int = 0,
    processes: int = 1,
) -> Iterator[Sample]:
    """Batches from number `first_step` on, the same whenever a run is resumed there."""
    store = Path(config.data.store)
    if not (store / "index.json").is_file():
        pack_clips(Path(config.data.clips), store)
    windows = ClipWindows(
        store,
        size=config.data.crop,
        seed=config.seed * processes + process,
        dis=coarse,
        triplets=config.data.triplets,
    )
    loader = DataLoader(
        windows,
        batch_size=config.batch,
        sampler=range(first_step * config.batch, len(windows)),
        num_workers=config.data.workers,
        worker_init_fn=single_thread_worker,
        prefetch_factor=4 if config.data.workers else None,
    )
    for batch in loader:
        yield to_device(batch, device)
