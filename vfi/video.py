"""One-call functions for videos; each makes a `Job`."""

from collections.abc import Generator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypedDict, Unpack

from numpy.typing import NDArray

from .interpolator import PairMaker
from .job import Job
from .media.options import EncodingOptions
from .media.video.deinterlace import Deinterlace
from .planning import TimelineOptions
from .progress import Observer
from .rendering.render import InterpolatedFrame, OnError, Rendered, RenderOptions
from .timeline.rates import Number
from .timeline.shots import AtCut


class FrameWishes(TypedDict, total=False):
    """What may be asked of frames: the words of `TimelineOptions` and `RenderOptions`."""

    target_fps: Number | None
    slow: Number | None
    input_fps: Number | None
    start: Number | None
    end: Number | None
    seconds: Number | None
    loop: bool
    at_cut: AtCut
    max_hold: Number | None
    threshold: int | str
    tolerance: float
    scene_threshold: float
    scenes: str | Path | None
    width: int | None
    height: int | None
    still: float
    mask: str | Path | NDArray[Any] | None
    shutter: Number | None
    deinterlace: Deinterlace
    on_error: OnError


class VideoWishes(FrameWishes, total=False):
    """What may be asked of a video: those, and the words of `EncodingOptions`."""

    codec: str | None
    quality: int | None
    preset: str | None
    mute: bool
    pixel_format: str | None
    encoder_options: Mapping[str, str | int | float]
    container: str | None
    tags: bool


class JobWishes(VideoWishes, total=False):
    """All that `interpolate_video` takes, but for the first three and `progress`."""

    interpolator: PairMaker | None
    model: str | Path | None
    device: str
    precision: str
    overwrite: bool
    fresh: bool
    workers: int | str | None
    ray: str | None
    memory_limit: int | str
    yes: bool


def interpolate_video(
    source: str | Path,
    out: str | Path | None = None,
    fps: Number | None = None,
    *,
    interpolator: PairMaker | None = None,
    model: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    yes: bool = False,
    overwrite: bool = False,
    fresh: bool = False,
    workers: int | str | None = None,
    ray: str | None = None,
    memory_limit: int | str = "auto",
    progress: Observer | bool = False,
    **wishes: Unpack[VideoWishes],
) -> Rendered:
    """Interpolate a video, or a folder of pictures, as `vfi video` does.

        vfi.interpolate_video("clip.mp4", fps=3)  # clip_3x.mp4
        vfi.interpolate_video("clip.mp4", "slow.mov", slow=4, start="1:30", codec="prores")

    `fps=3` makes 3·n frames of n; every source frame stays at its own time, untouched; nothing is
    mixed across scene cuts; audio, subtitles and the like are taken along.

    Args:
        source, out, interpolator, model, device, precision, overwrite, fresh, workers,
            ray, memory_limit, yes: as for `Job`.
        fps: multiply the frame rate; 2, if neither `target_fps` nor `slow` is given.
        progress: a function that is told of every frame; True shows a bar on stderr.
        wishes: everything that `TimelineOptions`, `RenderOptions` and `EncodingOptions` know.

    Raises:
        VfiError: any foreseen failure; then nothing is left of the result.
    """
    job = Job(
        source,
        out,
        *options_of({"fps": fps, **wishes}),
        interpolator=interpolator,
        model=model,
        device=device,
        precision=precision,
        yes=yes,
        overwrite=overwrite,
        fresh=fresh,
        workers=workers,
        ray=ray,
        memory_limit=memory_limit,
    )
    return job.run(progress)


def interpolated_frames(
    source: str | Path,
    fps: Number | None = None,
    *,
    interpolator: PairMaker | None = None,
    model: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    yes: bool = False,
    **wishes: Unpack[FrameWishes],
) -> Generator[InterpolatedFrame, None, None]:
    """Yield the frames that `interpolate_video` would write, made one after the other.

        for time, pixels, kind in vfi.interpolated_frames("clip.mp4", target_fps=60): ...

    Pixels are (H, W, 3 or 4) RGB(A) of the type of the source's frames; those of source frames
    are the reader's own, which the next ones are made of: copy them before writing into them.

    Raises:
        VfiError: any foreseen failure.
    """
    timeline, _, rendering = options_of({"fps": fps, **wishes})
    job = Job(
        source,
        timeline=timeline,
        rendering=rendering,
        interpolator=interpolator,
        model=model,
        device=device,
        precision=precision,
        yes=yes,
    )
    return job.frames()


def options_of(
    wishes: Mapping[str, Any],
) -> tuple[TimelineOptions, EncodingOptions, RenderOptions]:
    """Return the three options in which wishes are that were given by name; None takes the default.

    Raises:
        UsageError: one of them is out of its range.
        TypeError: there is no option of this name.
    """
    given = {name: value for name, value in wishes.items() if value is not None}

    def taken(options: type[Any]) -> dict[str, Any]:
        names = [field.name for field in fields(options)]
        return {name: given.pop(name) for name in names if name in given}

    made = (
        TimelineOptions(**taken(TimelineOptions)),
        EncodingOptions(**taken(EncodingOptions)),
        RenderOptions(**taken(RenderOptions)),
    )
    if given:
        raise TypeError(f"there is no option {next(iter(given))!r}")
    return made
