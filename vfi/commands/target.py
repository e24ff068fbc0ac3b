"""Where the result of a video goes: a file, or a folder of numbered pictures."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .paths import names_folder

if TYPE_CHECKING:
    from ..media.frame import FrameSource
    from ..render import Sink
    from ..timeline.pace import Pace
    from ..timeline.schedule import Schedule


@dataclass(frozen=True)
class Target:
    """A place for a result, and how the result is to be encoded there."""

    path: Path
    is_folder: bool
    overwrite: bool
    encoding: dict[str, Any]  # codec, quality, preset, mute

    def check(self, source: "FrameSource", size: tuple[int, int] | None) -> None:
        """Tell what is wrong with it before the source is looked through; nothing is made.

        Raises:
            UsageError, OutputError: what opening it would raise, as far as that can be known.
        """
        from ..media.codecs import known_codec
        from ..media.encoding import check_encoding
        from ..media.output import check_picture_folder, check_writable, numbered
        from ..media.sequences import picture_suffix

        info = source.info
        if self.is_folder:
            if self.encoding["codec"] is not None:
                known_codec(self.encoding["codec"])
            check_picture_folder(self.path, numbered(picture_suffix(source)), self.overwrite)
            return
        check_writable(self.path, self.overwrite)
        width, height = size or (info.width, info.height)
        asked = {name: self.encoding[name] for name in ("codec", "quality", "preset")}
        check_encoding(self.path, width, height, info, **asked)

    def check_times(self, schedule: "Schedule", time_base: Fraction) -> None:
        """Raise UsageError if a file of this kind cannot show frames at such times."""
        from ..media.codecs import container_of
        from ..media.encoding import check_rate

        if not self.is_folder:
            rate = schedule.frame_rate if schedule.is_constant_rate else None
            check_rate(rate, container_of(self.path.suffix, self.path), time_base)

    def open(
        self, source: "FrameSource", schedule: "Schedule", size: tuple[int, int] | None
    ) -> "Sink":
        """The writer; what a file of this kind cannot show exactly is among its notes.

        Raises:
            UsageError, OutputError: the output cannot be made like this.
        """
        from ..media.codecs import container_of
        from ..media.encoding import rounding_note
        from ..render import open_sink

        sink = open_sink(
            source,
            self.path,
            schedule,
            size=size,
            overwrite=self.overwrite,
            folder=self.is_folder,
            **self.encoding,
        )
        container = None if self.is_folder else container_of(self.path.suffix, self.path)
        if container == "gif":
            start = schedule.start
            times = [schedule.time(number) - start for number in range(len(schedule) + 1)]
            note = rounding_note(times, container)
            sink.notes.extend([note] if note else [])
        return sink


def is_folder(text: str, of_pictures: bool) -> bool:
    """Whether a name that was given for a result means a folder of pictures.

    Args:
        of_pictures: the input is pictures, too, so that an unknown suffix, as in shots.v2, is more
            likely a part of a folder's name than a kind of video.
    """
    from ..media.images import IMAGE_SUFFIXES
    from ..media.suffixes import VIDEO_SUFFIXES

    path = Path(text)
    suffix = path.suffix.lower()
    if names_folder(text) or not suffix:
        return True
    known = suffix in VIDEO_SUFFIXES or suffix in IMAGE_SUFFIXES
    return not known and (of_pictures or path.is_dir())


def target_of(
    out: str | None,
    source: "FrameSource",
    pace: "Pace",
    overwrite: bool,
    encoding: dict[str, Any],
) -> Target:
    """The target that --out names; without it, one beside the input."""
    from ..naming import default_output

    info = source.info
    if out is None:
        return Target(default_output(info.path, pace), info.is_sequence, overwrite, encoding)
    return Target(Path(out), is_folder(out, info.is_sequence), overwrite, encoding)
