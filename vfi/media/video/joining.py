"""A video file in parts: each encoded on its own, joined without encoding anything again.

with PartWriter(plan, path) as part:     # any process, in any order
    part.write(pixels, time)
writer.join([path, …], times, end)       # see `PlanWriter`
"""

import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from numpy.typing import NDArray

from ...errors import OutputError, VfiError
from ...memory import blame_shortage
from ..output import reason
from ..streams.copy_options import FAILURES
from .decoded_frame import DecodedFrame
from .encoding_plan import EncodingPlan
from .frame_encoder import FrameEncoder
from .opening import quiet_encoder
from .packet_file import PacketFile, PacketFileWriter


class PartWriter:
    """Encodes a run of frames of a planned video file into a file of packets."""

    def __init__(self, plan: EncodingPlan, path: Path) -> None:
        self.path, self.notes = path, list[str]()
        # Nothing is ever written there: encoders want to know for what container they work.
        self._container = av.open(io.BytesIO(), "w", format=plan.container.name)
        try:
            self._encoder = FrameEncoder(plan, self._container)
            context = self._encoder.stream.codec_context
            with quiet_encoder():
                context.open()
            self._file: PacketFileWriter | None = PacketFileWriter(path, context.extradata or b"")
        except FAILURES as error:
            raise self._failure(error) from error

    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        """Add a frame, as `VideoWriter.write` does. Times count from the first frame of all."""
        if not self._encoder.count:
            self._encoder.offset = -time
        try:
            self._put(self._encoder.push(pixels, time, decoded))
        except FAILURES as error:
            raise self._failure(error) from error

    def close(self, end: Fraction | None = None) -> None:
        """Finish the file and give it its name. `end`: when the last frame is over, in seconds.

        Raises:
            OutputError: no frame was written, or the disk is full.
        """
        try:
            self._put(self._encoder.finish(end))
            file, self._file = self._file, None
            if file is not None:
                file.close()
        except FAILURES as error:
            raise self._failure(error) from error

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        file, self._file = self._file, None
        if file is not None:
            file.abort()

    def _put(self, packets: list[Any]) -> None:
        assert self._file is not None
        for packet in packets:
            self._file.write(packet, packet.pts)

    def _failure(self, error: Exception) -> VfiError:
        cause = error.__cause__ if isinstance(error, OutputError) else error
        if isinstance(error, VfiError) and not isinstance(cause, OSError):
            return error
        blame_shortage(error)
        said = reason(cause) if isinstance(cause, Exception) else str(error)
        return OutputError(f"cannot write {self._encoder.plan.path}: {said}")


def joined(parts: Sequence[PacketFile], ticks: Iterable[int]) -> Iterator[Any]:
    """Yield the packets of all parts, with their times and durations on one clock.

    ticks: when each frame of all is shown, and last when the last one is over.

    Decoding times are made anew: each is the time of the frame shown so many frames before as the
    part needs that reorders its frames most.
    """
    ticks = iter(ticks)
    decoding: deque[int] = deque()
    first = next(ticks)
    delay = max(part.delay for part in parts)
    for part in parts:
        shown = [first, *islice(ticks, part.count)]
        if not decoding:
            decoding.extend(first - (shown[1] - first) * ahead for ahead in range(delay, 0, -1))
        decoding.extend(shown[:-1])
        for rank, packet in part.packets():
            packet.pts, packet.dts = shown[rank], decoding.popleft()
            packet.duration = shown[rank + 1] - shown[rank]
            yield packet
        first = shown[-1]
