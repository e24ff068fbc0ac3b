"""Videos as a data set: frames withheld and asked for again."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Self

import av

from ...errors import InputError
from ...media.depth import converted
from ...media.suffixes import VIDEO_SUFFIXES
from ...media.video.reader import VideoReader
from .samples import Pixels, Sample, as_pixels, choose
from .withheld import VALIDATION, Withheld, reduce_to_fit

Decoder = Callable[[Path], Iterator[Pixels]]


def decode_exactly(path: Path) -> Iterator[Pixels]:
    """Yield the frames as every other command reads them, rounded to 8 bits, without alpha."""
    with VideoReader(path) as reader:
        for frame in reader:
            yield converted(frame.pixels[..., :3], "uint8")


def decode_plainly(path: Path) -> Iterator[Pixels]:
    """Yield the frames as FFmpeg's scaler converts them to rgb24 when nothing is asked of it.

    It repeats chroma where `decode_exactly` interpolates it, and its output is what the peers'
    published rows on the validation clips were measured on: figures of one decoder are not to be
    compared with figures of the other.
    """
    try:
        with av.open(path) as container:
            for frame in container.decode(video=0):
                yield as_pixels(frame.to_ndarray(format="rgb24"))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise InputError(f"{path} cannot be decoded: {error}") from error


@dataclass(frozen=True)
class ClipSet:
    """Videos, decoded front to back to 8-bit RGB; no more than `span` + 1 frames are held.

    Frames that do not fit into `largest` (width, height) are reduced by area averaging to the
    largest size that does; no frame is enlarged.
    """

    title: str
    paths: tuple[Path, ...]
    withheld: Withheld
    largest: tuple[int, int] | None = None
    decode: Decoder = decode_exactly
    chosen: frozenset[str] | None = None

    @property
    def protocol(self) -> str:
        """One line: frames used, reduction, times."""
        decoded = "plain swscale" if self.decode is decode_plainly else "vfi's reader"
        size = "reduced by area to fit {}x{}".format(*self.largest) if self.largest else "whole"
        return f"{self.withheld}; 8-bit RGB by {decoded}, frames {size}"

    @cached_property
    def names(self) -> list[str]:
        """`clip/000006+1of2`: pair from frame 6, the first of two steps."""
        every = [name for path in self.paths for name, _, _ in self._plan(path)]
        return choose(every, self.chosen, self.title)

    def __len__(self) -> int:
        return len(self.names)

    def only(self, names: Collection[str]) -> Self:
        """Return the same set with these samples alone. Raises `InputError` for an unknown name."""
        choose(self.names, frozenset(names), self.title)
        return replace(self, chosen=frozenset(names))

    def __iter__(self) -> Iterator[Sample]:
        wanted = set(self.names)
        for path in self.paths:
            plan = [entry for entry in self._plan(path) if entry[0] in wanted]
            if plan:
                yield from self._samples(path, plan)

    def _plan(self, path: Path) -> list[tuple[str, int, int]]:
        """(name, first frame of the pair, offset of the truth), in order."""
        return [
            (f"{path.stem}/{start:06d}+{k}of{self.withheld.span}", start, k)
            for start in self.withheld.starts(_frame_count(path))
            for k in self.withheld.inner
        ]

    def _samples(self, path: Path, plan: list[tuple[str, int, int]]) -> Iterator[Sample]:
        span = self.withheld.span
        queue = deque(plan)
        window: deque[Pixels] = deque(maxlen=span + 1)
        for number, frame in enumerate(self.decode(path)):
            window.append(reduce_to_fit(frame, self.largest))
            while queue and queue[0][1] + span == number:
                name, _, k = queue.popleft()
                yield Sample(name, window[0], window[-1], window[k], k / span, path.stem)
            if not queue:
                return
        raise InputError(f"{path} is damaged: {len(queue)} samples need frames after its last one")


def find_clips(folder: Path) -> tuple[Path, ...]:
    """Return the videos of a folder, sorted by name, or the file. Raises `InputError` for none."""
    if folder.is_file():
        return (folder,)
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist: give a video or a folder of videos")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES)
    if not found:
        raise InputError(f"{folder} holds no video ({', '.join(VIDEO_SUFFIXES)})")
    return tuple(found)


def validation_clips(folder: Path, gap: int = 1) -> ClipSet:
    """Return the project's own measure, by `VALIDATION`.

    Raises:
        InputError: there are no clips; it says where such come from.
    """
    if not folder.exists():
        raise InputError(
            f"{folder} does not exist: the clips of our figures are not published; "
            "benchmarks/make_validation.py makes a like set of videos that you name"
        )
    return ClipSet(
        title=f"validation clips, gap {gap}",
        paths=find_clips(folder),
        withheld=VALIDATION.withheld(gap),
        largest=VALIDATION.largest,
        decode=decode_plainly,
    )


def _frame_count(path: Path) -> int:
    with VideoReader(path) as reader:
        return len(reader.times()[0])


def withheld_clips(folder: Path, times: Sequence[Fraction]) -> ClipSet:
    """Any video or folder of videos; for t = 1/2 every second frame is withheld."""
    withheld = Withheld.at(times)
    return ClipSet(f"videos of {folder.name}", find_clips(folder), withheld)
