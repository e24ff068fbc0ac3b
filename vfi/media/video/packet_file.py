"""A file of encoded pictures: what an encoder has made of a run of frames, and nothing else.

    file = PacketFileWriter(path, encoder.extradata)
    file.write(packet, packet.pts)
    file.close()
    for rank, packet in PacketFile(path).packets(): ...

It is no container for players. Packets lie in it exactly as the encoder gave them (a container
would round their times, and rewrite H.264 and H.265), so that files of packets can be put one
after the other into any container. It is there whole or not at all, and has a checksum, because a
disk may lose after a power cut what it had taken.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.packet import PacketSideData, packet_sidedata_type_from_literal

from ...errors import InputError
from ..output import Unwanted, replacing

SUFFIX = ".packets"
_MAGIC = b"vfi packets 1\n"
_BLOB = struct.Struct("<I")  # bytes that follow
_HEAD = struct.Struct("<qBBI")  # presentation time, key frame or not, pieces of side data, bytes
_SIDE = struct.Struct("<BI")  # bytes of the name of its kind, bytes of the piece
_TAIL = struct.Struct("<8sIII")  # the word "complete", packets, decoding delay, CRC-32
_COMPLETE = b"complete"
_BLOCK = 1 << 20


class PacketFileWriter:
    """Writes the packets of a run of frames: a whole file, when it is closed, or none.

    extradata: what the encoder says at the head of a container.
    """

    def __init__(self, path: Path, extradata: bytes) -> None:
        self.path = path
        self._stack = contextlib.ExitStack()
        temporary = self._stack.enter_context(replacing(path, overwrite=True))
        self._file: BinaryIO = self._stack.enter_context(temporary.open("wb"))
        self._checksum = 0
        self._pts: list[int] = []
        self._put(_MAGIC + _BLOB.pack(len(extradata)) + extradata)

    def write(self, packet: Any, pts: int) -> None:
        """Add a packet that is shown at `pts`, on whatever clock: only the order counts."""
        sides = [(side.data_type.encode(), bytes(side)) for side in packet.iter_sidedata()]
        self._put(_HEAD.pack(pts, packet.is_keyframe, len(sides), packet.size))
        self._put(bytes(packet))
        for name, data in sides:
            self._put(_SIDE.pack(len(name), len(data)) + name + data)
        self._pts.append(pts)

    def _put(self, data: bytes) -> None:
        self._checksum = zlib.crc32(data, self._checksum)
        self._file.write(data)

    def close(self) -> None:
        """Give the file its name.

        Raises:
            OutputError: the disk is full.
        """
        tail = _TAIL.pack(_COMPLETE, len(self._pts), decoding_delay(self._pts), self._checksum)
        with self._stack:
            self._file.write(tail)
            self._file.flush()

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        with contextlib.suppress(Unwanted, OSError):  # what waits finds no room either
            self._stack.__exit__(Unwanted, Unwanted(), None)


def decoding_delay(pts: list[int]) -> int:
    """By how many frames pictures in this order of decoding have to be decoded before their time.

    pts: when each is shown.
    """
    return max((place - rank for place, rank in enumerate(ranks(pts))), default=0)


def ranks(pts: list[int]) -> list[int]:
    """Return the place of each time among all of them in rising order."""
    order = {time: rank for rank, time in enumerate(sorted(pts))}
    return [order[time] for time in pts]


@dataclass(frozen=True)
class PacketFile:
    """A whole file of packets."""

    path: Path

    @cached_property
    def _tail(self) -> tuple[int, int, int]:
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            if size < _TAIL.size + len(_MAGIC) or file.read(len(_MAGIC)) != _MAGIC:
                raise self._damaged()
            file.seek(size - _TAIL.size)
            word, count, delay, checksum = _TAIL.unpack(file.read(_TAIL.size))
        if word != _COMPLETE:
            raise self._damaged()
        return count, delay, checksum

    def _damaged(self) -> InputError:
        return InputError(f"{self.path} is no whole file of encoded pictures")

    @property
    def count(self) -> int:
        """How many packets there are."""
        return self._tail[0]

    @property
    def delay(self) -> int:
        """By how many frames decoding has to be ahead of showing."""
        return self._tail[1]

    def check(self) -> None:
        """Read it all.

        Raises:
            InputError: it is damaged.
        """
        checksum, left = 0, self.path.stat().st_size - _TAIL.size
        expected = self._tail[2]
        with self.path.open("rb") as file:
            while left > 0:
                block = file.read(min(left, _BLOCK))
                if not block:
                    break
                checksum, left = zlib.crc32(block, checksum), left - len(block)
        if checksum != expected:
            raise self._damaged()

    @property
    def extradata(self) -> bytes:
        """What the encoder says at the head of a container."""
        with self.path.open("rb") as file:
            file.seek(len(_MAGIC))
            size: int = _BLOB.unpack(file.read(_BLOB.size))[0]
            return file.read(size)

    def packets(self) -> Iterator[tuple[int, Any]]:
        """Yield rank in order of showing and packet, without times, in order of decoding."""
        order = ranks(self._times())
        with self.path.open("rb") as file:
            self._to_first(file)
            for rank in order:
                yield rank, _read_packet(file)

    def _times(self) -> list[int]:
        found = []
        with self.path.open("rb") as file:
            self._to_first(file)
            for _ in range(self.count):
                pts, _, sides, size = _HEAD.unpack(file.read(_HEAD.size))
                file.seek(size, os.SEEK_CUR)
                for _ in range(sides):
                    named, length = _SIDE.unpack(file.read(_SIDE.size))
                    file.seek(named + length, os.SEEK_CUR)
                found.append(pts)
        return found

    def _to_first(self, file: BinaryIO) -> None:
        file.seek(len(_MAGIC) + _BLOB.size + len(self.extradata))


def _read_packet(file: BinaryIO) -> Any:
    _, key, sides, size = _HEAD.unpack(file.read(_HEAD.size))
    packet: Any = av.Packet(file.read(size))
    packet.is_keyframe = bool(key)
    for _ in range(sides):
        named, length = _SIDE.unpack(file.read(_SIDE.size))
        kind: Any = file.read(named).decode()
        packet.set_sidedata(_piece(packet_sidedata_type_from_literal(kind), file.read(length)))
    return packet


def _piece(kind: int, data: bytes) -> PacketSideData:
    make: Any = PacketSideData  # its stub does not know what it is made from
    piece: PacketSideData = make(kind, len(data))
    piece.update(data)
    return piece
