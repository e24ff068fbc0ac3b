"""`vfi weights`: the models there are, and where their weights come from."""

from pathlib import Path

import click

from . import options, streams


@click.group("weights")
def command() -> None:
    """List the models, describe weights, import published ones."""


@command.command("list")
def list_models() -> None:
    """List the models that can be named, what each is for, and whether its weights are here."""
    from .. import model_files as weights

    default = weights.default_model()
    entries = weights.models()
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        if not entry.needs_weights:
            state = "needs no weights"
        elif entry.weights is None:
            state = "no weights here"
        else:
            state = "weights whole" if entry.digest_holds() else "WEIGHTS DAMAGED"
        mark = "*" if entry.name == default else " "
        click.echo(f"{mark} {entry.name:<{width}} {state:<16} {entry.purpose}".rstrip())
    click.echo(f"* is what is used without --model; on a GPU it is {weights.default_model('cuda')}")


@command.command("info")
@click.argument("model")
def describe(model: str) -> None:
    """Tell what is known about MODEL: a name or a .safetensors file."""
    from .. import model_files as weights
    from ..errors import WeightsError

    if model.endswith(weights.SUFFIX):
        path = Path(model)
    else:
        entry = weights.find_model(model)
        if not entry.needs_weights:
            click.echo(f"{model} needs no weights")
            return
        if entry.weights is None:
            raise WeightsError(f"no weights for model {model!r} are here")
        path = entry.weights
    metadata = weights.metadata_of(path)
    click.echo(f"file      {path}")
    click.echo(f"sha256    {weights.file_digest(path)}")
    for name, value in sorted(metadata.items()):
        click.echo(f"{name:<9} {value}")
    card = path.with_suffix(".md")
    if card.is_file():
        click.echo(f"card      {card}")


@command.command("manifest", hidden=True)
def write_manifest() -> None:
    """List the files of weights/ with their digests (for those who publish weights)."""
    from .. import model_files as weights

    click.echo(weights.write_manifest())


@command.command("import")
@click.argument("source", type=options.PATH, metavar="FILE.pytorch")
@click.option("-o", "--out", type=options.OUT_FILE, required=True, help="The weights file to make.")
@options.overwrite
def import_published(source: Path, out: Path, overwrite: bool) -> None:
    """Turn a published checkpoint into weights for `--model OUT.safetensors`.

    Those of SoftSplat, SGM-VFI and SepConv are known, and told apart by their names. The published
    weights are for academic use only; vfi does not ship them.
    """
    from .. import model_files as weights
    from ..errors import UsageError
    from ..media.output import check_distinct

    if out.suffix != weights.SUFFIX:
        raise UsageError(f"--out {out}: weights files end in {weights.SUFFIX}")
    check_distinct([("--out", out)], [source])
    weights.import_published(source, out, overwrite)
    streams.name_result(out)
