"""Where a run's pictures come from: what `data.clips` names, in its `data.layout`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from torch.utils.data import Dataset
from tqdm import tqdm

from ...errors import InputError
from ..config import DataConfig
from .augmentation import Augmentation
from .clips import ClipWindows
from .layouts import Pictures, PictureWindows, picture_pool, vimeo90k, x4k1000fps
from .pool import frame_pool
from .samples import Sample
from .store import Clip, ClipStore, clip_names, is_packed, pack_clips

PICTURE_LAYOUTS: dict[str, Callable[[Path], list[Pictures]]] = {
    "vimeo90k-triplet": vimeo90k,
    "vimeo90k-septuplet": partial(vimeo90k, kind="septuplet"),
    "x4k1000fps": x4k1000fps,
}


class Source(Protocol):
    """Real windows, and textures for synthetic scenes."""

    def windows(self, data: DataConfig, seed: int, initial_flow: str) -> Dataset[Sample]:
        """Training samples with an initial flow, a key of `models.dis.CLASSICAL_FLOWS`, or ""."""

    def textures(self, seed: int = 0) -> torch.Tensor:
        """Pictures (P, 3, h, w) uint8 from all over the source."""


class ClipSource:
    """Video clips, decoded once."""

    def __init__(self, store: ClipStore) -> None:
        self._store = store

    def windows(
        self, data: DataConfig, seed: int, initial_flow: str, held_out: bool = False
    ) -> Dataset[Sample]:
        """As every source; `held_out`: of the clips that are not trained on."""
        return ClipWindows(
            self._store,
            data.crop,
            seed=seed,
            initial_flow=initial_flow,
            triplets=data.triplets,
            augmentation=_augmentation(data),
            include=self._part(data.held_out, held_out),
            windows=0 if held_out else data.windows,
            flows=Path(data.flows) / f"{initial_flow}-{seed}"
            if data.flows and not held_out
            else None,
        )

    def _part(self, every: int, held_out: bool) -> Callable[[Clip], bool] | None:
        """Return which clips are trained on, or held out: every so many-th by its name."""
        if not every:
            return None
        names = sorted(clip.name for clip in self._store.clips)
        apart = set(names[::every])
        return lambda clip: (clip.name in apart) == held_out

    def textures(self, seed: int = 0) -> torch.Tensor:
        return frame_pool(self._store, seed=seed)


class PictureSource:
    """Sequences of picture files."""

    def __init__(self, sequences: list[Pictures]) -> None:
        self._sequences = sequences

    def windows(self, data: DataConfig, seed: int, initial_flow: str) -> Dataset[Sample]:
        return PictureWindows(
            self._sequences,
            data.crop,
            seed=seed,
            initial_flow=initial_flow,
            triplets=data.triplets,
            most_span=data.most_span,
            augmentation=_augmentation(data),
        )

    def textures(self, seed: int = 0) -> torch.Tensor:
        return picture_pool(self._sequences, seed=seed)


def _folder(flows: str, kind: str, seed: int) -> Path:
    """Return where the flows of one run's windows are kept."""
    return Path(flows) / f"{kind}-{seed}"


def _augmentation(data: DataConfig) -> Augmentation:
    return Augmentation(enlarge=data.enlarge, soften=data.soften, damage=data.damage)


def open_source(data: DataConfig) -> Source:
    """Return the source that a configuration names; clips are decoded into `data.store` at first.

    Raises:
        InputError: nothing of the layout is there, or the store is of other clips.
        OutputError: the store cannot be written.
    """
    if data.layout != "clips":
        return PictureSource(PICTURE_LAYOUTS[data.layout](Path(data.clips)))
    return ClipSource(open_store(Path(data.clips), Path(data.store)))


def open_store(folder: Path, store: Path) -> ClipStore:
    """Return the store of the clips below `folder`, which are decoded if that is still to be done.

    Raises:
        InputError: there are no clips, or the store is not of these.
        OutputError: the store cannot be written.
    """
    if not is_packed(store):
        with tqdm(desc=f"decoding into {store}", unit="clip", disable=None) as bar:

            def show(done: int, count: int) -> None:
                bar.total = count
                bar.update(done - bar.n)

            return pack_clips(folder, store, progress=show)
    clips = ClipStore(store)
    if folder.is_dir():  # else the clips are gone, or on another machine: none are asked for
        _check_same(folder, clip_names(folder), store, {clip.name for clip in clips.clips})
    return clips


def _check_same(folder: Path, wanted: set[str], store: Path, stored: set[str]) -> None:
    """Raise InputError unless a store is of the clips that there are."""
    anew = "delete it to have them decoded anew, or give another data.store"
    if not wanted:
        raise InputError(f"{folder}: no video files found")
    if missing := wanted - stored:
        first = min(missing)
        raise InputError(f"{store} lacks {len(missing)} clips of {folder}, {first} for one: {anew}")
    if other := stored - wanted:
        first = min(other)
        raise InputError(f"{store} has {len(other)} clips not of {folder}, {first} for one: {anew}")


def is_ready(data: DataConfig) -> bool:
    """Tell whether `open_source` would find something without decoding clips first."""
    if data.layout == "clips":
        return is_packed(Path(data.store))
    return Path(data.clips).is_dir()
