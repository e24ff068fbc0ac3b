"""`compare`: two videos into one video, one picture or one page that shows both.

compare("clip_2x.mp4", "other_2x.mp4", "both.html")
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError
from ..media.containers import SUFFIXES
from ..media.frame import FrameSource
from ..media.output import check_distinct, check_writable
from ..media.pictures.images import IMAGE_SUFFIXES, write_image
from ..media.source import files_of, open_video
from ..media.video.writer import VideoWriter
from ..progress import Meter, Observer, observing
from ..stopping import listening
from ..timeline.rates import Number, number_text, parse_time
from .comparison import GAP, Comparison, Matched, Tally
from .comparison_page import write_page
from .lined_up import LinedUp

PAGE_SUFFIXES = (".html", ".htm")
MOMENTS = 6  # in a picture or on a page, where none are asked for
LARGEST = {"video": (1920, 1080), "picture": (960, 720), "page": (1280, 960)}


@dataclass(frozen=True)
class Compared:
    """What was written."""

    path: Path
    line: str  # what came out, for people
    notes: list[str]


def compare(
    one: str | Path,
    two: str | Path,
    out: str | Path | None = None,
    how: str = "side",
    *,
    at: Sequence[Number] = (),
    start: Number | None = None,
    end: Number | None = None,
    width: int | None = None,
    overwrite: bool = False,
    progress: Observer | bool = False,
) -> Compared:
    """Show two videos together, lined up by time, whatever their rates.

    Args:
        one, two: video files, or folders or patterns of pictures.
        out: a video (.mp4, .mkv, .gif …), a picture (.png …) or a page (.html). None names a
            video beside the first.
        how: side (by side), split (left half and right half), difference (4 times) or blink (half
            a second each); a page has all of these.
        at: seconds; which moments a picture or a page shows. None: those where both differ most,
            one from each sixth.
        start, end: the part, in seconds.
        width: of each picture, in pixels; None takes the first one's, reduced where it is large.
        overwrite: replace what is there.
        progress: a function that is told of every moment; True shows a bar on stderr.

    Raises:
        VfiError: any foreseen failure; then nothing is left of the result.
    """
    place = Path(out) if out is not None else default_output(Path(one), Path(two))
    kind = kind_of(place)
    if kind == "picture" and how == "blink":
        raise UsageError("a picture cannot blink; choose a video or a page", option="how")
    moments = [_seconds(time, "at") for time in at]
    if moments and kind == "video":
        raise UsageError("a video shows all moments; at is for a picture or a page", option="at")
    check_distinct([("out", place)], [*files_of(one), *files_of(two)])
    check_writable(place, overwrite)
    limits = [None if limit is None else _seconds(limit, "start") for limit in (start, end)]
    with ExitStack() as stack:
        stack.enter_context(listening())
        observer = stack.enter_context(observing(progress))
        first, second = (stack.enter_context(open_video(source)) for source in (one, two))
        shown = LinedUp(first, second, *limits)
        largest = LARGEST[kind] if width is None else (width, 16 * width)
        comparison = Comparison(first.info, second.info, how, largest)
        tally = Tally([], [])
        pairs = tally.watched(_pairs(shown, comparison, observer))
        with closing(pairs):
            if kind == "video":
                notes = _write_video(place, shown, comparison, pairs, overwrite)
            else:
                chosen = _chosen(pairs, shown, moments)
                write = _write_picture if kind == "picture" else write_page
                write(place, comparison, chosen, tally, overwrite, (first, second))
                notes = []
        return Compared(place, tally.line(), [*_notes(shown, first, second), *notes])


def kind_of(out: Path) -> str:
    """Return what a name means: video, picture or page.

    Raises:
        UsageError: nothing of this kind can be written.
    """
    suffix = out.suffix.lower()
    for kind, suffixes in (("picture", IMAGE_SUFFIXES), ("video", SUFFIXES)):
        if suffix in suffixes:
            return kind
    if suffix in PAGE_SUFFIXES:
        return "page"
    raise UsageError(f"{out}: give the name of a video, a picture or a page (.html)", option="out")


def default_output(one: Path, two: Path) -> Path:
    """Return a video beside the first."""
    return one.with_name(f"{one.stem}-{two.stem}.mp4")


def _seconds(time: Number, option: str) -> Fraction:
    return parse_time(number_text(time), option)


def _pairs(shown: LinedUp, comparison: Comparison, observer: Observer) -> Iterator[Matched]:
    meter = Meter(observer, "render", len(shown))
    for both in shown:
        yield comparison.matched(both)
        meter.step()


def _write_video(
    out: Path,
    shown: LinedUp,
    comparison: Comparison,
    pairs: Iterable[Matched],
    overwrite: bool,
) -> list[str]:
    width, height = comparison.size
    writer = VideoWriter(
        out,
        width,
        height,
        shown.rate,
        like=comparison.like,
        overwrite=overwrite,
        time_base=shown.tick,
    )
    with writer:
        for seen in pairs:
            writer.write(comparison.compose(seen), seen.time - shown.start)
        writer.close(shown.end - shown.start)
    return [*comparison.notes, *writer.notes]


def _write_picture(
    out: Path, comparison: Comparison, chosen: Sequence[Matched], *others: Any
) -> None:
    _, overwrite, _ = others
    composed = [comparison.compose(seen) for seen in chosen]
    gap = np.zeros((GAP, *composed[0].shape[1:]), composed[0].dtype)
    rows = [part for picture in composed for part in (gap, picture)]
    write_image(out, np.vstack(rows[1:]), overwrite=overwrite)


def _chosen(pairs: Iterable[Matched], shown: LinedUp, moments: Sequence[Fraction]) -> list[Matched]:
    """Return the moments asked for; or of each sixth the one at which both differ most."""
    if not moments:
        return _least_alike(pairs, shown.start, shown.end)
    outside = [time for time in moments if not shown.start <= time < shown.end]
    if outside:
        until = float(shown.end)
        raise UsageError(f"at {float(outside[0]):g} s: both end at {until:g} s", option="at")
    return _nearest(pairs, sorted(moments))


def _nearest(pairs: Iterable[Matched], moments: Sequence[Fraction]) -> list[Matched]:
    """Return what is shown at each of the moments."""
    found: list[Matched] = []
    last: Matched | None = None
    waiting = list(moments)
    for seen in pairs:
        while waiting and seen.time > waiting[0] and last is not None:
            found.append(last)
            waiting.pop(0)
        last = seen
    assert last is not None
    return [*found, *(last for _ in waiting)]


def _least_alike(pairs: Iterable[Matched], start: Fraction, end: Fraction) -> list[Matched]:
    worst: dict[int, tuple[float, Matched]] = {}
    for seen in pairs:
        part = int((seen.time - start) / (end - start) * MOMENTS)
        likeness = seen.psnr
        if part not in worst or likeness < worst[part][0]:
            worst[part] = (likeness, seen)
    return [seen for _, seen in worst.values()]


def _notes(shown: LinedUp, *sources: FrameSource) -> list[str]:
    """Return what is to be said of both, and of what of the longer one is not shown."""
    ends = [end for _, end in shown.clocks]
    longer = ends.index(max(ends))
    beyond = ends[longer] - min(ends)
    notes = [note for source in sources for note in source.notes]
    if beyond >= 1 / sources[longer].info.frame_rate:
        path = sources[longer].info.path
        notes.append(f"{path} goes on for another {float(beyond):.3g} s, which is not shown")
    return notes
