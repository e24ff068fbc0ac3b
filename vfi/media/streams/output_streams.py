"""One stream beside the picture, on its way from the source to the output."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol, cast

import av
from av.container import OutputContainer

from .copy_options import FAILURES, TimeMap
from .trial import Trial

# A packet is moved by less than this where the muxer wants its times to rise.
_MOST_MOVED = Fraction(1, 10)  # seconds


class Gaps:
    """Where packets of a stream are missing from the output."""

    def __init__(self) -> None:
        self.count = 0
        self.first = Fraction(0)  # seconds of the output

    def add(self, time: Fraction) -> None:
        if not self.count:
            self.first = time
        self.count += 1


class OutputStream(Protocol):
    """Takes packets of the source and gives packets for the output."""

    @property
    def stream(self) -> Any: ...
    @property
    def gaps(self) -> Gaps: ...
    def time_of(self, packet: Any) -> Fraction: ...
    def packets_of(self, packet: Any) -> Iterator[Any]: ...
    def flush(self) -> Iterator[Any]: ...


class CopiedStream:
    """A stream whose packets are copied bit for bit, at their new times.

    A packet that is damaged, or that the container refuses, is left out.
    """

    def __init__(
        self, source: Any, stream: Any, clock: TimeMap, trial: Trial, strict: bool
    ) -> None:
        """`strict`: whether the container refuses two packets of audio at one time."""
        self.stream = stream
        self.gaps = Gaps()
        self._base: Fraction = source.time_base
        self._clock = clock
        self._trial = trial
        self._last: int | None = None
        cover = bool(source.disposition & av.stream.Disposition.attached_pic)
        self._kind = "cover" if cover else source.type
        self._step = int(strict and self._kind == "audio")

    def time_of(self, packet: Any) -> Fraction:
        if self._kind == "cover":
            return Fraction(0)
        return self._clock.to_output(stamp(packet) * self._base)

    def packets_of(self, packet: Any) -> Iterator[Any]:
        time, length = self.time_of(packet), (packet.duration or 0) * self._base
        decoding = time
        if self._kind == "subtitle":
            shown = overlap(packet, self._base, self._clock)
            if shown is None:
                return
            time, length = shown
            decoding = time
        elif self._kind != "cover":
            if not is_inside(packet, self._base, self._clock):
                return
            if packet.dts is not None:
                decoding = self._clock.to_output(packet.dts * self._base)
        if self._is_whole(packet) and self._place(packet, time, decoding, length):
            packet.stream = self.stream
            yield packet
        else:
            self.gaps.add(time)

    def flush(self) -> Iterator[Any]:
        return iter(())

    def _is_whole(self, packet: Any) -> bool:
        """Tell whether a packet that the demuxer calls damaged is whole after all."""
        if self._kind != "audio" or not packet.is_corrupt:
            return True
        try:
            packet.decode()
        except FAILURES:
            return False
        return True

    def _place(self, packet: Any, time: Fraction, decoding: Fraction, length: Fraction) -> bool:
        """Give a packet its times in the output's own ticks; False where it has no place.

        Only what the muxer would refuse is moved, and the next packet is at its own time again.
        """
        tick: Fraction = self.stream.time_base
        pts, dts = round(time / tick), round(decoding / tick)
        earliest = dts if self._last is None else max(dts, self._last + self._step)
        moved = (earliest - dts) * tick
        words = self._kind == "subtitle"  # they come later, and go when they would have gone
        if moved > max(_MOST_MOVED, tick, length if words else 0):
            return False
        dts, length = earliest, max(Fraction(0), length - moved) if words else length
        packet.time_base = tick
        packet.pts, packet.dts, packet.duration = max(pts, dts), dts, round(length / tick)
        if not self._trial.accepts(packet):
            return False
        self._last = dts
        return True


class EncodedSubtitles:
    """Text subtitles turned into the kind that the container holds."""

    def __init__(self, source: Any, output: OutputContainer, encoder: str, clock: TimeMap) -> None:
        self.gaps = Gaps()
        self._source = source
        self._base: Fraction = source.time_base
        self._clock = clock
        self._tick = Fraction(1, 1000)
        self._last = -(10**15)  # ticks
        decoder = cast(Any, source.codec_context)
        decoder.open(strict=False)
        self.stream: Any = output.add_stream(encoder)
        self._coder = cast(Any, self.stream.codec_context)
        self._coder.time_base = self._tick
        self._coder.subtitle_header = decoder.subtitle_header

    def time_of(self, packet: Any) -> Fraction:
        return self._clock.to_output(stamp(packet) * self._base)

    def packets_of(self, packet: Any) -> Iterator[Any]:
        shown = overlap(packet, self._base, self._clock)
        if shown is None:
            return
        try:
            subtitle = self._source.codec_context.decode2(packet)
            if subtitle is None:
                return
            encoded = self._coder.encode_subtitle(subtitle)
        except FAILURES:
            self.gaps.add(shown[0])  # a damaged line of text must not end hours of work
            return
        begin, end = (round(time / self._tick) for time in (shown[0], sum(shown)))
        begin = max(begin, self._last)  # no muxer goes back in time
        if begin >= end > round(shown[0] / self._tick):
            self.gaps.add(shown[0])
            return
        self._last = begin
        encoded.stream, encoded.time_base = self.stream, self._tick
        encoded.pts = encoded.dts = begin
        encoded.duration = max(0, end - begin)
        yield encoded

    def flush(self) -> Iterator[Any]:
        return iter(())


def stamp(packet: Any) -> int:
    """Return a packet's time in its stream's ticks."""
    return int(packet.pts if packet.pts is not None else packet.dts)


def overlap(packet: Any, base: Fraction, clock: TimeMap) -> tuple[Fraction, Fraction] | None:
    """Return when and how long a packet is shown in the output; None if it is not."""
    begin = stamp(packet) * base
    end = begin + (packet.duration or 0) * base
    if (end <= clock.start and begin < clock.start) or (clock.end and begin >= clock.end):
        return None
    begin = max(begin, clock.start - clock.delay / clock.stretch)
    end = min(end, clock.end) if clock.end is not None else end
    return clock.to_output(begin), max(end - begin, Fraction(0)) * clock.stretch


def is_inside(packet: Any, base: Fraction, clock: TimeMap) -> bool:
    """Tell whether the middle of a packet lies in the part that is written."""
    middle = (stamp(packet) + Fraction(packet.duration or 0, 2)) * base
    after_start = clock.from_beginning or middle >= clock.start
    return after_start and (clock.end is None or middle < clock.end)
