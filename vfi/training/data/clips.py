"""Windows of real clips for training: two outer frames and one true frame between them.

Sample `i` depends on (seed, i) alone: not on the worker that makes it, nor on what was made
before. So a run that is resumed at step n asks for samples n · batch, … and sees what it would
have seen:

    windows = ClipWindows(store, size=160, seed=1)
    loader = DataLoader(windows, batch_size, sampler=range(done * batch_size, len(windows)),
                        num_workers=2, worker_init_fn=single_thread_worker)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from ...errors import InputError, UsageError
from .augmentation import Augmentation
from .flow_cache import FlowCache
from .measured_flow import measured_flows
from .samples import ENDLESS, Sample, picture_tensor
from .steps import StepColumn
from .store import Clip, ClipStore, pack_clips
from .windows import Flow, Frames, make_sample

__all__ = ["ClipWindows", "WindowFilter", "pack_clips", "single_thread_worker"]

KIND_WEIGHTS = {"real": 0.6, "animation": 0.25, "animation2d": 0.15}
OTHER_KIND_WEIGHT = 0.5
SPANS = range(2, 9)  # steps between the outer frames: windows of 3 to 9 frames
TRIPLET_GAPS = (1, 2, 3)
TRIPLET_GAP_WEIGHTS = (0.5, 0.3, 0.2)
WINDOWS = 1 << 20  # apart from sample numbers: what limited windows are drawn by


@dataclass(frozen=True)
class WindowFilter:
    """Which windows are of use. Motions in pixels of the stored size, 95th percentile."""

    repeat_difference: float = 0.35  # a step whose thumbnails differ less (0..255) is a repeat
    cut_residual: float = 14.0  # a step that flow explains worse (0..255) is a cut
    least_motion: float = 0.7  # over the whole window
    usual_motion: float = 4.0  # windows that move less are rarer in proportion
    most_motion: float = 90.0  # beyond, hardly anything of a crop is in both frames

    def weights(self, steps: NDArray[np.float32], span: int) -> NDArray[np.float64]:
        """Return how often each window of `span` steps is drawn, by its first frame: (count,)."""
        count = len(steps)
        weights = np.zeros(count)
        windows = count - span
        if windows <= 0:
            return weights
        used = steps[: count - 1]
        bad = (used[:, StepColumn.DIFFERENCE] < self.repeat_difference) | (
            used[:, StepColumn.RESIDUAL] > self.cut_residual
        )
        motion = _sums(used[:, StepColumn.LARGE_MOTION], span)
        good = _sums(bad, span) == 0
        good &= (motion >= self.least_motion) & (motion <= self.most_motion)
        weights[:windows] = good * np.minimum(motion / self.usual_motion, 1.0)
        return weights


class ClipWindows(Dataset[Sample]):
    """Windows of a clip store, cropped and augmented.

    A sample is a dict: `one`, `two`, `target` (3, h, w) uint8 RGB; `t` () float32, the target's
    place between them; with `initial_flow` "dis" or "tracks", `dis_01` and `dis_10` (or `tracks_`)
    (2, h, w) float32 in pixels, that flow measured on the crop with a margin around it.

    Args:
        store: a clip store or its folder.
        size: height and width of the samples, or one number for both.
        seed: of the whole sequence of samples.
        initial_flow: also measure this flow both ways, a key of `models.dis.CLASSICAL_FLOWS`.
        triplets: share of windows with t = 1/2 from neighbours one to three frames away; the
            others are 3 to 8 steps long with the target at any frame inside.
        kind_weights: how often each kind of clip is drawn, others never; by default the kinds of
            our corpus, and others like them.
        augmentation: what is done to the pictures.
        window_filter: which windows are taken.
        include: takes only the clips for which it is true.
        windows: how many different windows there are; 0: no end of them. Those of clips of the
            most usual size alone are taken then.
        flows: folder for these windows' initial flow, which is measured once; without it, and
            with endless windows, it is measured for every sample anew.
        length: what `len()` says; samples are drawn with replacement and never run out.

    Raises:
        UsageError: a size or weight outside its range.
        InputError: no usable window is in the store.
    """

    def __init__(
        self,
        store: ClipStore | str | Path,
        size: int | tuple[int, int],
        seed: int = 0,
        initial_flow: str = "",
        triplets: float = 0.6,
        kind_weights: Mapping[str, float] | None = None,
        augmentation: Augmentation | None = None,
        window_filter: WindowFilter | None = None,
        include: Callable[[Clip], bool] | None = None,
        length: int = ENDLESS,
        windows: int = 0,
        flows: str | Path | None = None,
    ) -> None:
        self.store = store if isinstance(store, ClipStore) else ClipStore(store)
        self.size = (size, size) if isinstance(size, int) else size
        if min(self.size) < 16:
            raise UsageError(f"size {self.size}: a crop needs at least 16 pixels each way")
        if not 0 <= triplets <= 1:
            raise UsageError(f"triplets {triplets}: a share lies between 0 and 1")
        self.seed = seed
        self.initial_flow = initial_flow
        self.triplets = triplets
        self.augmentation = augmentation or Augmentation()
        self._length = length
        usable = [
            number
            for number, clip in enumerate(self.store.clips)
            if clip.height >= self.size[0]
            and clip.width >= self.size[1]
            and (include is None or include(clip))
        ]
        if windows:
            usable = _of_one_size(self.store, usable)
        self._tables = _window_tables(self.store, usable, window_filter or WindowFilter())
        if not self._tables:
            raise InputError(
                f"{self.store.folder}: no moving window of at least "
                f"{self.size[1]}x{self.size[0]} pixels in it; take a smaller size"
            )
        wanted, other = kind_weights, 0.0
        if wanted is None:
            wanted, other = KIND_WEIGHTS, OTHER_KIND_WEIGHT
        self._kinds = sorted({kind for kind, _ in self._tables})
        shares = np.array([wanted.get(kind, other) for kind in self._kinds])
        if shares.min() < 0 or shares.sum() <= 0:
            raise UsageError(f"kind_weights {dict(wanted)}: no weight for any of {self._kinds}")
        self._kind_shares = shares / shares.sum()
        self._windows = windows
        self._flows = (
            self._flow_cache(flows, usable) if flows and windows and initial_flow else None
        )

    def _flow_cache(self, folder: str | Path, usable: list[int]) -> FlowCache:
        clip = self.store.clips[usable[0]]
        facts = {
            "flow": self.initial_flow,
            "seed": self.seed,
            "triplets": self.triplets,
            "clips": [self.store.clips[number].name for number in usable],
        }
        return FlowCache(folder, self._windows, (clip.height, clip.width), facts)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._length:
            raise IndexError(index)
        random = np.random.default_rng((self.seed, index))
        if not self._windows:
            frames, t = self._draw_window(random)
            return make_sample(frames, t, self.size, self.initial_flow, self.augmentation, random)
        window = int(random.integers(self._windows))
        frames, t = self._draw_window(np.random.default_rng((self.seed, WINDOWS, window)))
        flows = None
        if self._flows is not None:
            flows = self._flows.get(window, lambda: _measured(self.initial_flow, frames))
        return make_sample(
            frames, t, self.size, self.initial_flow, self.augmentation, random, flows
        )

    def _draw_window(self, random: np.random.Generator) -> tuple[Frames, float]:
        """Return the whole frames one, target, two, and the target's t."""
        kind = self._kinds[random.choice(len(self._kinds), p=self._kind_shares)]
        middle = random.random() < self.triplets
        if middle:
            target = int(random.choice(TRIPLET_GAPS, p=TRIPLET_GAP_WEIGHTS))
            span = 2 * target
        else:
            span = int(random.integers(3, SPANS.stop))
            target = int(random.integers(1, span))
        if (kind, span) not in self._tables:  # no shot of this kind is long enough
            spans = [known for name, known in self._tables if name == kind]
            if middle:
                spans = [known for known in spans if known % 2 == 0]
            span = max((known for known in spans if known < span), default=min(spans))
            target = span // 2
        clips, firsts, cumulative = self._tables[kind, span]
        place = int(np.searchsorted(cumulative, random.random() * cumulative[-1], side="right"))
        first = int(firsts[place])
        pictures = self.store.frames(int(clips[place]))
        return [pictures[first + k] for k in (0, target, span)], target / span


def _measured(kind: str, frames: Frames) -> tuple[Flow, Flow]:
    """Return the flow both ways between the outer frames, (H, W, 2) each."""
    one, two = (picture_tensor(frame)[None] for frame in (frames[0], frames[-1]))
    forward, backward = (
        flow[0].permute(1, 2, 0).numpy() for _, flow in measured_flows(kind, one, two)
    )
    return forward, backward


def _of_one_size(store: ClipStore, usable: list[int]) -> list[int]:
    """Those of the clips that have the size that most of them have."""
    sizes = Counter((store.clips[number].height, store.clips[number].width) for number in usable)
    if not sizes:
        return []
    size = sizes.most_common(1)[0][0]
    return [n for n in usable if (store.clips[n].height, store.clips[n].width) == size]


def single_thread_worker(worker: int) -> None:
    """For `DataLoader(worker_init_fn=…)`: no OpenCV threads in the worker processes.

    0 switches its thread pool off. Any other number makes OpenCV resize the pool, which hangs in
    a forked process if the parent has used OpenCV before: the pool's threads were not forked.
    """
    cv2.setNumThreads(0)


Table = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]


def _window_tables(
    store: ClipStore, usable: list[int], window_filter: WindowFilter
) -> dict[tuple[str, int], Table]:
    """For each kind and span: clip, first frame and cumulative weight of all usable windows."""
    parts: dict[tuple[str, int], list[Table]] = {}
    for number in usable:
        steps = store.clip_steps(number)
        for span in SPANS:
            weights = window_filter.weights(steps, span)
            firsts = np.flatnonzero(weights).astype(np.int32)
            if len(firsts):
                entry = (np.full_like(firsts, number), firsts, weights[firsts])
                parts.setdefault((store.clips[number].kind, span), []).append(entry)
    tables: dict[tuple[str, int], Table] = {}
    for key, entries in parts.items():
        clips, firsts, weights = (np.concatenate(column) for column in zip(*entries, strict=True))
        tables[key] = (clips, firsts, np.cumsum(weights))
    return tables


def _sums(values: NDArray[np.generic], span: int) -> NDArray[np.float64]:
    """Sum over each run of `span` consecutive values."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    sums: NDArray[np.float64] = total[span:] - total[:-span]
    return sums
