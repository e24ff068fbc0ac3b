"""`vfi presets`: what is shipped for whom."""

import click


@click.command("presets")
def command() -> None:
    """List the presets of --for: for whom each is, what it asks for, and what came of it.

    The files lie in configs/presets/; `vfi video … --save-preset MINE.toml` writes one, and
    `--preset-file MINE.toml` reads it.
    """
    from ..presets import shipped_preset, shipped_presets

    for name in shipped_presets():
        preset = shipped_preset(name)
        wishes = " ".join(f"{wish}={value}" for wish, value in preset.wishes.items())
        click.echo(f"{name:<12} {preset.about} [{wishes}] {preset.example}")
