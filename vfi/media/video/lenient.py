"""A damaged video file, read as far as it can be: what cannot be decoded is a hole, and known."""

import os
from bisect import bisect_left
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import Any, Self

import av

from ...errors import InputError, UsageError
from ..frame import VideoFrame
from ..pipes import PipeIn
from .deinterlace import Deinterlace
from .demux import FAILURES, decoder_of, open_input, video_stream
from .reader import VideoReader
from .scan import Scan, last_length


class LenientReader(VideoReader):
    """Reads a video file whatever is wrong in the middle of it.

    Frames that cannot be decoded, and those that depend on them, are shown as the last one before
    that could be; so every frame keeps its number and its time. `holes` lists them once it was
    read. The containers that number frames only (AVI) do not tell which are missing: there the
    first fault ends the reading, as it does for everybody else.
    """

    def __init__(self, path: str | os.PathLike[str], deinterlace: Deinterlace = "auto") -> None:
        if deinterlace == "bob":
            message = f"{path}: holes are filled by frames, not by fields; choose auto or off"
            raise UsageError(message, option="deinterlace")
        self.holes: list[int] = []
        super().__init__(path, deinterlace)

    def reopen(self) -> Self:
        """Open the same file once more; what is missing is known to both."""
        again = super().reopen()
        again.holes = self.holes
        return again

    @property
    def _only_numbers(self) -> bool:
        return self._container.format.name == "avi"

    def _decode(self, pipe: PipeIn | None) -> Generator[av.VideoFrame, None, None]:
        if self._only_numbers:
            return super()._decode(pipe)
        self._stream.thread_type = "SLICE"  # several frames at once would blame the wrong one
        return _decoded(self._container, self._stream)

    def _scanned(self) -> Scan:
        if self._only_numbers:
            return super()._scanned()
        if self._scan is None:
            self._scan = self._scan_of_what_is_there()
        return self._scan

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield every frame once, ordered by time; a second iteration raises InputError."""
        if self._only_numbers:
            yield from self._until_a_fault()
            return
        if self._first is None:
            raise InputError(f"{self.path} has been read already; open it again")
        scan, base = self._scanned(), self.info.time_base
        self.holes.clear()
        last: VideoFrame | None = None
        index = 0
        for frame in self._progressive():
            place = index if frame.pts is None else bisect_left(scan.ticks, frame.pts, index)
            if place == len(scan.ticks) or frame.pts not in (None, scan.ticks[place]):
                continue  # it has a time that no packet has
            if last is not None:
                yield from self._filled(last, range(index, place), scan)
            last = self._shown(frame, (scan.ticks[place] - scan.ticks[0]) * base)
            yield last
            index = place + 1
        if last is not None:
            yield from self._filled(last, range(index, len(scan.ticks)), scan)

    def _until_a_fault(self) -> Iterator[VideoFrame]:
        try:
            yield from super().__iter__()
        except InputError as error:
            raise InputError(
                f"{error}; on_error skip: an AVI does not tell which frames are missing, so that "
                "nothing can be passed over",
                option="on_error",
            ) from error

    def _filled(self, last: VideoFrame, missing: range, scan: Scan) -> Iterator[VideoFrame]:
        """Yield the last frame in the place of others."""
        base = self.info.time_base
        for number in missing:
            self.holes.append(number)
            time = (scan.ticks[number] - scan.ticks[0]) * base
            # Not its pixels yet: whoever takes the frames may be converting them in this moment.
            yield VideoFrame(lambda: last.pixels, time, last.decoded)

    def _scan_of_what_is_there(self) -> Scan:
        """Find the times of all packets that can be read, damaged ones too."""
        found: dict[int, int] = {}
        notes: tuple[str, ...] = ()
        with closing(open_input(self.path)) as container:
            stream = video_stream(container, self.path)
            first = self._first_tick if self._first_tick is not None else 0
            try:
                for packet in container.demux(stream):
                    if packet.size and packet.pts is not None and not packet.is_discard:
                        found[packet.pts] = packet.duration or 0
            except FAILURES:
                notes = (f"{self.path} cannot be read to its end",)
            ticks = [tick for tick in sorted(found) if tick >= first]
            if not ticks:
                raise InputError(f"{self.path} is damaged: its frames have no times")
            return Scan(
                ticks, ticks[-1] + last_length(ticks, found[ticks[-1]], stream), ticks, notes
            )


def _decoded(container: Any, stream: Any) -> Generator[av.VideoFrame, None, None]:
    """Yield what can be decoded; after a fault nothing before the next key frame."""
    decoder = decoder_of(stream)
    whole = True
    for packet in _packets(container, stream):
        flush = packet.size == 0 and packet.dts is None and packet.pts is None
        if packet.size == 0 and not flush:
            continue
        if packet.is_corrupt or not (whole or flush or packet.is_keyframe):
            whole = False
            continue
        try:
            frames = decoder.decode(None if flush else packet)
            whole = not any(frame.is_corrupt for frame in frames)
        except FAILURES:
            frames, whole = _drained(decoder), False
        yield from (frame for frame in frames if not frame.is_corrupt)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    try:
        yield from container.demux(stream)
    except FAILURES:
        return


def _drained(decoder: Any) -> list[av.VideoFrame]:
    """Return the frames that a decoder still has, whole ones from before a fault."""
    frames: list[av.VideoFrame] = []
    with suppress(*FAILURES):
        frames = decoder.decode(None)
    decoder.flush_buffers()
    return frames
