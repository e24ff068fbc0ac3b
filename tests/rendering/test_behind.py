"""A sink behind the back of the renderer gets the same frames, and its failures are told."""

import threading
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from vfi.errors import OutputError
from vfi.overlap import abandoned
from vfi.rendering.behind import ROOM, Behind
from vfi.timings import Ledger

PATIENCE = 10  # seconds that a test waits for a thread before it fails
PIXELS = np.zeros((4, 4, 3), np.uint8)


class Shelf:
    """A sink in memory that can be slow, or full."""

    def __init__(self, room: int = 100) -> None:
        self.path, self.room = None, room
        self.notes: list[str] = []
        self.times: list[Fraction] = []
        self.end: Fraction | None = None
        self.aborted = 0
        self.open = threading.Event()
        self.open.set()

    def write(self, pixels: Any, time: Fraction, decoded: Any = None) -> None:
        assert self.open.wait(PATIENCE)
        if len(self.times) == self.room:
            raise OutputError("the disk is full")
        self.times.append(time)

    def close(self, end: Fraction | None = None) -> None:
        self.end = end

    def abort(self) -> None:
        self.aborted += 1


def behind(shelf: Shelf) -> Behind:
    return Behind(shelf, Ledger())


def write(writer: Behind, count: int) -> None:
    for number in range(count):
        writer.write(PIXELS, Fraction(number))


def test_all_frames_are_written_in_order_before_it_is_closed() -> None:
    shelf = Shelf()
    writer = behind(shelf)
    write(writer, 30)
    writer.close(Fraction(30))
    assert shelf.times == list(range(30))
    assert shelf.end == 30
    assert not abandoned()


def test_no_more_than_a_few_frames_wait() -> None:
    shelf = Shelf()
    writer = behind(shelf)
    shelf.open.clear()
    threading.Timer(0.1, shelf.open.set).start()
    write(writer, ROOM + 3)
    assert shelf.open.is_set(), "who is further ahead waits"
    writer.close()


def test_a_full_disk_is_told_to_who_writes() -> None:
    shelf = Shelf(room=2)
    writer = behind(shelf)
    with pytest.raises(OutputError, match="the disk is full"):
        write(writer, 50)
    writer.abort()
    assert shelf.aborted == 1
    assert not abandoned()


def test_a_disk_that_is_full_at_the_last_frame_is_told_at_the_end() -> None:
    shelf = Shelf(room=2)
    writer = behind(shelf)
    write(writer, 3)
    with pytest.raises(OutputError, match="the disk is full"):
        writer.close()
    assert shelf.end is None


def test_whoever_stops_leaves_what_waits_unwritten() -> None:
    shelf = Shelf()
    writer = behind(shelf)
    shelf.open.clear()
    write(writer, ROOM + 1)
    threading.Timer(0.05, shelf.open.set).start()
    writer.abort()
    assert len(shelf.times) <= 1
    assert shelf.aborted == 1
    assert not abandoned()
