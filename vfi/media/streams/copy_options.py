"""What is taken along from a source, and how its times become those of the output."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av

from .beside import Beside

# What FFmpeg raises where it cannot go on.
FAILURES = (av.FFmpegError, OSError, ValueError)


@dataclass(frozen=True)
class CopyOptions:
    """What is taken from where."""

    source: Path | Beside | None  # a file, or what comes through a pipe
    part: tuple[Fraction, Fraction | None] = (Fraction(0), None)  # seconds of the video
    stretch: Fraction = Fraction(1)
    mute: bool = False
    origin: Fraction | None = None  # the first frame's time on the source's clock, if known
    copy_audio: bool = True
    extras: bool = True  # subtitles, covers, attachments


def fallbacks(options: CopyOptions) -> list[tuple[CopyOptions, str]]:
    """Return what to try, best first, each with what is to be said of it.

    A muxer may refuse at its header what it seemed to accept, stream by stream.
    """
    if options.source is None:
        return [(options, "")]
    bare = replace(options, extras=False)
    encoded = replace(bare, copy_audio=False)
    note = "left out: subtitles, covers, chapters and tags: the file cannot be made with them"
    found = [(options, ""), (bare, note), (encoded, note)]
    if not options.mute:
        silent = replace(encoded, mute=True)
        found.append((silent, "left out: all but the picture: the file cannot be made with it"))
    return found


@dataclass(frozen=True)
class TimeMap:
    """Turns times of the source into times of the output."""

    start: Fraction  # seconds on the source's clock that become 0
    end: Fraction | None  # seconds on the source's clock beyond which nothing is taken
    stretch: Fraction
    delay: Fraction
    from_beginning: bool  # whether what comes before `start` is taken along as well

    def to_output(self, time: Fraction) -> Fraction:
        return (time - self.start) * self.stretch + self.delay
