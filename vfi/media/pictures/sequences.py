"""Sequences of pictures, as if they were videos: a folder, a pattern or a glob."""

import os
import re
from collections.abc import Iterator
from copy import copy
from fractions import Fraction
from functools import partial
from itertools import pairwise
from math import gcd
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UsageError
from ...timeline.rates import Number, number_text, parse_rate
from ..depth import peak_of
from ..frame import FrameSource, VideoFrame, VideoInfo
from .alpha import premultiplied, straight
from .images import (
    IMAGE_SUFFIXES,
    Picture,
    image_size,
    is_opaque,
    may_have_alpha,
    notes_on,
    read_image,
)

DEFAULT_RATE = Fraction(25)  # frames a second, as FFmpeg takes for pictures
_LAST_NUMBER = re.compile(r"(?P<head>.*?)(?P<number>\d+)(?P<tail>\D*\.[^.]+)")
_PRINTF = re.compile(r"%(0\d+)?d")
_FORMATS = {
    ("u1", 1): "gray",
    ("u1", 3): "rgb24",
    ("u1", 4): "rgba",
    ("u2", 1): "gray16le",
    ("u2", 3): "rgb48le",
    ("u2", 4): "rgba64le",
    ("f4", 1): "grayf32le",
    ("f4", 3): "gbrpf32le",
    ("f4", 4): "gbrapf32le",
}


def natural_key(path: Path) -> tuple[Any, ...]:
    """Sort numbers by value: frame9 before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return (*(int(p) if i % 2 else p.lower() for i, p in enumerate(parts)), path.name)


def is_pattern(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path means several pictures: frame_%05d.png or frames/*.png."""
    text = str(path)
    if Path(text).exists():
        return False
    return bool(_PRINTF.search(text)) or any(sign in Path(text).name for sign in "*?[")


def find_pictures(path: str | os.PathLike[str]) -> list[Path]:
    """Return the pictures of a folder, a printf pattern or a glob, in order.

    A folder's pictures may have any names; they are sorted naturally and have to be of one kind.
    A pattern's numbers have to be without gaps. Hidden files do not count.
    Raises InputError when there are none.
    """
    place = Path(path)
    if place.is_dir():
        return _of_folder(place)
    if _PRINTF.search(str(path)):
        return _of_printf(place)
    found = [p for p in _glob(place) if p.is_file() and not p.name.startswith(".")]
    if not found:
        raise InputError(f"no file matches {path}")
    return sorted(found, key=natural_key)


def _of_folder(folder: Path) -> list[Path]:
    pictures = [
        p
        for p in folder.iterdir()
        if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".") and p.is_file()
    ]
    if not pictures:
        raise InputError(f"{folder} has no pictures ({', '.join(IMAGE_SUFFIXES)})")
    kinds = sorted({p.suffix.lower() for p in pictures})
    if len(kinds) > 1:
        raise InputError(
            f"{folder} has pictures of several kinds ({', '.join(kinds)});"
            f" choose with a pattern such as {folder / ('*' + kinds[0])}"
        )
    return sorted(pictures, key=natural_key)


def _of_printf(pattern: Path) -> list[Path]:
    sign = _PRINTF.search(pattern.name)
    if sign is None or len(_PRINTF.findall(pattern.name)) > 1:
        raise UsageError(f"{pattern}: exactly one %d or %05d has to stand in the file's name")
    head, tail = pattern.name[: sign.start()], pattern.name[sign.end() :]
    digits = int(sign.group(1) or "0")
    expression = re.compile(re.escape(head) + rf"(\d{{{max(digits, 1)},}})" + re.escape(tail))
    numbered = {}
    folder = pattern.parent
    for entry in folder.iterdir() if folder.is_dir() else []:
        match = expression.fullmatch(entry.name)
        if match and (len(match[1]) <= digits or not match[1].startswith("0") or match[1] == "0"):
            numbered[int(match[1])] = entry
    if not numbered:
        raise InputError(f"no file matches {pattern}")
    first, last = min(numbered), max(numbered)
    for number in range(first, last + 1):
        if number not in numbered:
            raise InputError(f"{folder / f'{head}{number:0{digits or 1}d}{tail}'} is missing")
    return [numbered[number] for number in sorted(numbered)]


def _glob(pattern: Path) -> Iterator[Path]:
    parts = pattern.parts
    fixed = next((i for i, part in enumerate(parts) if any(s in part for s in "*?[")), len(parts))
    if fixed == len(parts):
        return iter(())
    return Path(*parts[:fixed]).glob(str(Path(*parts[fixed:])))


def gap_note(pictures: list[Path]) -> str | None:
    """Return what is to be said of numbers that are missing in a row of pictures, if any are.

    The number is the last one in a name. Numbers that all go by tens have no gaps.
    """
    rows: dict[tuple[Path, str, str], dict[int, re.Match[str]]] = {}
    for path in pictures:
        match = _LAST_NUMBER.fullmatch(path.name)
        if match is not None:
            row = rows.setdefault((path.parent, match["head"], match["tail"].lower()), {})
            row[int(match["number"])] = match
    missing, first = 0, None
    for (folder, _, _), row in rows.items():
        numbers = sorted(row)
        step = gcd(*(two - one for one, two in pairwise(numbers)))
        for one, two in pairwise(numbers):
            if two - one > step and first is None:
                before = row[one]
                number = f"{one + step:0{len(before['number'])}d}"
                first = folder / f"{before['head']}{number}{before['tail']}"
            missing += (two - one) // step - 1
    if first is None:
        return None
    others = f", and {missing - 1} more" if missing > 1 else ""
    return f"{first} is missing{others}: the pictures beside a gap are taken as neighbours"


class SequenceReader:
    """Reads pictures as the frames of a video with a constant rate; see `VideoReader`.

    Grey pictures become RGB, and where one of them is transparent, those without alpha opaque. All
    have to have the size and the depth of the first; else InputError names the one that has not.
    """

    def __init__(self, path: str | os.PathLike[str], frame_rate: Number | None = None) -> None:
        self.path = Path(path)
        self.pictures = find_pictures(path)
        rate = DEFAULT_RATE
        if frame_rate is not None:
            rate = parse_rate(number_text(frame_rate), "input_fps")
        self.first = read_image(self.pictures[0])
        pixels = self.first.pixels
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        kind = f"{pixels.dtype.kind}{pixels.dtype.itemsize}"
        alpha = channels == 4 or any(map(self._is_transparent, self.pictures[1:]))
        if alpha:
            channels = 4
        self._read = self._sizes_fit = False
        self._gap = gap_note(self.pictures) if not _PRINTF.search(str(path)) else None
        self._remarks: dict[Path, list[str]] = {}  # of pictures that are more than pixels
        self.info = VideoInfo(
            path=self.path,
            width=pixels.shape[1],
            height=pixels.shape[0],
            frame_rate=rate,
            time_base=1 / rate,
            duration=len(self.pictures) / rate,
            frame_count=len(self.pictures),
            codec=self.pictures[0].suffix.lower().lstrip("."),
            pixel_format=_FORMATS[kind, channels],
            bit_depth=pixels.dtype.itemsize * 8,
            has_alpha=alpha,
            premultiplied=alpha and self.first.premultiplied,
            is_sequence=True,
            has_streams=False,
        )

    def reopen(self) -> Self:
        """Return the same pictures anew; neither the folder nor the first one is read again."""
        again = copy(self)
        again._read, again._remarks = False, {}
        return again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def notes(self) -> list[str]:
        """What is to be said of the pictures read so far."""
        notes = [self._gap] if self._gap else []
        if self._remarks:
            *others, last = next(iter(self._remarks.values()))
            more = len(self._remarks) - 1
            notes += [*others, f"{last}, as of {more} other files" if more else last]
        return notes

    def close(self) -> None:
        """Nothing stays open between pictures."""

    def times(self) -> tuple[list[Fraction], Fraction]:
        """Return the times of all frames, in seconds, and the end of the last one.

        Looks into the header of every picture, and raises InputError for the first of another
        size.
        """
        if not self._sizes_fit:
            self._check_sizes()
        rate = self.info.frame_rate
        return [n / rate for n in range(len(self.pictures))], len(self.pictures) / rate

    def _check_sizes(self) -> None:
        for path in self.pictures:
            size = image_size(path)
            if size is not None and size != (self.info.width, self.info.height):
                raise self._misfit(path, *size)
        self._sizes_fit = True

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every picture once, in order; a second iteration raises InputError."""
        if self._read:
            raise InputError(f"{self.path} has been read already; open it again")
        self._read = True
        for number, path in enumerate(self.pictures):
            yield VideoFrame(partial(self._pixels, path), number / self.info.frame_rate)

    def _is_transparent(self, path: Path) -> bool:
        """Tell whether a picture is not opaque; only one whose header says so is decoded."""
        return may_have_alpha(path) and not is_opaque(read_image(path).pixels)

    def _pixels(self, path: Path) -> NDArray[Any]:
        return self._shown(read_image(path), path)

    def _shown(self, picture: Picture, path: Path) -> NDArray[Any]:
        remarks = notes_on(path, picture)
        if remarks:
            self._remarks[path] = remarks
        return self._fitted(_like_first(picture, self.info.premultiplied), path)

    def _fitted(self, pixels: NDArray[Any], path: Path) -> NDArray[Any]:
        """Give a picture the channels of the first one, or say in what it differs."""
        first, info = self.first.pixels, self.info
        if pixels.shape[:2] != first.shape[:2]:
            raise self._misfit(path, pixels.shape[1], pixels.shape[0])
        if pixels.dtype != first.dtype:
            raise InputError(f"{path} is {pixels.dtype}, the first picture {first.dtype}")
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        if info.has_alpha and pixels.shape[2] == 3:
            opaque = np.full(pixels.shape[:2], peak_of(pixels.dtype), pixels.dtype)
            return np.dstack([pixels, opaque])
        if not info.has_alpha and pixels.shape[2] == 4:
            if is_opaque(pixels):
                return pixels[:, :, :3]
            raise InputError(f"{path} is transparent, and its header does not say so")
        return pixels

    def _misfit(self, path: Path, width: int, height: int) -> InputError:
        first = f"{self.info.width}x{self.info.height}"
        return InputError(f"{path} is {width}x{height}, but the first picture is {first}")


def picture_suffix(source: FrameSource) -> str:
    """Return as what pictures are written: as those of the source; PNG for video and JPEG."""
    if not isinstance(source, SequenceReader):
        return ".png"
    return lossless_suffix(source.pictures[0])


def lossless_suffix(path: Path) -> str:
    """Return the suffix of a picture, or PNG's where its own loses."""
    suffix = path.suffix.lower()
    return ".png" if suffix in (".jpg", ".jpeg") else suffix


def _like_first(picture: Picture, multiplied: bool) -> NDArray[Any]:
    """Return pixels with colours that are multiplied by alpha if those of the first picture are."""
    pixels = picture.pixels
    if picture.premultiplied == multiplied or pixels.ndim < 3 or pixels.shape[2] < 4:
        return pixels
    return premultiplied(pixels) if multiplied else straight(pixels)
