"""Lanes change when pictures are made, and nothing else."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import TypeVar

import pytest

from vfi.overlap import abandoned
from vfi.rendering.lanes import ROOM, Lanes, Shared, Task

PATIENCE = 10  # seconds that a test waits for a thread before it fails
R = TypeVar("R")


def in_order(
    tasks: Iterable[Task[R]], count: int, begin: Callable[[], object] = lambda: None
) -> Generator[R, None, None]:
    with closing(Lanes(count, begin)) as lanes:
        yield from lanes.results(tasks)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(count: int) -> None:
    pause = threading.Event()

    def work(number: int) -> int:
        pause.wait(0.002 * (7 * number % 5))  # later ones are often done first
        return number

    tasks = [Task(lambda number=number: work(number)) for number in range(40)]  # type: ignore[misc]
    assert list(in_order(tasks, count)) == list(range(40))
    assert not abandoned()


def test_as_many_are_made_at_once_as_there_are_lanes() -> None:
    together = threading.Barrier(3)
    tasks = [Task(lambda: together.wait(PATIENCE)) for _ in range(3)]
    assert sorted(in_order(tasks, 3)) == [0, 1, 2]


def test_no_more_is_begun_than_there_is_room_for() -> None:
    begun = 0

    def tasks() -> Iterator[Task[None]]:
        nonlocal begun
        for _ in range(100):
            begun += 1
            yield Task(lambda: gate.wait(PATIENCE) and None)

    gate = threading.Event()
    taken = in_order(tasks(), 2)
    threading.Timer(0.1, gate.set).start()
    next(taken)
    assert begun <= 2 * ROOM
    taken.close()


def test_what_goes_wrong_is_raised_in_its_place() -> None:
    tasks = [Task(lambda: 1), Task(lambda: 1 // 0), Task(lambda: 3)]
    results = in_order(tasks, 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert not abandoned()


def test_whoever_stops_taking_ends_the_lanes() -> None:
    run: list[int] = []
    tasks = [Task(lambda number=number: run.append(number)) for number in range(1000)]  # type: ignore[misc]
    results = in_order(tasks, 2)
    next(results)
    results.close()
    assert len(run) <= 3 * ROOM
    assert not abandoned()


class Kept(Shared):
    """What tasks share; it knows how often it was made, and how many are there at once."""

    there = most = 0
    lock = threading.Lock()

    def __init__(self, users: int) -> None:
        super().__init__()
        self.users, self.count = users, 0

    def use(self) -> None:
        with Kept.lock:
            if not self.count:
                Kept.there += 1
                Kept.most = max(Kept.most, Kept.there)
            self.count += 1
            if self.count == self.users:
                Kept.there -= 1


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("users", [1, 2, 7])
def test_of_no_more_pairs_than_lanes_something_is_kept(count: int, users: int) -> None:
    Kept.there = Kept.most = 0
    pairs = [Kept(users) for _ in range(9)]
    tasks = [Task(pair.use, (pair,)) for pair in pairs for _ in range(users)]
    assert len(list(in_order(tasks, count))) == 9 * users
    assert 1 <= Kept.most <= count
    assert {pair.count for pair in pairs} == {users}


def test_others_wait_until_the_first_has_made_what_they_share() -> None:
    """The lane that would wait takes up the next pair instead."""
    one, two = Shared(), Shared()
    order: list[str] = []
    second = threading.Event()

    def first() -> None:
        assert second.wait(PATIENCE), "the next pair is begun while the first is being made"
        order.append("first of one")

    def first_of_two() -> None:
        order.append("first of two")
        second.set()

    tasks = [
        Task(first, (one,)),
        Task(lambda: order.append("second of one"), (one,)),
        Task(first_of_two, (two,)),
    ]
    list(in_order(tasks, 2))
    assert order == ["first of two", "first of one", "second of one"]


def test_pictures_of_several_pairs_are_made_with_one_lane_too() -> None:
    pairs = [Shared() for _ in range(4)]
    tasks = [Task(lambda: 1, tuple(pairs[at : at + 3])) for at in (0, 0, 1, 1)]
    assert list(in_order(tasks, 1)) == [1, 1, 1, 1]


def test_each_lane_is_prepared_first() -> None:
    prepared: set[str] = set()
    names = in_order(
        [Task(lambda: threading.current_thread().name in prepared) for _ in range(20)],
        2,
        lambda: prepared.add(threading.current_thread().name),
    )
    assert all(names)
