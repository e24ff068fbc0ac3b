"""What is made ahead of time is what would be made in turn, in its order, and no more of it."""

import threading
from collections.abc import Iterator

import pytest

from vfi.overlap import Channel, Closed, abandoned, ahead, start
from vfi.timings import Ledger

PATIENCE = 10  # seconds that a test waits for a thread before it fails


class Numbers:
    """Counts what was made and remembers whether it was closed, and in which thread."""

    def __init__(self, count: int, fails_at: int | None = None) -> None:
        self.count, self.fails_at = count, fails_at
        self.made = 0
        self.closed_in: str | None = None
        self.some = threading.Condition()

    def __iter__(self) -> Iterator[int]:
        try:
            for number in range(self.count):
                if number == self.fails_at:
                    raise OSError("the disk is gone")
                with self.some:
                    self.made += 1
                    self.some.notify_all()
                yield number
        finally:
            self.closed_in = threading.current_thread().name

    def wait(self, made: int) -> bool:
        with self.some:
            return self.some.wait_for(lambda: self.made >= made, PATIENCE)


@pytest.mark.parametrize("room", [1, 2, 50])
def test_everything_comes_in_order(room: int) -> None:
    assert list(ahead(Numbers(20), room)) == list(range(20))
    assert list(ahead([], room)) == []


def test_what_comes_next_is_made_meanwhile_but_not_more() -> None:
    numbers = Numbers(20)
    items = ahead(numbers, room=3)
    assert next(items) == 0
    assert numbers.wait(5), "three wait, and a fifth is at the door"
    assert not threading.Event().wait(0.05)
    assert numbers.made == 5
    items.close()


def test_an_error_comes_after_what_was_made_before_it() -> None:
    items = ahead(Numbers(20, fails_at=2), room=10)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)


def test_whoever_has_enough_ends_the_thread_and_closes_the_source() -> None:
    numbers = Numbers(1000)
    items = ahead(numbers, room=2, stage="decode")
    next(items)
    items.close()
    assert numbers.made <= 5
    assert numbers.closed_in == "vfi-stage-decode"
    assert not abandoned()


def test_an_interruption_of_who_takes_ends_the_thread() -> None:
    numbers = Numbers(1000)
    items = ahead(numbers, room=2)
    next(items)
    with pytest.raises(KeyboardInterrupt):
        items.throw(KeyboardInterrupt())
    assert numbers.closed_in is not None
    assert not abandoned()


def test_work_is_booked() -> None:
    ledger = Ledger({"reading": 1})
    list(ahead(Numbers(3), 2, ledger, "reading"))
    (stage,) = ledger.timings().stages
    assert (stage.name, stage.threads) == ("reading", 1)
    assert stage.working > 0


def test_a_closed_channel_takes_and_gives_nothing() -> None:
    channel = Channel[int](2)
    channel.put(1)
    channel.close()
    with pytest.raises(Closed):
        channel.put(2)
    with pytest.raises(Closed):
        channel.get()


def test_who_waits_for_room_is_told_that_nobody_takes_any_more() -> None:
    channel, told = Channel[int](1), threading.Event()
    channel.put(1)

    def put() -> None:
        with pytest.raises(Closed):
            channel.put(2)
        told.set()

    start(put, "waiting")
    channel.close()
    assert told.wait(PATIENCE)
