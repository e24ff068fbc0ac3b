"""A video file, read front to back: frames upright, in RGB, with their exact times."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from ...errors import InputError
from ...timeline.times import Times, check_intervals
from ..frame import TimesChanged, VideoFrame
from .decoding import Decoding
from .deinterlace import Deinterlace
from .demux import open_input
from .scan import Scan, scan_frames, scan_packets


class VideoReader(Decoding):
    """Reads one video file.

    `info` is there at once. `times()` reads the file's packets without decoding; iterating
    decodes it once, front to back, and gives every frame the time that `times()` lists for it.
    Times count from the first frame that is shown; where that one stands on the file's own clock
    (edit lists, negative and late starts) is `info.start`.

    Packets are not always frames. Where both disagree, the decoder is right: a reader that was
    opened by `reopen()` then raises TimesChanged, and the first one's `times()` lists what the
    decoder gives. Time stamps that no frame can have are repaired by
    the rule of `timeline.times.repair_times`, the same way each time.

    Frames that are flagged as interlaced become whole pictures, at the same rate, unless
    `deinterlace` is "off". With "bob" each of their fields becomes one, at twice the rate, if the
    first frame is flagged so.

    Pixels are (H, W, 3) or, with alpha, (H, W, 4), turned as the file says they are to be shown;
    uint8 for 8-bit video and uint16 over the full range 0..65535 for deeper ones.
    A file that is damaged or cut off raises InputError, and is never just shorter.
    """

    def __init__(self, path: str | os.PathLike[str], deinterlace: Deinterlace = "auto") -> None:
        super().__init__(open_input(path), Path(path), deinterlace)
        self._scan: Scan | None = None
        self._opened_by: VideoReader | None = None
        self._listed: tuple[Scan, Times, Fraction] | None = None

    def reopen(self) -> Self:
        """Open the same file once more, from its beginning; its packets are not scanned again."""
        again = type(self)(self.path, self._deinterlace)
        again._scan, again._opened_by = self._scan, self
        return again

    def __reduce__(self) -> tuple[Any, ...]:
        """Say to another process how to open the same file from its beginning."""
        return _opened, (type(self), self.path, self._deinterlace, self._scan)

    @property
    def notes(self) -> list[str]:
        """What is to be said of what was read so far."""
        return [*(self._scan.notes if self._scan else ()), *super().notes]

    def times(self) -> tuple[Times, Fraction]:
        """Return the times of all frames, in seconds, and the end of the last one.

        Without decoding, except for the rare file whose packets do not tell. Where a file does
        not say how long the last frame lasts, it lasts as long as frames usually do.

        Raises:
            InputError: the file is damaged, or no frame can be shown for so short or long a time.
        """
        scan = self._scanned()
        if self._listed is None or self._listed[0] is not scan:
            times, end = scan.times(self.info.time_base, self._fields)
            check_intervals(self.path, times, end)
            self._listed = scan, times, end
        return self._listed[1:]

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every frame once, ordered by time; a second iteration raises InputError."""
        if self._first is None:
            raise InputError(f"{self.path} has been read already; open it again")
        scan = self._scanned()
        index = 0
        for frame in self._progressive():
            number = index // self._fields
            if not scan.fits(number, frame.pts):
                scan = self._rescanned(scan, number)
            yield self._shown(frame, self._time(scan, index))
            del frame  # what the caller keeps of it is its own affair
            index += 1
        if index < len(scan.ticks) * self._fields:
            self._rescanned(scan, index // self._fields, at_end=True)

    def _time(self, scan: Scan, index: int) -> Fraction:
        """Return when picture `index` is shown; the second of a frame half way to the next."""
        number, field = divmod(index, self._fields)
        tick = scan.ticks[number]
        if field:
            following = scan.ticks[number + 1] if number + 1 < len(scan.ticks) else scan.end
            tick += Fraction(following - tick) / 2
        return self._seconds(scan, tick)

    def _seconds(self, scan: Scan, tick: int | Fraction) -> Fraction:
        return (tick - scan.ticks[0]) * self.info.time_base * self._fields

    def _rescanned(self, scan: Scan, index: int, at_end: bool = False) -> Scan:
        """Decode before calling a file damaged whose frame `index` is not where its packets say.

        Raises:
            InputError: it is damaged; or the frames before had other times than they were given.
        """
        found = scan_frames(self.path, scan.notes)
        if self._opened_by is not None and self._opened_by._scan is scan:
            self._opened_by._scan = found
            raise TimesChanged
        same = [t - found.ticks[0] for t in found.ticks[:index]] == [
            t - scan.ticks[0] for t in scan.ticks[:index]
        ]
        if not same or (len(found.ticks) != index if at_end else len(found.ticks) <= index):
            place = min(index, len(scan.ticks) - 1)
            time = float(self._seconds(scan, scan.ticks[place]))
            raise InputError(f"{self.path} is damaged: the frame at {time:.3f} s is missing")
        self._scan = found
        return found

    def _scanned(self) -> Scan:
        if self._scan is None:
            self._scan = scan_packets(self.path, self._first_tick)
        return self._scan


def _opened(
    kind: type[VideoReader], path: Path, deinterlace: Deinterlace, scan: Scan | None
) -> VideoReader:
    reader = kind(path, deinterlace)
    reader._scan = scan
    return reader
