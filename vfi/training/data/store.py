"""A folder of clips, decoded once into one memory-mapped file of raw RGB frames.

Decoding is far slower than training on small crops, and windows jump about in the clips. So
`pack_clips` writes every frame once, together with small statistics of each step from a frame
to the next, and `ClipStore` reads them back without copying. A store is a folder:

    frames.u8        raw uint8 RGB frames, clip after clip, each (count, height, width, 3)
    steps.npy        (frames, 4) float32: what happens from this frame to the next (`StepColumn`)
    index.json       where each clip starts, its size and kind
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OutputError
from ...media.suffixes import VIDEO_SUFFIXES
from .decoding import decode_clip, measure_clip
from .steps import StepColumn, measure_step, thumbnail_of

FORMAT = 1
FRAMES, STEPS, INDEX = "frames.u8", "steps.npy", "index.json"


@dataclass(frozen=True)
class Clip:
    """One clip of a store: `count` frames of (height, width, 3) from frame number `first`."""

    name: str
    kind: str
    first: int  # number of its first frame in the store (row of steps.npy)
    count: int
    offset: int  # bytes before its first frame in frames.u8
    height: int
    width: int

    @property
    def bytes(self) -> int:
        return self.count * self.height * self.width * 3


class ClipStore:
    """Read access to what `pack_clips` wrote.

    Args:
        folder: the store's folder.

    Raises:
        InputError: the folder holds no store, or one that is incomplete.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        try:
            index = json.loads((self.folder / INDEX).read_text())
            self.steps: NDArray[np.float32] = np.load(self.folder / STEPS)
            self._bytes = np.memmap(self.folder / FRAMES, dtype=np.uint8, mode="r")
        except (OSError, ValueError) as error:
            raise InputError(
                f"{folder}: no complete clip store ({error}); write one with pack_clips"
            ) from None
        if index["format"] != FORMAT:
            raise InputError(f"{folder}: clip store of format {index['format']}, not {FORMAT}")
        self.clips = [Clip(**entry) for entry in index["clips"]]
        last = self.clips[-1]
        if last.offset + last.bytes > self._bytes.size:
            raise InputError(f"{folder}: frames.u8 is cut short; pack the clips again")

    def __len__(self) -> int:
        return len(self.clips)

    def __reduce__(self) -> tuple[type[ClipStore], tuple[Path]]:
        """To another process goes the folder's name, not the mapped file's content."""
        return ClipStore, (self.folder,)

    def frames(self, number: int) -> NDArray[np.uint8]:
        """All frames of clip `number`, (count, H, W, 3) RGB, a read-only view of the file."""
        clip = self.clips[number]
        flat = self._bytes[clip.offset : clip.offset + clip.bytes]
        view: NDArray[np.uint8] = flat.reshape(clip.count, clip.height, clip.width, 3)
        return view

    def clip_steps(self, number: int) -> NDArray[np.float32]:
        """Return the statistics of clip `number`, (count, 4); row k tells of frames k and k + 1."""
        clip = self.clips[number]
        return self.steps[clip.first : clip.first + clip.count]


def pack_clips(
    folder: str | Path,
    store: str | Path,
    processes: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> ClipStore:
    """Decode all clips under `folder` into a new store.

    With a `manifest.tsv` in the folder (columns file, kind, and where given shard), its rows are
    taken for which a file exists; otherwise every video file below the folder, of kind "real".

    Args:
        folder: where the clips are.
        store: the folder to write; an older store in it is replaced.
        processes: how many clips are decoded at the same time; 1 starts no other process.
        progress: called with the number of clips done and of all clips.

    Raises:
        InputError: no clip was found, or one cannot be decoded.
        OutputError: the store cannot be written.
    """
    sources = list(_sources(Path(folder)))
    if not sources:
        raise InputError(f"{folder}: no video files found")
    store = Path(store)
    target = store.with_name(f"{store.name}.partial-{os.getpid()}")
    try:
        index = {"format": FORMAT, "clips": _pack(sources, target, processes, progress)}
        (target / INDEX).write_text(json.dumps(index, indent=1))
        store.mkdir(exist_ok=True)
        (store / INDEX).unlink(missing_ok=True)
        for name in (FRAMES, STEPS, INDEX):  # the index last: it marks the store complete
            os.replace(target / name, store / name)
    except OSError as error:
        raise OutputError(f"{store}: cannot write the clip store ({error})") from None
    finally:
        shutil.rmtree(target, ignore_errors=True)
    return ClipStore(store)


def _pack(
    sources: list[tuple[Path, str]],
    target: Path,
    processes: int,
    progress: Callable[[int, int], None] | None,
) -> list[dict[str, Any]]:
    """Write the frames and their steps; returns what the index says of each clip."""
    paths = [path for path, _ in sources]
    with _decoders(processes) as pool:
        each = pool.map if pool else map
        places = _lay_out(sources, each(measure_clip, paths))
        _make_room(target, places)
        results = each(_pack_clip, paths, places, [target / FRAMES] * len(places))
        clips: list[Clip] = []
        steps: list[NDArray[np.float32]] = []
        for place, result in zip(places, results, strict=True):
            first = clips[-1].first + clips[-1].count if clips else 0
            clips.append(replace(place, first=first, count=len(result)))
            steps.append(result)
            if progress is not None:
                progress(len(clips), len(places))
    np.save(target / STEPS, np.concatenate(steps))
    return [asdict(clip) for clip in clips]


def is_packed(store: Path) -> bool:
    """Tell whether a folder holds a whole store."""
    return (store / INDEX).is_file()


def clip_names(folder: Path) -> set[str]:
    """Return the names that the clips below `folder` have in a store; of a missing folder, none."""
    return {path.stem for path, _ in _sources(folder)}


def _sources(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each clip's path and kind."""
    manifest = folder / "manifest.tsv"
    if not manifest.exists():
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in VIDEO_SUFFIXES:
                yield path, "real"
        return
    with open(manifest, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = folder / (f"shard-{row['shard']}" if row.get("shard") else "") / row["file"]
            if path.exists():
                yield path, row["kind"]


def _lay_out(sources: list[tuple[Path, str]], sizes: Iterable[tuple[int, int, int]]) -> list[Clip]:
    """One clip after the other; `sizes` are height, width and the most frames there may be."""
    clips: list[Clip] = []
    offset = 0
    for (path, kind), (height, width, count) in zip(sources, sizes, strict=True):
        clips.append(Clip(path.stem, kind, 0, count, offset, height, width))
        offset += clips[-1].bytes
    return clips


def _make_room(target: Path, clips: list[Clip]) -> None:
    """Make a folder with an empty file for the frames."""
    target.mkdir(parents=True)
    with open(target / FRAMES, "wb") as file:
        file.truncate(clips[-1].offset + clips[-1].bytes)


def _decoders(processes: int) -> AbstractContextManager[ProcessPoolExecutor | None]:
    if processes == 1:
        return nullcontext()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_single_thread)


def _single_thread() -> None:
    cv2.setNumThreads(1)


def _pack_clip(path: Path, clip: Clip, frames_file: Path) -> NDArray[np.float32]:
    """Decode one clip into its place in the file; returns the steps of the frames there were.

    These may be fewer than packets were counted: edit lists hide some.
    """
    shape = (clip.count, clip.height, clip.width, 3)
    target = np.memmap(frames_file, np.uint8, "r+", offset=clip.offset, shape=shape)
    steps = np.zeros((clip.count, len(StepColumn)), np.float32)
    before: NDArray[np.uint8] | None = None
    number = 0
    for number, pixels in enumerate(decode_clip(path), start=1):
        if number > clip.count or pixels.shape != shape[1:]:
            raise InputError(f"{path}: its frames change in size or are more than {clip.count}")
        target[number - 1] = pixels
        thumbnail = thumbnail_of(pixels)
        if before is not None:
            steps[number - 2] = measure_step(before, thumbnail, clip.height)
        before = thumbnail
    if not number:
        raise InputError(f"{path}: holds no frame")
    target.flush()
    return steps[:number]
