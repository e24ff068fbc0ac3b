"""`vfi benchmark`: measure on data sets, against other methods, and for speed."""

import click


class Benchmarks(click.Group):
    """One command a data set, all with the same options, and `speed`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from ..evaluation.datasets.catalogue import CATALOGUE
        from .speed import speed

        return [str(speed.name), *CATALOGUE]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from ..evaluation.datasets.catalogue import CATALOGUE
        from .measuring import command_for
        from .speed import speed

        if name == speed.name:
            return speed
        return command_for(CATALOGUE[name]) if name in CATALOGUE else None


@click.group("benchmark", cls=Benchmarks)
def command() -> None:
    """Measure models on a data set, or their speed.

    \b
    vfi benchmark validation --data ../shared/validation --against average,dis
    vfi benchmark vimeo90k --data vimeo_triplet --report vimeo.html
    vfi benchmark speed --size 1920x1080

    The layout that a data set must have stands in `vfi benchmark DATASET --help`.
    """
