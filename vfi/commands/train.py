"""`vfi train`: train a network from a configuration file."""

from dataclasses import replace
from pathlib import Path

import click

from ..errors import InputError, VfiError
from . import log, options, streams


@click.command("train")
@click.argument("config", metavar="CONFIG.yaml")
@click.option("--data", type=options.PATH, help="The folder to train on, instead of data.clips.")
@click.option("-o", "--out", type=options.PATH, help="The run's folder. [default: runs/NAME]")
@click.option("--steps", type=click.IntRange(min=1), help="Instead of the configuration's.")
@click.option("--start", type=options.PATH, help="Weights or a checkpoint to start from.")
@click.option("--export", type=options.PATH, help="Only write the averaged weights to this file.")
@options.overwrite
@log.logging
def command(
    config: str,
    data: Path | None,
    out: Path | None,
    steps: int | None,
    start: Path | None,
    export: Path | None,
    overwrite: bool,
) -> None:
    """Train the network of CONFIG: a YAML file, or a name in configs/training/.

    A run that was stopped goes on where it was, exactly. For several GPUs:
    `accelerate launch -m vfi train CONFIG.yaml`.
    """
    from ..training.config import read_config

    changes = {"steps": steps, "start": str(start) if start else None}
    settings = read_config(config, **{k: v for k, v in changes.items() if v is not None})
    if data is not None:
        if not data.is_dir():  # what lies in data.store would be taken for it
            raise InputError(f"--data {data}: no such folder")
        settings = replace(settings, data=replace(settings.data, clips=str(data)))
    folder = out or Path("runs") / settings.name
    try:
        from ..training.loop import export_weights, train
    except ModuleNotFoundError as error:
        raise VfiError(
            f"training needs the package {error.name}; install it with: pip install 'vfi[train]'"
        ) from error
    if export is not None:
        export_weights(folder, export, overwrite)
        streams.name_result(export)
        return
    streams.name_result(train(settings, folder))
