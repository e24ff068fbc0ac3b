"""Motion blur: the moments during which a shutter is open (their mean: `linear_light.py`)."""

from collections.abc import Iterator
from fractions import Fraction

from ..errors import UsageError
from .content import Blend, Content, OutputFrame
from .schedule import Schedule

DEFAULT_SAMPLES = 9  # odd, so that one of them is the moment of the frame itself


def exposure(
    schedule: Schedule, index: int, angle: Fraction | int, samples: int = DEFAULT_SAMPLES
) -> list[Content]:
    """Return what has to be averaged, with equal weights, for output frame `index`.

    The shutter is open for angle / 360 of the time to the next output frame, half of it before and
    half after the frame's own time (what moves stays where it was, only blurred). The moments are
    the centres of `samples` equal parts. They never leave the scene: across a cut nothing is mixed.

    Raises:
        UsageError: an angle outside 0 < angle <= 360, or no samples.
    """
    if not 0 < angle <= 360:
        raise UsageError(f"shutter angle {float(angle):g}: it must be above 0 and at most 360")
    if samples < 1:
        raise UsageError(f"{samples} shutter samples: give 1 or more")
    frame = schedule[index]
    if isinstance(frame.content, Blend):
        return [frame.content]
    opened = (schedule.time(index + 1) - frame.time) * Fraction(angle) / 360
    first, last = schedule.scene_limits(frame)
    moments = (
        frame.time + opened * (Fraction(2 * part + 1, 2 * samples) - Fraction(1, 2))
        for part in range(samples)
    )
    return [schedule.content_at(min(max(moment, first), last)) for moment in moments]


def exposures(
    schedule: Schedule, angle: Fraction | None, numbers: range | None = None
) -> Iterator[tuple[OutputFrame, list[Content]]]:
    """Yield every output frame of these numbers, or of all, and what it is the mean of.

    That is itself alone where there is no shutter.
    """
    for frame in schedule.frames(numbers):
        yield frame, [frame.content] if angle is None else exposure(schedule, frame.index, angle)


def all_contents(schedule: Schedule, angle: Fraction | None) -> Iterator[Content]:
    """Yield all moments that the output frames are made of."""
    if angle is None:
        yield from (content for _, content in schedule.walk())
        return
    for _, contents in exposures(schedule, angle):
        yield from contents
