"""`vfi video`: a video at a higher frame rate, or in slow motion."""

import time as clock
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ExistsError, UsageError
from ..media.pipes import is_standard
from . import in_options, log, options, streams, wishes

if TYPE_CHECKING:
    from ..job import Job
    from ..rendering.render import Rendered, RenderOptions
    from ..timeline.schedule import Schedule

_LINES = 1000  # of a plan that are printed at once


@click.command("video")
@click.argument("source", metavar="[INPUT]", required=False, type=options.SOURCE)
@click.option("--video", "video", type=options.SOURCE, help="The same as INPUT.")
@options.retiming
@click.option(
    "-o",
    "--out",
    type=options.OUT_OR_PIPE,
    help="A video file (.mp4 .mov .mkv .webm .avi .gif .apng .webp .avif .y4m .nut), a folder (its "
    "name may end in /) for numbered pictures, or - for standard output. "
    "[default: INPUT_3x.mp4 beside INPUT]",
)
@wishes.presets
@wishes.save_preset
@options.timeline
@click.option("--write-scenes", type=options.OUT_FILE, help="Write the cuts to a file.")
@options.look
@options.encoding
@options.network
@options.overwrite
@options.keeping
@options.sharing
@options.memory_limit
@options.quiet
@log.logging
@options.json_progress
@click.option("--timings", is_flag=True, help="Say at the end where the time went.")
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
    resume: bool,
    fresh: bool,
    workers: str | None,
    ray: str | None,
    memory_limit: str,
    yes: bool,
    quiet: bool,
    json_progress: bool,
    timings: bool,
    dry_run: bool,
    as_json: bool,
    write_scenes: Path | None,
    preset_for: str | None,
    preset_file: Path | None,
    save_preset: Path | None,
    **settings: Any,
) -> None:
    """Interpolate a video file, or a folder, pattern or glob of pictures.

    --fps N multiplies the frame rate: --fps 3 makes 72 frames a second of 24. N·n frames come of
    n; every source frame stays at its own time, untouched; audio, subtitles, chapters and tags are
    taken along.
    """
    if as_json and not dry_run:
        raise UsageError("--json prints the plan: give --dry-run, too")
    settings, model = wishes.wished(settings, model, preset_for, preset_file)
    if save_preset is not None:
        _save(save_preset, settings, model, overwrite)
        if source is None and video is None:
            return
    source = _one_of(source, video)
    from ..job import Job

    job = Job(
        source,
        out,
        *options.options_of(settings),
        model=model,
        device=device,
        precision=precision,
        overwrite=overwrite,
        fresh=fresh,
        workers=workers,
        ray=ray,
        memory_limit=memory_limit,
        yes=yes,
        write_scenes=write_scenes,
    )
    with job:
        if dry_run:
            _show_plan(job, as_json, quiet)
            return
        job.check()
        if not quiet:
            options.say_fallback(model, job.model)
        log.details(job.facts())
        since = clock.monotonic()
        rendered = job.run(options.progress_of(quiet, as_json=json_progress))
    if not quiet:
        _report(rendered, job.model, clock.monotonic() - since)
    if timings:
        for line in rendered.timings.lines():
            click.echo(line, err=True)
    else:
        log.details(rendered.timings.lines())
    if not is_standard(rendered.path):
        streams.name_result(rendered.path)


def _save(path: Path, settings: dict[str, Any], model: str | None, overwrite: bool) -> None:
    """Write wishes to a preset, if they can be met at all."""
    from ..presets import save_preset

    options.options_of(settings)
    save_preset(path, settings | ({"model": model} if model else {}), overwrite)


def _one_of(source: Path | None, video: Path | None) -> Path:
    if source is not None and video is not None:
        raise UsageError("INPUT and --video are the same: give one of them")
    if source is None and video is None:
        raise UsageError("name one input: vfi video INPUT --fps 3")
    return source or video  # type: ignore[return-value]


def _show_plan(job: "Job", as_json: bool, quiet: bool) -> None:
    from ..progress import in_words

    schedule = job.plan(options.progress_of(quiet))
    job.write_cuts()
    _print_plan(schedule, job.rendering, as_json)
    for note in job.notes:
        click.echo(f"Note: {note}", err=True)
    if seconds := job.estimate():
        line = f"time       about {in_words(seconds)} with {job.model} for what is interpolated"
        click.echo(line, err=as_json)
    try:
        job.check_free()
    except ExistsError as error:
        click.echo(f"Note: {in_options(error, click.get_current_context())}", err=True)


def _print_plan(schedule: "Schedule", rendering: "RenderOptions", as_json: bool) -> None:
    from ..timeline.content import to_json_line, to_text_line
    from ..timeline.shutter import exposures
    from ..timeline.summary import summary

    line_of = to_json_line if as_json else to_text_line
    lines = (line_of(*planned) for planned in exposures(schedule, rendering.shutter))
    while some := list(islice(lines, _LINES)):
        click.echo("\n".join(some))
    for line in [*summary(schedule).lines(), *rendering.lines()]:
        click.echo(line, err=as_json)


def _report(rendered: "Rendered", model: str, seconds: float) -> None:
    for note in rendered.notes:
        click.echo(f"Note: {note}", err=True)
    schedule = rendered.schedule
    click.echo(
        f"{rendered.frames} frames, {float(schedule.frame_rate):.6g} a second, "
        f"{float(schedule.duration):.3f} s of video, made with {model} in {seconds:.1f} s; "
        f"{_made_of(rendered)}; {_encoded(rendered)}"
        f"{_cost(rendered.frames, seconds, rendered.workers_memory)}",
        err=True,
    )


def _encoded(rendered: "Rendered") -> str:
    return f"encoded by {rendered.encoding}; " if rendered.encoding else ""


def _made_of(rendered: "Rendered") -> str:
    """Return what became of the source's frames, in numbers; what there is none of is not named."""
    from ..timeline.summary import summary

    counts = summary(rendered.schedule)
    kinds = {
        "untouched": counts.untouched,
        "interpolated": counts.interpolated,
        "held": counts.held,
        "blended": counts.blended,
        "repeats replaced": counts.dropped - rendered.lost,
        "lost": rendered.lost,
    }
    named = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    return f"of {counts.source_frames}: {named}"


def _cost(frames: int, seconds: float, others: int) -> str:
    """Return the cost in words; `others`: bytes that other processes have had at most."""
    from ..memory import peak_memory

    peak = peak_memory()
    memory = f", {(peak + others) / 2**20:.0f} MiB at most" if peak else ""
    return f"{frames / max(seconds, 1e-9):.3g} made a second{memory}"
