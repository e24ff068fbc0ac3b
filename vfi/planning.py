"""From what people ask for, and what a video holds, to its schedule."""

from dataclasses import dataclass, field
from fractions import Fraction

from .media.frame import FrameSource
from .timeline.motion import AtCut
from .timeline.pace import Multiply, Pace
from .timeline.schedule import Schedule, plan


@dataclass(frozen=True)
class Planning:
    """What people ask of the timeline.

    Times in seconds. `input_rate` is for folders of pictures, which have no rate of their own.
    """

    pace: Pace = field(default_factory=lambda: Multiply(2))
    input_rate: Fraction | None = None
    start: Fraction | None = None
    stop: Fraction | None = None
    seconds: Fraction | None = None
    loop: bool = False
    at_cut: AtCut = "hold"
    max_hold: Fraction | None = None


def make_schedule(source: FrameSource, wishes: Planning, progress: bool = False) -> Schedule:
    """Decide what every output frame is.

    Raises:
        UsageError: a wish is out of its range.
        InputError: the source cannot be read.
    """
    times, end = source.times()
    return plan(
        times,
        end,
        wishes.pace,
        at_cut=wishes.at_cut,
        loop=wishes.loop,
        max_hold=wishes.max_hold,
        start=wishes.start,
        stop=wishes.stop,
        seconds=wishes.seconds,
        rate=source.info.frame_rate,
    )
