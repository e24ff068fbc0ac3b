"""The clock of a video file: its tick, and which rates and times it can show."""

from fractions import Fraction
from math import ceil, lcm

from ...errors import UsageError, shown
from ...timeline.times import TickTimes, Times, ticked, whole
from ..containers import FINEST_TICK, Container

_COARSEST_TICK = 10_000  # ticks a second
_LARGEST_SHOWN = 10**9  # frames a second that a message rounds
_MOST_LATE = Fraction(1, 20)  # seconds


def check_rate(rate: Fraction | None, container: Container, time_base: Fraction) -> None:
    """Raise UsageError unless the container shows so many frames a second; None: a varying rate."""
    if rate is not None and rate <= 0:
        raise UsageError(f"the frame rate must be positive, not {rate}")
    if time_base <= 0:
        raise UsageError(f"the time base must be positive, not {time_base}")
    if rate is None and container.constant_rate:
        name = container.name.upper()
        raise UsageError(f"{name} files have a constant frame rate; choose .mkv or .mp4")
    if rate is not None and rate > container.highest_rate:
        asked = f"{float(rate):.6g}" if rate < _LARGEST_SHOWN else shown(rate)
        raise _too_fast(container, f"not {asked}")


def check_times(times: Times, container: Container) -> str | None:
    """Return what is to be said of frame times (seconds) that the container cannot hold, or None.

    A frame that has no time of its own in the file is a little late; but they must not pile up.
    Where the clock is as coarse as GIF's, a frame is mostly not more than half a tick off, so the
    video as a whole keeps its duration.

    Raises UsageError if frames at these times follow each other too fast.
    """
    late, early = _furthest(ticked(times), container)
    off = max(late, early)
    if late > _MOST_LATE:
        raise _too_fast(container, "and here are more for a while")
    if not off or not container.is_coarse:
        return None
    return (
        f"{container.name.upper()} files keep times in {container.tick_word}: frames are up to "
        f"{max(5, ceil(off * 1000))} ms off their time, their rate is met on average"
    )


def _too_fast(container: Container, asked: str) -> UsageError:
    finer = "" if container.tick is None else ", or .mp4"
    return UsageError(
        f"{container.name} files show {float(container.highest_rate):.6g} frames a second at most, "
        f"{asked}: they {container.rate_reason}; choose a lower rate{finer}"
    )


def _furthest(times: TickTimes, container: Container) -> tuple[Fraction, Fraction]:
    """Return by how much frames are shown later, and earlier, than their times at most."""
    if container.tick is None:
        return Fraction(0), Fraction(0)
    parts = lcm(times.unit.denominator, container.tick.denominator)
    tick = whole(container.tick, parts)
    late = early = 0
    earliest: int | None = None
    for time in times.in_parts(parts):
        place = (2 * time + tick) // (2 * tick)
        place = place if earliest is None else max(place, earliest)
        late, early = max(late, place * tick - time), max(early, time - place * tick)
        earliest = place + container.shortest
    return Fraction(late, parts), Fraction(early, parts)


def tick_of(rate: Fraction | None, time_base: Fraction, container: Container) -> Fraction:
    """Return a tick in which every frame of the rate, and every tick of the source, is whole.

    It is finer than 0.1 ms, so that frames off the grid of the rate have a place too; but in AVI,
    which knows only frame numbers, it is one frame, and where the container has a clock of its own
    and the rate does not say how to round, it is that.
    """
    if container.constant_rate and rate is not None:
        return 1 / rate
    if container.tick is not None and (rate is None or container.shortest > 1):
        return container.tick
    wanted = [time_base] if rate is None else [1 / rate, time_base]
    ticks = lcm(*(w.denominator for w in wanted))  # a second
    ticks *= ceil(Fraction(_COARSEST_TICK) / ticks)
    return max(Fraction(1, ticks), FINEST_TICK)
