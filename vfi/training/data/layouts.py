"""Training on the field's data sets in the folder layouts they come in.

Vimeo90K (T. Xue et al., "Video Enhancement with Task-Oriented Flow", IJCV 2019):

    sequences/00001/0001/im1.png … im3.png (triplets) or im7.png (septuplets)
    tri_trainlist.txt, tri_testlist.txt or sep_trainlist.txt, sep_testlist.txt: 00001/0001 a line

X4K1000FPS (H. Sim et al., "XVFI: eXtreme Video Frame Interpolation", ICCV 2021), decoded:

    train/002/occ008.320_f2881/0000.png … 0064.png
    val/Type1/TEST01_003_f0433/0000.png … 0032.png, test/ alike
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from ...errors import InputError, UsageError
from .augmentation import Augmentation
from .pool import spread_evenly
from .samples import ENDLESS, Sample, picture_tensor
from .windows import make_sample

Pictures = list[Path]  # the frames of one sequence, in order

VIMEO_FRAMES = {"triplet": 3, "septuplet": 7}


def vimeo90k(
    folder: str | Path,
    split: Literal["train", "test"] = "train",
    kind: Literal["triplet", "septuplet"] = "triplet",
) -> list[Pictures]:
    """Return the sequences of a Vimeo90K list.

    Raises:
        UsageError: there is no such split or kind.
        InputError: the list is missing or empty.
    """
    if kind not in VIMEO_FRAMES:
        raise UsageError(f"Vimeo90K {kind!r}: there are {', '.join(VIMEO_FRAMES)}")
    if split not in ("train", "test"):
        raise UsageError(f"Vimeo90K split {split!r}: there are train, test")
    names = Path(folder) / f"{kind[:3]}_{split}list.txt"
    try:
        lines = [line.strip() for line in names.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise InputError(f"{names}: the list of a Vimeo90K folder is missing ({error})") from None
    if not lines:
        raise InputError(f"{names}: the list is empty")
    frames = range(1, VIMEO_FRAMES[kind] + 1)
    sequences = Path(folder) / "sequences"
    return [[sequences / line / f"im{number}.png" for number in frames] for line in lines]


def x4k1000fps(
    folder: str | Path, split: Literal["train", "val", "test"] = "train"
) -> list[Pictures]:
    """Return the sequences of an X4K1000FPS split, decoded to pictures.

    Raises:
        InputError: no sequence is there.
    """
    root = Path(folder) / split
    sequences = [
        sorted(sequence.glob("*.png")) for sequence in sorted(root.glob("*/*")) if sequence.is_dir()
    ]
    sequences = [pictures for pictures in sequences if len(pictures) >= 3]
    if not sequences:
        raise InputError(
            f"{root}: no X4K1000FPS sequences (scene/sequence/0000.png …); decode its videos first"
        )
    return sequences


class PictureWindows(Dataset[Sample]):
    """Windows of picture sequences in the form of `ClipWindows`; sample `i` depends on (seed, i).

    Args:
        sequences: of `vimeo90k`, `x4k1000fps` or one's own: lists of picture files in order.
        size: height and width of the samples, or one number for both.
        seed: of the whole sequence of samples.
        initial_flow: also measure this flow both ways, a key of `models.dis.CLASSICAL_FLOWS`.
        triplets: share of windows with the target in the middle; in the others it is anywhere.
        most_span: most steps between the outer frames (32 is usual for X4K1000FPS).
        augmentation: what is done to the pictures.
        length: what `len()` says.

    Raises:
        UsageError: nothing to draw from, or a size or span too small.
        InputError: (when a sample is drawn) a picture cannot be read or is too small.
    """

    def __init__(
        self,
        sequences: Sequence[Pictures],
        size: int | tuple[int, int],
        seed: int = 0,
        initial_flow: str = "",
        triplets: float = 0.6,
        most_span: int = 8,
        augmentation: Augmentation | None = None,
        length: int = ENDLESS,
    ) -> None:
        if not sequences or min(map(len, sequences)) < 3:
            raise UsageError("sequences: at least one is needed, each of three pictures or more")
        if most_span < 2:
            raise UsageError(f"most_span {most_span}: a frame lies between two others from 2 on")
        self.sequences = list(sequences)
        self.size = (size, size) if isinstance(size, int) else size
        if min(self.size) < 16:
            raise UsageError(f"size {self.size}: a crop needs at least 16 pixels each way")
        self.seed = seed
        self.initial_flow = initial_flow
        self.triplets = triplets
        self.most_span = most_span
        self.augmentation = augmentation or Augmentation()
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._length:
            raise IndexError(index)
        random = np.random.default_rng((self.seed, index))
        pictures = self.sequences[int(random.integers(len(self.sequences)))]
        most = min(self.most_span, len(pictures) - 1)
        if random.random() < self.triplets or most == 2:
            target = int(random.integers(1, most // 2 + 1))
            span = 2 * target
        else:
            span = int(random.integers(3, most + 1))
            target = int(random.integers(1, span))
        first = int(random.integers(len(pictures) - span))
        frames = [_read(pictures[first + k]) for k in (0, target, span)]
        t = target / span
        return make_sample(frames, t, self.size, self.initial_flow, self.augmentation, random)


def picture_pool(sequences: Sequence[Pictures], count: int = 800, seed: int = 0) -> torch.Tensor:
    """Pictures for the textures of synthetic scenes: (P, 3, h, w) uint8, from all sequences.

    Pictures of the most frequent size only, so that P may be smaller than `count`.

    Raises:
        InputError: a picture cannot be read.
    """
    files = [picture for pictures in sequences for picture in pictures]
    chosen = [_read(files[place]) for place in spread_evenly(len(files), count, seed)]
    sizes = [picture.shape for picture in chosen]
    usual = max(set(sizes), key=sizes.count)
    return torch.stack([picture_tensor(picture) for picture in chosen if picture.shape == usual])


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputError(f"{path}: not a readable picture")
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)
