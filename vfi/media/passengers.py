"""One stream beside the picture, on its way from the source to the output."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol, cast

import av
from av.container import OutputContainer

from .policy import Clock


class Passenger(Protocol):
    """Takes packets of the source and gives packets for the output."""

    @property
    def stream(self) -> Any: ...
    def time_of(self, packet: Any) -> Fraction: ...
    def carry(self, packet: Any) -> Iterator[Any]: ...
    def flush(self) -> Iterator[Any]: ...


class CopiedStream:
    """A stream whose packets are copied bit for bit, at their new times."""

    def __init__(self, source: Any, stream: Any, clock: Clock) -> None:
        self.stream = stream
        self._base: Fraction = source.time_base
        self._clock = clock
        self._last: int | None = None
        cover = bool(source.disposition & av.stream.Disposition.attached_pic)
        self._kind = "cover" if cover else source.type

    def time_of(self, packet: Any) -> Fraction:
        if self._kind == "cover":
            return Fraction(0)
        return self._clock.to_output(stamp(packet) * self._base)

    def carry(self, packet: Any) -> Iterator[Any]:
        if self._kind == "subtitle":
            shown = overlap(packet, self._base, self._clock)
            if shown is None:
                return
            pts = dts = round(shown[0] / self._base)
            packet.duration = round(shown[1] / self._base)
        elif self._kind == "cover":
            pts = dts = 0
        elif is_inside(packet, self._base, self._clock):
            pts = self._shift(stamp(packet))
            dts = pts if packet.dts is None else self._shift(packet.dts)
        else:
            return
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        self._last = dts
        packet.stream = self.stream
        packet.time_base = self._base
        packet.dts, packet.pts = dts, max(pts, dts)
        yield packet

    def flush(self) -> Iterator[Any]:
        return iter(())

    def _shift(self, ticks: int) -> int:
        return round(self._clock.to_output(ticks * self._base) / self._base)


class EncodedSubtitles:
    """Text subtitles turned into the kind that the container holds."""

    def __init__(self, source: Any, output: OutputContainer, encoder: str, clock: Clock) -> None:
        self._source = source
        self._base: Fraction = source.time_base
        self._clock = clock
        self._tick = Fraction(1, 1000)
        decoder = cast(Any, source.codec_context)
        decoder.open(strict=False)
        self.stream: Any = output.add_stream(encoder)
        self._coder = cast(Any, self.stream.codec_context)
        self._coder.time_base = self._tick
        self._coder.subtitle_header = decoder.subtitle_header

    def time_of(self, packet: Any) -> Fraction:
        return self._clock.to_output(stamp(packet) * self._base)

    def carry(self, packet: Any) -> Iterator[Any]:
        shown = overlap(packet, self._base, self._clock)
        if shown is None:
            return
        try:
            subtitle = self._source.codec_context.decode2(packet)
            if subtitle is None:
                return
            encoded = self._coder.encode_subtitle(subtitle)
        except (av.FFmpegError, ValueError):
            return  # a damaged line of text must not end hours of work
        encoded.stream, encoded.time_base = self.stream, self._tick
        encoded.pts = encoded.dts = round(shown[0] / self._tick)
        encoded.duration = round(shown[1] / self._tick)
        yield encoded

    def flush(self) -> Iterator[Any]:
        return iter(())


def stamp(packet: Any) -> int:
    return int(packet.pts if packet.pts is not None else packet.dts)


def overlap(packet: Any, base: Fraction, clock: Clock) -> tuple[Fraction, Fraction] | None:
    """Return when and how long a packet is shown in the output; None if it is not."""
    begin = stamp(packet) * base
    end = begin + (packet.duration or 0) * base
    if (end <= clock.start and begin < clock.start) or (clock.end and begin >= clock.end):
        return None
    begin = max(begin, clock.start - clock.delay / clock.stretch)
    end = min(end, clock.end) if clock.end is not None else end
    return clock.to_output(begin), max(end - begin, Fraction(0)) * clock.stretch


def is_inside(packet: Any, base: Fraction, clock: Clock) -> bool:
    """Tell whether the middle of a packet lies in the part that is written."""
    middle = (stamp(packet) + Fraction(packet.duration or 0, 2)) * base
    after_start = clock.from_beginning or middle >= clock.start
    return after_start and (clock.end is None or middle < clock.end)
