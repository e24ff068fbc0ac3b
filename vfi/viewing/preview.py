"""`preview`: a few moments of a video as one page, before all of it is interpolated.

preview(Job("clip.mp4", timeline=TimelineOptions(fps=3)), "clip.html")
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Template
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.datasets.samples import Pixels
from ..evaluation.datasets.withheld import reduce_to_fit
from ..figures.pages import data_uri, environment
from ..job import Job
from ..media.depth import converted
from ..media.output import check_distinct, check_writable, replacing
from ..media.source import files_of
from ..progress import Meter, Observer, in_words, observing
from ..stopping import listening
from ..timeline.content import Blend, Content, Hold
from ..timeline.rates import time_text
from ..timeline.schedule import Schedule
from ..timeline.summary import summary
from .comparison import over_black
from .moments import ActivityMeter, Moment, choose_moments

EACH = 2  # moments of every kind
LARGEST = (1280, 960)  # pixels: what pictures on the page are reduced to fit
CLOSE_UP = (320, 180)  # pixels of the frame, at its own size
LAYERS = ("hold", "blend", "result", "next frame")


@dataclass(frozen=True)
class Previewed:
    """What was written, and what was found on the way."""

    path: Path
    moments: list[Moment]
    seconds: float  # that the interpolated frames of the whole will take


def default_output(source: Path) -> Path:
    """Return a page beside the source."""
    place = source.resolve() if source.is_dir() else source
    return place.with_name(f"{place.stem if source.is_file() else place.name}_preview.html")


def preview(
    job: Job,
    out: str | Path | None = None,
    each: int = EACH,
    overwrite: bool = False,
    progress: Observer | bool = False,
) -> Previewed:
    """Write a page with the moments of a job that matter, and how long all of it will take.

    The source is looked through once. A moment shows the frame before it (hold), the cross-fade
    of both frames (blend) and what the job would make (result).

    Args:
        job: what is to be done; nothing is written of it.
        out: the page (.html). None names one beside the source.
        each: how many moments of each kind: largest motion, near a cut, thin things.
        overwrite: replace what is there.
        progress: a function that is told of every frame; True shows a bar on stderr.

    Raises:
        InputError: there is nothing to interpolate.
        VfiError: as for `Job.plan`; or the page cannot be written.
    """
    place = default_output(job.source) if out is None else Path(out)
    check_distinct([("out", place)], files_of(job.source))
    check_writable(place, overwrite)
    meter = ActivityMeter()
    with job, listening(), observing(progress) as observer:
        schedule = job.plan(observer, meter.add)
        moments = choose_moments(schedule, meter, each)
        if not moments:
            raise InputError(f"{job.source}: nothing moves between two frames")
        seconds = job.estimate()
        shown = list(_shown(job, schedule, moments, observer))
        text = _template().render(
            name=job.source.name,
            model=job.model,
            lines=[line.split(None, 1) for line in summary(schedule).lines()],
            whole=in_words(seconds),
            layers=LAYERS,
            moments=shown,
            notes=job.notes,
        )
    with replacing(place, overwrite) as temporary:
        temporary.write_text(text, "utf-8")
    return Previewed(place, moments, seconds)


@cache
def _template() -> Template:
    return environment(__package__).get_template("preview.html")


def _shown(
    job: Job, schedule: Schedule, moments: Sequence[Moment], observer: Observer
) -> Iterator[dict[str, Any]]:
    """Yield what the page says and shows of each moment."""
    contents = [content for moment in moments for content in _contents(moment)]
    pictures = job.pictures(contents)
    meter = Meter(observer, "render", len(moments))
    for moment in moments:
        layers = {name: _viewable(next(pictures)) for name in LAYERS}
        close = _close_up(layers["result"], moment.place)
        yield {
            "moment": moment,
            "time": time_text(schedule.shots.times[moment.content.one - schedule.first]),
            "whole": {name: data_uri(reduce_to_fit(layers[name], LARGEST)) for name in LAYERS},
            "close": {name: data_uri(layers[name][close], 95) for name in LAYERS},
        }
        meter.step()
    pictures.close()


def _contents(moment: Moment) -> tuple[Content, ...]:
    """Return what the layers are made of."""
    between = moment.content
    faded = Blend(between.one, between.two, between.t)
    return Hold(between.one), faded, between, Hold(between.two)


def _viewable(pixels: NDArray[Any]) -> Pixels:
    """Return a picture as a page can show it, (H, W, 3) uint8."""
    opaque = over_black(pixels) if pixels.shape[2] == 4 else pixels
    return np.ascontiguousarray(converted(opaque, np.uint8))


def _close_up(picture: Pixels, place: tuple[float, float]) -> tuple[slice, slice]:
    """Return rows and columns around a place, x and y in 0..1, that are shown at their own size."""
    slices = []
    for length, side, middle in zip(picture.shape[:2], CLOSE_UP[::-1], place[::-1], strict=True):
        side = min(side, length)
        first = min(max(0, round(middle * length - side / 2)), length - side)
        slices.append(slice(first, first + side))
    return slices[0], slices[1]
