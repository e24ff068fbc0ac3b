"""`vfi video`: a video at a higher frame rate, or in slow motion."""

import sys
import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import options, paths
from .target import target_of

if TYPE_CHECKING:
    from ..planning import Overview
    from ..render import Look, Rendered
    from ..timeline.schedule import Schedule


@click.command("video")
@click.argument("source", metavar="[INPUT]", required=False, type=options.PATH)
@click.option("--video", "video", type=options.PATH, help="The same as INPUT.")
@options.pace
@click.option(
    "--out",
    type=options.OUT,
    help="A video file, or a folder (its name may end in /) for numbered pictures. "
    "[default: INPUT_3x.mp4 beside INPUT]",
)
@options.timeline
@click.option("--write-scenes", type=options.OUT_FILE, help="Write the cuts to a file.")
@options.look
@options.encoding
@options.network
@options.overwrite
@click.option("--dry-run", is_flag=True, help="Print what would be done, frame by frame.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: as JSON lines.")
def command(
    source: Path | None,
    video: Path | None,
    out: str | None,
    model: str | None,
    device: str,
    precision: str,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    write_scenes: Path | None,
    **settings: Any,
) -> None:
    """Interpolate a video file, or a folder, pattern or glob of pictures.

    --fps N multiplies the frame rate: --fps 3 makes 72 frames a second of 24. N·n frames come of
    n; every source frame stays at its own time, untouched; sound, subtitles, chapters and tags are
    taken along.
    """
    source = _one_of(source, video)
    from ..media.output import check_distinct, check_writable
    from ..media.source import open_source
    from ..planning import look_through, schedule_of

    if as_json and not dry_run:
        raise UsageError("--json prints the plan: give --dry-run, too")
    encoding = options.encoding_of(settings)
    planning = options.planning_of(settings)
    with open_source(source, planning.input_rate) as frames:
        look = options.look_of(settings, frames.info.width, frames.info.height)
        target = target_of(out, frames, planning.pace, overwrite, encoding)
        # What is wrong is told before the video is looked through, and by a dry run, too.
        read = [settings["mask"], settings["scenes"], paths.model_file(model)]
        check_distinct(
            [("--out", target.path), ("--write-scenes", write_scenes)],
            [*paths.files_of(source), *read],
        )
        target.check(frames, look.size)
        if write_scenes is not None:
            check_writable(write_scenes, overwrite)
        interpolator = options.make_interpolator(model, device, precision)
        seen = look_through(frames, planning, progress=sys.stderr.isatty())
        if write_scenes is not None:
            _write_scenes(write_scenes, seen, overwrite)
        schedule = schedule_of(seen, frames, planning)
        if dry_run:
            target.check_times(schedule, frames.info.time_base)
            _print_plan(schedule, look, as_json)
            return
        from ..render import render

        sink = target.open(frames, schedule, look.size)
        since = clock.monotonic()
        rendered = render(frames, schedule, interpolator, sink, look, progress=sys.stderr.isatty())
    _report(rendered, interpolator.model, clock.monotonic() - since)


def _write_scenes(path: Path, seen: "Overview", overwrite: bool) -> None:
    from ..media.output import replacing
    from ..timeline.scene_list import format_cuts

    with replacing(path, overwrite) as temporary:
        text = format_cuts(seen.cuts, seen.times, path.suffix.lower())
        temporary.write_text(text, encoding="utf-8")


def _one_of(source: Path | None, video: Path | None) -> Path:
    if source is not None and video is not None:
        raise UsageError("INPUT and --video are the same: give one of them")
    if source is None and video is None:
        raise UsageError("name one input: vfi video INPUT --fps 3")
    return source or video  # type: ignore[return-value]


def _print_plan(schedule: "Schedule", look: "Look", as_json: bool) -> None:
    from ..timeline.content import to_json_line
    from ..timeline.shutter import exposures
    from ..timeline.summary import summary

    for frame, contents in exposures(schedule, look.shutter):
        if as_json:
            click.echo(to_json_line(frame, contents))
        else:
            data = frame.as_data()
            place = " ".join(
                f"{name}={data[name]}" for name in ("frame", "one", "two", "t") if name in data
            )
            blurred = f" mean of {len(contents)} moments around it" if len(contents) > 1 else ""
            click.echo(
                f"{frame.index:>7} {float(frame.time):>11.4f} s  {data['kind']:<8} {place}{blurred}"
            )
    for line in [*summary(schedule).lines(), *look.lines()]:
        click.echo(line, err=as_json)


def _report(rendered: "Rendered", model: str, seconds: float) -> None:
    for note in rendered.notes:
        click.echo(f"Note: {note}", err=True)
    schedule = rendered.schedule
    click.echo(
        f"{rendered.frames} frames, {float(schedule.frame_rate):.6g} a second, "
        f"{float(schedule.duration):.3f} s of video, made with {model} in {seconds:.1f} s",
        err=True,
    )
    click.echo(rendered.path)
