"""A job of two pictures: the pictures between them, as one file, several, or a folder.

    job = PairJob("one.png", "two.png", times=[Fraction(1, 4), Fraction(3, 4)])
    job.check()                  # raises whatever can be known to be wrong; touches nothing
    for place in job.run().places: ...

Like `Job` for a video: the command line and the page make one and decide nothing themselves.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from .destination import is_folder
from .errors import InputError, UsageError
from .interpolator import InterpolatedPair, Interpolator
from .media.output import (
    check_distinct,
    check_picture_folder,
    check_writable,
    numbered,
    replacing,
)
from .media.pictures.alpha import premultiplied, straight
from .media.pictures.flow_files import check_flow_suffix, write_flow
from .media.pictures.images import (
    Picture,
    check_image_suffix,
    losses,
    notes_on,
    read_image,
    write_pixels,
)
from .media.pictures.sequence_writer import SequenceWriter
from .media.pictures.sequences import lossless_suffix
from .paths import model_file
from .progress import Meter, Observer, observing
from .stopping import listening
from .timeline.rates import parse_number

MOST = 10_000  # pictures between two
HALF = (Fraction(1, 2),)


class MadePictures(NamedTuple):
    """What was written."""

    places: list[Path]  # the pictures; or the one folder that they lie in
    notes: list[str]


class PairJob:
    """Two pictures, where the pictures between them go, and when those are.

    Args:
        one, two: the picture files.
        out: a picture, or a folder (its name may end in /) for numbered ones; None names one beside
            the first.
        times: where between the two, each 0 to 1.
        flow_out: also write the flow from the first to the second there (.flo).
        interpolator: makes the pictures; None makes one of the next three.
        model, device, precision: as for `Interpolator`.
        overwrite: replace what is there.
    """

    def __init__(
        self,
        one: str | Path,
        two: str | Path,
        out: str | Path | None = None,
        times: Sequence[Fraction] = HALF,
        *,
        flow_out: Path | None = None,
        interpolator: Interpolator | None = None,
        model: str | Path | None = None,
        device: str = "auto",
        precision: str = "auto",
        overwrite: bool = False,
    ) -> None:
        self.one, self.two = Path(one), Path(two)
        self.times, self.flow_out, self.overwrite = list(times), flow_out, overwrite
        self.results = _results(out, self.one, self.two, len(self.times))
        self._given = interpolator
        self._network = (model, device, precision)

    @cached_property
    def interpolator(self) -> Interpolator:
        """What makes the pictures; the network is loaded when this is first asked for.

        Raises:
            UsageError, WeightsError, DeviceError: there is no such model, or it cannot run here.
        """
        return self._given or Interpolator(*self._network)

    @property
    def network(self) -> tuple[str | Path | None, str, str]:
        """The model, device and precision that are asked for."""
        return self._network

    @cached_property
    def pictures(self) -> tuple[Picture, Picture]:
        """The two.

        Raises:
            InputError: one of them cannot be read.
        """
        return read_image(self.one), read_image(self.two)

    @cached_property
    def pair(self) -> InterpolatedPair[NDArray[Any]]:
        """The two, prepared for the interpolator.

        Raises:
            VfiError: as for `check`; or the two cannot be used together.
        """
        one, two = self.pictures
        try:
            if not one.premultiplied:
                return self.interpolator.pair(one.pixels, _straight(two))
            return self.interpolator.of_premultiplied().pair(one.pixels, _premultiplied(two))
        except InputError as error:
            raise InputError(f"{self.one} and {self.two}: {error}") from error

    def check(self) -> None:
        """Refuse what can be known to be wrong, before anything is made.

        Raises:
            InputError: a picture cannot be read.
            UsageError, OutputError: the results cannot be written; ExistsError: they are there.
            WeightsError, DeviceError: the model cannot be used.
        """
        _ = self.pictures
        outputs = [*(("out", path) for path in self.results.places), ("flow_out", self.flow_out)]
        check_distinct(outputs, (self.one, self.two, model_file(self._network[0])))
        self.results.check(self.overwrite)
        if self.flow_out is not None:
            check_flow_suffix(self.flow_out)
            check_writable(self.flow_out, self.overwrite)
        possible = self.interpolator.times
        for time in self.times:
            if not possible.include(time):
                raise UsageError(
                    f"times {time}: model {self.interpolator.model} makes {possible.value}",
                    option="times",
                )

    def facts(self) -> list[str]:
        """Return lines of text for people on the pictures and the model."""
        named = zip((self.one, self.two), self.pictures, strict=True)
        lines = [
            f"source     {path}: {p.pixels.shape[1]}x{p.pixels.shape[0]}, {p.pixels.dtype}"
            for path, p in named
        ]
        moments = ", ".join(map(str, self.times))
        return [*lines, f"model      {self.interpolator.model}", f"times      {moments}"]

    def run(self, progress: Observer | bool = False) -> MadePictures:
        """Do it: write the results, all of them or none.

        Args:
            progress: a function that is told of every picture; True shows a bar on stderr.

        Raises:
            VfiError: any foreseen failure; then nothing is left of the results.
        """
        self.check()
        pair = self.pair
        with (
            observing(progress) as observer,
            listening(),
            self.results.written(self.pictures[0], self.overwrite) as write,
        ):
            meter = Meter(observer, "render", len(self.times))
            for time in self.times:
                write(pair.at(time))
                meter.step()
            if self.flow_out is not None:
                write_flow(self.flow_out, pair.flows()[0], self.overwrite)
        return MadePictures(self.results.places, self.notes)

    @property
    def notes(self) -> list[str]:
        """What is to be said of the pictures, and of what their files cannot hold."""
        one, two = self.pictures
        lost = losses(one, self.results.suffix)
        return [*notes_on(self.one, one), *notes_on(self.two, two), *([lost] if lost else [])]


def _straight(picture: Picture) -> NDArray[Any]:
    return straight(picture.pixels) if picture.premultiplied else picture.pixels


def _premultiplied(picture: Picture) -> NDArray[Any]:
    pixels = picture.pixels
    if picture.premultiplied or pixels.ndim < 3 or pixels.shape[2] < 4:
        return pixels
    return premultiplied(pixels)


class Results(Protocol):
    """Where pictures go: `places` are written to, `suffix` is what they are called."""

    places: list[Path]
    suffix: str

    def check(self, overwrite: bool) -> None: ...
    def written(self, like: Picture, overwrite: bool) -> Any: ...


class _Files:
    """Results that are one picture, or several beside each other."""

    def __init__(self, out: Path, count: int) -> None:
        self.places, self.suffix = _numbered(out, count), out.suffix.lower()

    def check(self, overwrite: bool) -> None:
        for place in self.places:
            check_image_suffix(place)
            check_writable(place, overwrite)

    @contextmanager
    def written(self, like: Picture, overwrite: bool) -> Iterator[Callable[[NDArray[Any]], None]]:
        """Take the pictures, one after the other; all of them are there in the end, or none."""
        with ExitStack() as stack:
            places = iter(self.places)

            def write(pixels: NDArray[Any]) -> None:
                temporary = stack.enter_context(replacing(next(places), overwrite))
                write_pixels(temporary, pixels, like=like)

            yield write


class _Folder:
    """Results that are the numbered pictures of a folder, as those of a video may be."""

    def __init__(self, folder: Path, suffix: str, count: int) -> None:
        self.places, self.suffix, self._count = [folder], suffix, count

    def check(self, overwrite: bool) -> None:
        check_image_suffix(f"a{self.suffix}")
        check_picture_folder(self.places[0], numbered(self.suffix), overwrite)

    @contextmanager
    def written(self, like: Picture, overwrite: bool) -> Iterator[Callable[[NDArray[Any]], None]]:
        """Take the pictures, one after the other; all of them are there in the end, or none."""
        with SequenceWriter(
            self.places[0], self._count, self.suffix, like_picture=like, overwrite=overwrite
        ) as writer:
            yield lambda pixels: writer.write(pixels, Fraction(0))


def moments(times: Sequence[str], count: int | None = None) -> list[Fraction]:
    """Return the times between two pictures that people say: "0.25", "1/3"; or `count` even ones.

    Raises:
        UsageError: both are given; or a time is none, or lies outside 0..1.
    """
    if times and count:
        message = "times and count exclude each other: give one, not both"
        raise UsageError(message, option=("times", "count"))
    if count:
        return [Fraction(number, count + 1) for number in range(1, count + 1)]
    return [_moment(text) for text in times] or list(HALF)


def _moment(text: str) -> Fraction:
    moment = parse_number(text.strip().removeprefix("-"))
    if moment is None:
        raise UsageError(f"times {text} is no number; give 0 to 1, as 0.25 or 1/3", option="times")
    if moment > 1 or (text.strip().startswith("-") and moment):
        raise UsageError(f"times {text} lies outside 0 to 1", option="times")
    return moment


def _results(out: str | Path | None, one: Path, two: Path, count: int) -> Results:
    """Return where the pictures go: what is a folder for a video is one here, too."""
    if out is not None and is_folder(str(out), of_pictures=True):
        return _Folder(Path(out), lossless_suffix(one), count)
    return _Files(Path(out or one.with_name(f"{one.stem}-{two.stem}{one.suffix}")), count)


def _numbered(out: Path, count: int) -> list[Path]:
    if count == 1:
        return [out]
    digits = len(str(count))
    return [
        out.with_name(f"{out.stem}-{number:0{digits}}{out.suffix}")
        for number in range(1, count + 1)
    ]
