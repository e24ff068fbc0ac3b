"""Stopping is asked for; the loops answer between two frames."""

from collections.abc import Iterator

import pytest

from vfi.progress import Meter
from vfi.stopping import ask, forget, listening, look


@pytest.fixture(autouse=True)
def nothing_asked() -> Iterator[None]:
    yield
    forget()


def test_a_loop_that_listens_ends_the_frame_it_is_at() -> None:
    made = []

    def loop() -> None:
        with listening():
            for number in range(5):
                if number == 2:
                    assert ask(KeyboardInterrupt())  # it will be answered
                made.append(number)
                look()

    with pytest.raises(KeyboardInterrupt):
        loop()
    assert made == [0, 1, 2]


def test_the_second_word_is_not_waited_for() -> None:
    def loop() -> None:
        with listening():
            assert ask(KeyboardInterrupt())
            assert not ask(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        loop()


def test_nobody_listens_outside_of_loops() -> None:
    assert not ask(KeyboardInterrupt())


def test_the_word_stays_when_it_is_swallowed() -> None:
    ask(SystemExit(143))
    for _ in range(2):
        with pytest.raises(SystemExit):
            look()
    with pytest.raises(SystemExit), listening():
        pytest.fail("it began")


def test_every_counted_frame_is_a_place_to_stop() -> None:
    meter = Meter(lambda _: None, "render", 3)
    meter.step()
    ask(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        meter.step()
