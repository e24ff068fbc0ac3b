"""Where the result of a video goes: a file, or a folder of numbered pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from .errors import UsageError
from .media.containers import container_of
from .media.frame import FrameSource
from .media.kept import KeptParts
from .media.options import EncodingOptions
from .media.output import check_picture_folder, check_writable, numbered
from .media.pictures.images import IMAGE_SUFFIXES
from .media.pictures.parts import PictureParts
from .media.pictures.sequence_writer import SequenceWriter
from .media.pictures.sequences import SequenceReader, picture_suffix
from .media.pipes import check_standard_output, is_standard
from .media.reservation import parts_of, remove_all
from .media.sink import Parts, Sink
from .media.streams.beside import Beside
from .media.streams.copy_options import CopyOptions
from .media.suffixes import VIDEO_SUFFIXES
from .media.video.codecs import known_codec
from .media.video.encoding import resolve_encoding
from .media.video.encoding_plan import EncodingPlan
from .media.video.parts import VideoParts
from .media.video.writer import PlanWriter
from .naming import default_output
from .one_pass import OnePass
from .paths import names_folder
from .timeline.retiming import Retiming
from .timeline.schedule import Schedule

_UNKNOWN = 99_999_999  # frames for which a pipe's pictures are numbered


@dataclass(frozen=True)
class Destination:
    """A place for a result, and how the result is to be encoded there."""

    path: Path
    is_folder: bool
    encoding: EncodingOptions = EncodingOptions()
    overwrite: bool = False
    made_with: str = ""  # what a file may say of its making, besides how it is encoded

    def check(self, source: FrameSource, schedule: Schedule, size: tuple[int, int]) -> None:
        """Tell what is wrong with it, as far as a schedule says it already.

        That something is there already is no fault here; see `check_free`. Nothing is made.

        Raises:
            UsageError, OutputError: what opening it would raise.
        """
        self._check_place(source, overwrite=True)
        if not self.is_folder:
            self.plan(source, schedule, size)
        elif self.encoding.codec is not None:
            known_codec(self.encoding.codec)

    def check_free(self, source: FrameSource) -> None:
        """Tell if something is there that is not to be replaced.

        Raises:
            ExistsError: there is.
        """
        self._check_place(source, self.overwrite)

    def _check_place(self, source: FrameSource, overwrite: bool) -> None:
        if is_standard(self.path):
            check_standard_output()
        elif self.is_folder:
            check_picture_folder(self.path, numbered(picture_suffix(source)), overwrite)
        else:
            check_writable(self.path, overwrite)

    def plan(
        self,
        source: FrameSource,
        schedule: Schedule,
        size: tuple[int, int],
        square_pixels: bool = False,
    ) -> EncodingPlan:
        """Return how a video file is encoded.

        Args:
            size: width and height of the result.
            square_pixels: whether pixels become square; else they have the source's shape.

        Raises:
            UsageError, OutputError: the output cannot be made like this.
        """
        info = source.info
        if square_pixels:
            info = replace(info, sample_aspect_ratio=Fraction(1))
        rate = schedule.frame_rate if schedule.is_constant_rate else None
        times = schedule.times_from_start()
        return resolve_encoding(self.path, info, self.encoding, rate, size, times)

    @property
    def joins(self) -> bool:
        """Whether it can be put together of parts."""
        if self.is_folder or is_standard(self.path):
            return self.is_folder
        return container_of(self.path).joins

    def open(
        self,
        source: FrameSource,
        schedule: Schedule,
        size: tuple[int, int],
        square_pixels: bool = False,
    ) -> Sink:
        """Return the writer; what a file of this kind cannot show exactly is among its notes.

        Raises:
            UsageError, OutputError: the output cannot be made like this.
        """
        if self.is_folder:
            return self._open_folder(source, len(schedule) or _UNKNOWN)
        writer = self._open_file(source, schedule, size, square_pixels)
        remove_all(parts_of(self.path))  # what an interrupted run has left
        return writer

    def open_parts(
        self,
        source: FrameSource,
        schedule: Schedule,
        size: tuple[int, int],
        square_pixels: bool,
        runs: Sequence[range],
        kept: KeptParts,
        fresh: bool,
    ) -> Parts:
        """Open it to be made in parts.

        Args:
            runs: of output frames, together all of them.
            kept: what an interrupted run has left.
            fresh: it is not wanted.

        Raises:
            UsageError, OutputError: as for `open`; or what is left is of another result.
        """
        writer: SequenceWriter | PlanWriter
        if self.is_folder:
            writer = self._open_folder(source, len(schedule), keep=True)
        else:
            writer = self._open_file(source, schedule, size, square_pixels)
        try:
            kept.open(fresh)
        except BaseException:
            writer.abort()
            raise
        if isinstance(writer, SequenceWriter):
            return PictureParts(writer, kept, runs)
        return VideoParts(writer, kept, runs, schedule.times_from_start)

    def _open_file(
        self,
        source: FrameSource,
        schedule: Schedule,
        size: tuple[int, int],
        square_pixels: bool,
    ) -> PlanWriter:
        plan = self.plan(source, schedule, size, square_pixels)
        info = source.info
        if isinstance(source, SequenceReader):
            plan = replace(plan, notes=(*plan.notes, *_lost_of(source)))
        plan = replace(plan, made_with=self.made_with if self.encoding.tags else "")
        copied = CopyOptions(
            _streams_of(source),
            schedule.source_part,
            schedule.stretch,
            self.encoding.mute,
            origin=info.start,
        )
        return PlanWriter(plan, copied, self.overwrite)

    def _open_folder(self, source: FrameSource, count: int, keep: bool = False) -> SequenceWriter:
        first = source.first if isinstance(source, SequenceReader) else None  # for its metadata
        writer = SequenceWriter(
            self.path,
            count,
            picture_suffix(source),
            like=source.info,
            like_picture=first,
            overwrite=self.overwrite,
            keep=keep,
        )
        if source.info.has_audio and not self.encoding.mute:
            writer.notes.append(f"the audio of {source.info.path} is lost: pictures have none")
        return writer


def _streams_of(source: FrameSource) -> Path | Beside | None:
    """Return what audio, subtitles and tags are taken from."""
    if isinstance(source, OnePass):
        return source.beside
    return source.info.path if source.info.has_streams else None


def _lost_of(pictures: SequenceReader) -> Iterator[str]:
    """Yield what a video cannot hold of pictures but their pixels and resolution."""
    lost = [word for name, word in pictures.first.metadata.names.items() if name != "dpi"]
    if lost:
        verb = "is" if len(lost) == 1 else "are"
        yield f"{' and '.join(lost)} of {pictures.path} {verb} lost: a video has none"


def is_folder(name: str, of_pictures: bool) -> bool:
    """Tell whether a name that was given for a result means a folder of pictures.

    Args:
        name: of the result; a slash at its end makes it a folder's.
        of_pictures: the input is pictures, too, so that an unknown suffix, as in shots.v2, is more
            likely a part of a folder's name than a kind of video.
    """
    path = Path(name)
    suffix = path.suffix.lower()
    if names_folder(name) or not suffix:
        return True
    known = suffix in VIDEO_SUFFIXES or suffix in IMAGE_SUFFIXES
    return not known and (of_pictures or path.is_dir())


def destination_of(
    out: str | Path | None,
    source: FrameSource,
    retiming: Retiming,
    encoding: EncodingOptions = EncodingOptions(),
    overwrite: bool = False,
    rate: Fraction | None = None,
) -> Destination:
    """Return the destination that `out` names; without it, one beside the source.

    Args:
        rate: frames a second of the result, which the file has to show.
    """
    info = source.info
    if out is None and info.once:
        raise UsageError(
            f"{info.path} has no place beside it: say where the result goes",
            advice={"out": "give {} a file, or - for standard output"},
        )
    if out is None:
        place = default_output(info.path, retiming, encoding.codec, rate)
        return Destination(place, info.is_sequence, encoding, overwrite)
    folder = not is_standard(out) and is_folder(str(out), info.is_sequence)
    return Destination(Path(out), folder, encoding, overwrite)
