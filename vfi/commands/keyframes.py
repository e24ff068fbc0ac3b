"""`vfi keyframes`: which frames bring a new drawing, and which only repeat one."""

from pathlib import Path

import click

from ..errors import UsageError
from . import options, streams

FORMATS = ("table", "csv", "json")


@click.command("keyframes")
@click.argument("source", metavar="INPUT", type=options.PATH)
@click.option(
    "--threshold",
    default="auto",
    show_default=True,
    metavar="N|auto",
    help="A frame is new when at least N pixels differ from the last new one; 0 keeps every frame; "
    "auto finds the rhythm by itself.",
)
@options.tolerance
@options.scene_threshold
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="[default: by the suffix of --out, else table]",
)
@click.option(
    "-o",
    "--out",
    type=options.OUT_FILE,
    help="A file instead of the terminal; a picture (.png) becomes a contact sheet.",
)
@options.overwrite
@options.quiet
def command(
    source: Path,
    threshold: str,
    tolerance: float | None,
    scene_threshold: float | None,
    form: str | None,
    out: Path | None,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Show which frames of INPUT are kept and which are dropped as repeats.

    These are the decisions that `vfi video --threshold` makes, as a table, CSV, JSON or a contact
    sheet with kept and dropped frames marked.
    """
    from ..analysis import keyframe_table as report
    from ..figures.contact_sheet import ContactSheet
    from ..media.output import check_distinct, check_writable, replacing
    from ..media.source import files_of, open_video
    from ..planning import TimelineOptions, scan_source
    from ..progress import observing

    if out is not None:
        _check_suffix(out, form)
        check_distinct([("--out", out)], files_of(source))
        check_writable(out, overwrite)
    wanted = TimelineOptions(
        threshold=threshold,
        **options.given(
            {"tolerance": tolerance, "scene_threshold": scene_threshold},
            "tolerance",
            "scene_threshold",
        ),
    )
    is_sheet = out is not None and form is None and out.suffix.lower() == ".png"
    sheet = ContactSheet() if is_sheet else None
    with open_video(source) as frames, observing(options.progress_of(quiet)) as observer:
        watch = None if sheet is None else sheet.add
        seen = scan_source(frames, wanted, observer, watch, every_frame=True)
    findings = seen.findings
    assert findings is not None
    if sheet is not None and out is not None:
        from ..media.pictures.images import write_image

        kept = range(len(seen.times)) if findings.kept is None else findings.kept
        write_image(out, sheet.draw(kept, findings.cuts), overwrite=overwrite)
        streams.name_result(out)
        return
    suffix = "" if out is None else out.suffix.lower().removeprefix(".")
    writers = {"table": report.as_table, "csv": report.as_csv, "json": report.as_json}
    text = writers[form or (suffix if suffix in FORMATS else "table")](findings.rows)
    if out is None:
        click.echo(text, nl=False)
        return
    with replacing(out, overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    streams.name_result(out)


def _check_suffix(out: Path, form: str | None) -> None:
    """See that a picture is a PNG, and no table is written under a picture's name."""
    from ..media.pictures.images import IMAGE_SUFFIXES

    if out.suffix.lower() in IMAGE_SUFFIXES and (form or out.suffix.lower() != ".png"):
        raise UsageError(f"--out {out}: a contact sheet is a .png without --format")
