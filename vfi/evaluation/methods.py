"""Who is measured: our models, the baselines, and any other program."""

import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import InputError, UsageError
from ..media.depth import converted
from ..media.pictures.images import read_image, write_image
from .baselines import PairFunction
from .datasets.samples import Pixels


@dataclass(frozen=True)
class Prediction:
    """What a method made and how long that took."""

    picture: Pixels  # (H, W, 3) uint8
    seconds: float


class Method(Protocol):
    """Something with a name that makes frames."""

    @property
    def name(self) -> str:
        """The name in tables."""
        ...

    def predict(self, one: Pixels, two: Pixels, t: float) -> Prediction:
        """Return the picture at t, timed."""
        ...


@dataclass(frozen=True)
class FunctionMethod:
    """A function (one, two, t) → (H, W, 3) uint8."""

    name: str
    function: PairFunction

    def predict(self, one: Pixels, two: Pixels, t: float) -> Prediction:
        started = time.perf_counter()
        made = self.function(one, two, t)
        seconds = time.perf_counter() - started
        return Prediction(_eight_bits(made, self.name), seconds)


@dataclass
class ModelMethod:
    """An `Interpolator`: what depends on the pair alone is computed at the pair's first t."""

    name: str
    interpolator: Any
    _one: Pixels | None = field(default=None, repr=False)
    _two: Pixels | None = field(default=None, repr=False)
    _pair: Any = field(default=None, repr=False)

    def predict(self, one: Pixels, two: Pixels, t: float) -> Prediction:
        started = time.perf_counter()
        if one is not self._one or two is not self._two:
            self._one, self._two = one, two
            self._pair = self.interpolator.pair(one, two)
        made = self._pair.at(t)
        seconds = time.perf_counter() - started
        return Prediction(_eight_bits(np.asarray(made), self.name), seconds)


def _eight_bits(made: Pixels, method: str) -> Pixels:
    """Return a frame as it is measured; InputError where a method made what is no number."""
    if np.isnan(made).any():
        raise InputError(f"{method} makes values that are no numbers (NaN)")
    return converted(made, np.uint8)


@dataclass(frozen=True)
class CommandMethod:
    """Another program, run once a sample: 'TOOL {one} {two} {out}', also {t}.

    The placeholders become paths of PNG files; no shell is involved, so nothing in a path needs
    quoting. The time is that of the program, its start and its own reading and writing included.
    """

    command: str
    limit: float = 600.0  # seconds

    def __post_init__(self) -> None:
        """Raise `UsageError` for a command that cannot work."""
        words = self._words()
        for needed in ("{one}", "{two}", "{out}"):
            if not any(needed in word for word in words):
                raise self._refused(f"{self.command!r} lacks {needed}")
        if shutil.which(words[0]) is None:
            raise self._refused(f"{self.command!r}: there is no program {words[0]!r}")

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return Path(self._words()[0]).name

    def predict(self, one: Pixels, two: Pixels, t: float) -> Prediction:
        if t != 0.5 and "{t}" not in self.command:
            raise self._refused(f"{self.command!r} lacks {{t}}, and t is {t:g} here")
        with tempfile.TemporaryDirectory(prefix="vfi-benchmark-") as name:
            folder = Path(name)
            paths = {key: folder / f"{key}.png" for key in ("one", "two", "out")}
            write_image(paths["one"], one)
            write_image(paths["two"], two)
            places = {f"{{{key}}}": str(path) for key, path in paths.items()}
            seconds = self._run({**places, "{t}": f"{t:g}"})
            return Prediction(self._read(paths["out"], one), seconds)

    def _refused(self, why: str) -> UsageError:
        return UsageError(f"commands {why}", option="commands")

    def _words(self) -> list[str]:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise self._refused(f"{self.command!r}: {error}") from error
        if not words:
            raise self._refused("is empty")
        return words

    def _run(self, places: dict[str, str]) -> float:
        words = []
        for word in self._words():
            for place, value in places.items():
                word = word.replace(place, value)
            words.append(word)
        started = time.perf_counter()
        try:
            ended = subprocess.run(words, capture_output=True, timeout=self.limit, check=False)
        except subprocess.TimeoutExpired as error:
            raise InputError(f"{self.name} took longer than {self.limit:g} s") from error
        except OSError as error:
            raise InputError(f"{self.name} cannot be started: {error.strerror}") from error
        seconds = time.perf_counter() - started
        if ended.returncode != 0:
            said = ended.stderr.decode(errors="replace").strip().splitlines() or ["(no message)"]
            raise InputError(f"{self.name} failed with exit code {ended.returncode}: {said[-1]}")
        return seconds

    def _read(self, path: Path, like: Pixels) -> Pixels:
        if not path.is_file():
            raise InputError(f"{self.name} ended well but wrote no {{out}} picture")
        picture = converted(read_image(path).pixels, np.uint8)
        if picture.ndim != 3 or picture[..., :3].shape != like.shape:
            raise InputError(
                f"{self.name} wrote a picture of {picture.shape}; {like.shape} was asked for"
            )
        return np.ascontiguousarray(picture[..., :3])


def unique_names(methods: list[Method]) -> None:
    """Raise `UsageError` if two methods share a name: their figures could not be told apart."""
    names = [method.name for method in methods]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name!r} is asked for twice")
