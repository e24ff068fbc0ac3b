"""A schedule that unfolds while its source is read: for what can be read once only.

An output frame is given out as soon as it is certain, and is then what the schedule of the whole
would say of it. tests/timeline/test_unfolding.py holds it to that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from ..errors import UsageError
from .content import OutputFrame
from .live_times import LiveTimes
from .retiming import Retiming, Sampling, sampling_of
from .schedule import Schedule, asked_stop
from .shots import AtCut, Shots
from .times import ConstantTimes, Times, frames_in_part

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Wishes:
    """What is asked of a schedule; see `schedule.plan`."""

    retiming: Retiming
    at_cut: AtCut = "hold"
    loop: bool = False
    max_hold: Fraction | None = None
    start: Fraction | None = None
    stop: Fraction | None = None
    seconds: Fraction | None = None
    blurred: bool = False  # pictures of moments around an output frame are needed for it


class Unfolding(Schedule):
    """A schedule whose frames come to be known one after the other.

    Whoever reads the source tells it the time of each frame (`add`), then what it is (`judge`),
    and when it is over (`finish`). Iterating asks for the next frame (`read`) where the next output
    frame is not certain yet. `len` is 0 until the end is known.
    """

    def __init__(self, wishes: Wishes, stated: Fraction, read: Callable[[], object]) -> None:
        """`stated`: frames a second, as the source says. `read` reads one more frame."""
        self._wishes, self._read = wishes, read
        self.live = LiveTimes(stated)
        self._first: int | None = None if wishes.start is not None else 0
        self._stop: int | None = None  # the first frame behind the part
        self._kept: list[int] = []  # counted from the first of the part
        self._cuts: list[int] = []
        self._sliced: list[Fraction] = []
        self._end: Fraction | None = None
        self._view: tuple[Shots, tuple[Sampling, Fraction]] | None = None

    # ---- what is told

    def add(self, time: Fraction) -> None:
        """Take the time of the source's next frame, seconds since its first."""
        self.live.add(time)
        self._view = None
        if self.live.settled:
            self._find_part()

    def judge(self, frame: int, kept: bool, cut: bool) -> bool:
        """Take what a frame of the part is; return whether its picture can be asked for."""
        number = frame - self.first
        if number < 0:
            return False
        if cut and number:
            self._cuts.append(number)
        if kept or cut or not number:
            self._kept.append(number)
        self._view = None
        return self._kept[-1] == number

    def finish(self, end: Fraction) -> None:
        """Say when the source's last frame, of those that were added, is over.

        Raises:
            UsageError: the part lies outside the video.
        """
        over = self.live.finish(end)
        self._find_part()
        wishes, times = self._wishes, self.live.times
        part = frames_in_part(times, over, wishes.start, wishes.stop, wishes.seconds)
        self._first, self._stop = part.start, part.stop
        self._end = times[part.stop] if part.stop < len(times) else over
        self._view = None

    # ---- the part

    @property
    def part_begins(self) -> int | None:
        """The source's number of the part's first frame; None where it is not known yet."""
        return self._first

    @property
    def part_ends(self) -> int | None:
        """That of the first frame behind the part; None where that is not known yet."""
        return self._stop

    @property
    def certain(self) -> int:
        """So many frames of the source are before the part or in it, whatever follows."""
        if not self.live.settled:
            return 0
        known = len(self.live)
        if self._stop is not None:
            return min(self._stop, known)
        return known if self.stop is None else known - 1

    def _find_part(self) -> None:
        times, wishes = self.live.times, self._wishes
        if self._first is None and wishes.start is not None:
            self._first = self._boundary(wishes.start)
        stop = asked_stop(wishes.start, wishes.stop, wishes.seconds)
        if self._stop is None and self._first is not None and stop is not None:
            found = self._boundary(stop)
            if found is not None and max(found, self._first + 1) < len(times):
                self._stop = max(found, self._first + 1)

    def _boundary(self, time: Fraction) -> int | None:
        """Return the frame boundary nearest to a time, once a frame at or after it is known."""
        times = self.live.times
        after = len(times)
        while after and times[after - 1] >= time:  # mostly the last one alone
            after -= 1
        if after == len(times):
            return None
        nearer = after and time - times[after - 1] < times[after] - time
        return after - 1 if nearer else after

    # ---- what `Schedule` is made of, as far as it is known

    @property
    def retiming(self) -> Retiming:
        return self._wishes.retiming

    @property
    def first(self) -> int:
        return self._first or 0

    @property
    def origin(self) -> Fraction:
        return self.shots.times[0]

    @property
    def stop(self) -> Fraction | None:
        wishes = self._wishes
        return asked_stop(wishes.start, wishes.stop, wishes.seconds)

    @property
    def shots(self) -> Shots:
        return self._viewed()[0]

    @property
    def _sampling(self) -> tuple[Sampling, Fraction]:
        return self._viewed()[1]

    def _viewed(self) -> tuple[Shots, tuple[Sampling, Fraction]]:
        if self._view is None:
            wishes, times = self._wishes, self._times_of_part()
            end = times[-1] + self.live.usual if self._end is None else self._end
            shots = Shots(
                times,
                end,
                self._kept,
                self._cuts,
                wishes.at_cut,
                wishes.loop,
                wishes.max_hold,
                self.live.usual,
            )
            self._view = shots, sampling_of(wishes.retiming, times, end)
        return self._view

    def _times_of_part(self) -> Times:
        times = self.live.times
        stop = len(times) if self._stop is None else min(self._stop, len(times))
        if isinstance(times, ConstantTimes) or self._end is not None:
            return times[self.first : stop]
        if not self.first and stop == len(times):
            return times
        have = self.first + len(self._sliced)
        self._sliced += times[have:stop]
        return self._sliced

    # ---- what is asked

    def __len__(self) -> int:
        return 0 if self._end is None else self._sampling[0].count

    def frames(self, numbers: range | None = None) -> Iterator[OutputFrame]:
        """Yield the frames of these numbers, which rise; all of them, if none are given."""
        for index in count() if numbers is None else numbers:
            if not self._reaches(index):
                return
            yield self._at(index)

    def __getitem__(self, index: int) -> OutputFrame:  # type: ignore[override]
        if self._end is not None:
            return super().__getitem__(index)
        if not (index >= 0 and self._is_certain(index)):
            raise IndexError(f"output frame {index} is not known yet")
        return self._at(index)

    def _at(self, index: int) -> OutputFrame:
        return self._frame(index, self.source_time(index))

    def begin(self) -> None:
        """Read until it is known where and how the result begins."""
        self._reaches(0)

    def _reaches(self, index: int) -> bool:
        """Read until an output frame is certain; False if there is none such."""
        while not self._is_certain(index):
            if self._end is not None:
                return False
            self._read()
        return True

    def _is_certain(self, index: int) -> bool:
        if self._end is not None:
            return index < len(self)
        if not self._kept:
            return False
        # No frame begins in the last half of a result's interval.
        latest = index + (1 if self._wishes.blurred else HALF)
        return self._sampling[0].source_time(latest) <= self.shots.times[self._kept[-1]]

    def whole(self) -> Schedule:
        """Return the same as a schedule like any other, when all is known.

        Raises:
            UsageError: the source's end is not known yet.
        """
        if self._end is None:
            raise UsageError("the schedule is not known to its end yet")
        return Schedule(self.shots, self.retiming, self.first, self.origin, self.stop)
