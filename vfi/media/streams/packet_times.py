"""Packets that have a time, or are given one."""

from typing import Any

from ..video.demux import is_cover
from .beside import Beside
from .output_streams import stamp


class Timed:
    """The packets of a pipe that have a time, or can be given one; later there may be more."""

    def __init__(self, packets: Beside) -> None:
        self._packets = packets
        self._ends: dict[int, int] = {}

    def __iter__(self) -> "Timed":
        return self

    def __next__(self) -> Any:
        for packet in self._packets:
            if has_time(packet, self._ends):
                return packet
        raise StopIteration


def has_time(packet: Any, ends: dict[int, int]) -> bool:
    """Give a packet without a time that of the end of the one before; False if there is none."""
    index = packet.stream.index
    if is_cover(packet.stream):
        return True
    if packet.pts is None and packet.dts is None:
        if index not in ends:
            return False
        packet.pts = packet.dts = ends[index]
    ends[index] = stamp(packet) + (packet.duration or 0)
    return True
