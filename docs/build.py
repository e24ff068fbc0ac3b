"""Writes the reference from the code: `make docs`, or python docs/build.py FOLDER.

FOLDER/commands.md is the command line by its own help, FOLDER/man/ the same as man pages,
FOLDER/api/index.html what `vfi` offers by its docstrings. A public
name without a page ends it with an error.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pdoc

import vfi
import vfi.moviepy  # before pdoc, which forbids that an import starts a program
from vfi.commands import group
from vfi.commands.man import man_page


def page() -> str:
    """Every command with its help, as Markdown."""
    parts = ["# The command line", f"vfi {vfi.__version__}. Written by `make docs` from the help."]
    for context in contexts(click.Context(group, info_name="vfi")):
        parts += [f"## `{context.command_path}`", f"```text\n{context.get_help()}\n```"]
    return "\n\n".join(parts) + "\n"


def contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield the command and all below it; of the data sets, with the same options, the first."""
    context.max_content_width = 100
    yield context
    command = context.command
    if not isinstance(command, click.Group):
        return
    seen: set[tuple[str, ...]] = set()
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        options = tuple(str(parameter.name) for parameter in below.params)
        if options and options in seen and context.info_name == "benchmark":
            continue
        seen.add(options)
        yield from contexts(click.Context(below, context, info_name=name))


def write_api(folder: Path) -> None:
    """Write the pages of `vfi`, `vfi.moviepy` and `vfi.vapoursynth`."""
    for name in vfi.__all__:  # pdoc looks into the module itself, where names appear when used
        setattr(vfi, name, getattr(vfi, name))
    pdoc.render.configure(docformat="google", show_source=False)
    others = ("vfi.moviepy", "vfi.vapoursynth")
    pdoc.pdoc("vfi", *others, r"!vfi[.](?!moviepy|vapoursynth)", output_directory=folder)
    page = (folder / "vfi.html").read_text("utf-8")
    missing = [name for name in vfi.__all__ if f'id="{name}"' not in page]
    if missing:
        raise SystemExit(f"no page for {', '.join(missing)}")


def write_man(folder: Path) -> None:
    """Write the man pages: vfi.1 and one for each command."""
    folder.mkdir(parents=True, exist_ok=True)
    for context in contexts(click.Context(group, info_name="vfi")):
        name = context.command_path.replace(" ", "-")
        (folder / f"{name}.1").write_text(man_page(context), "utf-8")


def write_reference(folder: Path) -> None:
    """Both of them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "commands.md").write_text(page(), "utf-8")
    write_man(folder / "man")
    write_api(folder / "api")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
