"""One moment of a result, beside what could stand in its place without interpolation."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ..interpolator import Behind, Interpolator
from ..job import Job
from ..pair_job import PairJob
from ..rendering.frame_maker import cross_fade
from ..timeline.content import Blend, Content, Hold, Interpolated, SourceFrame


class Moment(NamedTuple):
    """Pictures (H, W, C) of one moment."""

    hold: NDArray[Any]  # the source frame that is on the screen then
    blend: NDArray[Any]  # the two around it, one over the other
    result: NDArray[Any]


def moment_of(job: Job | PairJob, number: int) -> Moment:
    """Frame `number` of a video's result, without motion blur; or picture `number` of a pair's.

    Raises:
        VfiError: it cannot be made.
        IndexError: there is no such frame.
    """
    if isinstance(job, Job):
        _, *pictures = job.pictures(_contents(job.plan()[number].content))
        return Moment(*pictures)
    time, pair = job.times[number], job.pair
    return Moment(pair.one, cross_fade(pair.one, pair.two, float(time)), pair.at(time))


def behind_of(job: Job | PairJob, number: int) -> Behind | None:
    """Return what that frame is made of; None where it is no interpolated one.

    Raises:
        VfiError: it cannot be made; UsageError: the model has no flow.
        IndexError: there is no such frame.
    """
    if isinstance(job, PairJob):
        return job.pair.behind(job.times[number])
    content = job.plan()[number].content
    interpolator = job.interpolator
    if not isinstance(content, Interpolated) or not isinstance(interpolator, Interpolator):
        return None
    numbers = sorted(content.needs)
    shown = dict(zip(numbers, job.pictures(map(Hold, numbers)), strict=True))
    pair = interpolator.pair(shown[content.one], shown[content.two])
    return pair.behind(content.t)


def _contents(content: Content) -> Sequence[Content]:
    """Return the first frame that is needed (a loop ends with the film's first), then the three."""
    if isinstance(content, SourceFrame | Hold):
        return [Hold(content.frame)] * 4
    one, two = content.one, content.two
    return [Hold(min(one, two)), Hold(one), Blend(one, two, content.t), content]
