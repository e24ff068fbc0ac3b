"""A source that can be read once only: looked at and rendered in the same pass.

    once = OnePass(source, options)
    once.schedule.begin()
    render(once, once.schedule, …)  # the schedule asks for frames, and these are judged on the way

A frame stays in memory from when it is read until it is certain what becomes of it and what is made
of it is made: two frames later where cuts are sought, `foresight.REACH` later where a rhythm is.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NoReturn, Self

from .analysis.foresight import Foresight, Verdict
from .analysis.scene_list import read_cuts
from .media.frame import VideoFrame, VideoInfo
from .media.streams.beside import Beside
from .media.video.pipe_reader import PipeReader
from .planning import TimelineOptions
from .source_scan import SourceScan
from .timeline.rates import LARGEST_RATE
from .timeline.times import LONGEST, ConstantTimes
from .timeline.unfolding import Unfolding, Wishes


class OnePass:
    """The frames of a pipe, and the schedule that unfolds as they come."""

    def __init__(self, source: PipeReader, options: TimelineOptions, blurred: bool = False) -> None:
        """`blurred`: whether frames are means of moments around them, as of a shutter."""
        self._source = source
        self._frames: Iterator[VideoFrame] = iter(source)
        self._listed = _listed(options, source.info.frame_rate)
        self._foresight = Foresight(
            options.threshold,
            options.tolerance,
            options.scene_threshold or None,
            self._listed,
        )
        self._seeks = bool(options.threshold)
        wishes = Wishes(
            options.retiming,
            options.at_cut,
            options.loop,
            options.max_hold,
            **options.part,
            blurred=blurred,
        )
        self.schedule = Unfolding(wishes, source.info.frame_rate, self.read)
        self._read = 0
        self._passed: deque[VideoFrame] = deque()  # read, and not asked for yet
        self._unseen: deque[VideoFrame] = deque()  # read, and not shown to the foresight yet
        self._waiting: deque[Verdict] = deque()  # until it is known where the part begins
        self._cuts: list[int] = []
        self._ended = False
        self._failure: BaseException | None = None
        self._lock = threading.RLock()  # pictures may be asked for while the schedule is

    @property
    def info(self) -> VideoInfo:
        return self._source.info

    @property
    def notes(self) -> list[str]:
        return self._source.notes

    @property
    def beside(self) -> Beside | None:
        """What comes through the pipe beside the picture."""
        return self._source.beside

    def times(self) -> NoReturn:
        """Raise UsageError: they are known when all has been read."""
        self._source.times()

    def reopen(self) -> NoReturn:
        """Raise UsageError: a pipe is read once."""
        self._source.reopen()

    def close(self) -> None:
        """Close the pipe; a second time does nothing."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield the frames by number.

        In the place of one that nothing is made of stands another: its own picture is gone.
        """
        while True:
            with self._lock:
                while not self._passed and not self._ended:
                    self.read()
                if not self._passed:
                    return
                frame = self._passed.popleft()
            yield frame
            del frame

    def read(self) -> None:
        """Read the next frame, and judge those that can be judged then."""
        with self._lock:
            if self._failure is not None:  # met by whoever reads ahead
                raise self._failure
            try:
                self._read_one()
            except BaseException as error:
                self._failure = error
                raise

    def _read_one(self) -> None:
        frame = next(self._frames, None)
        if frame is None:
            self._finish(self._source.end)
            return
        self._read += 1
        self._passed.append(frame)
        self._unseen.append(frame)
        self.schedule.add(frame.time)
        self._look()
        if self.schedule.part_ends is not None:
            self._finish(frame.time + self.schedule.live.usual)

    def drain(self) -> None:
        """Read to the end, for the sake of the schedule alone."""
        while not self._ended:
            self.read()
            self._passed.clear()

    @property
    def kept(self) -> Iterable[VideoFrame]:
        """The frames that were read and not asked for yet."""
        return tuple(self._passed)

    def scan(self) -> SourceScan:
        """Return what was found, when all has been read."""
        live = self.schedule.live
        return SourceScan(live.times, self.schedule.shots.end, self._cuts, None, None)

    def _look(self) -> None:
        """Show the foresight what is certainly before the part or in it."""
        first = self._read - len(self._unseen)
        for _ in range(first, self.schedule.certain):
            self._apply(self._foresight.update(self._unseen.popleft().pixels))

    def _finish(self, end: Fraction) -> None:
        self.schedule.finish(end)
        self._look()
        self._apply(self._foresight.finish())
        self._ended = True
        self._source.let_go(end)

    def _apply(self, verdicts: list[Verdict]) -> None:
        self._cuts += [verdict.frame for verdict in verdicts if verdict.cut]
        self._waiting.extend(verdicts)
        begins = self.schedule.part_begins
        while self._waiting and (begins is not None or len(self._waiting) > 1):
            verdict = self._waiting.popleft()
            early = begins is None or verdict.frame < begins
            if early or not self.schedule.judge(verdict.frame, self._is_kept(verdict), verdict.cut):
                self._forget(verdict.frame)

    def _is_kept(self, verdict: Verdict) -> bool:
        return verdict.kept or not self._seeks

    def _forget(self, number: int) -> None:
        """Let the picture of a frame go that nothing is made of."""
        place = number - (self._read - len(self._passed))
        if place >= 0 and len(self._passed) > 1:
            self._passed[place] = self._passed[place - 1 if place else place + 1]


def _listed(options: TimelineOptions, rate: Fraction) -> list[int] | None:
    """Read a list of cuts; those behind the end are not known to be, and do no harm."""
    if options.scenes is None:
        return None
    endless = ConstantTimes(Fraction(0), rate, int(LONGEST) * LARGEST_RATE)
    return read_cuts(options.scenes, endless, endless[-1] + 1 / rate)
