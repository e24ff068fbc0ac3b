"""`vfi man`: the man page, made from the help."""

import re
from collections.abc import Iterator

import click

_MACRO = re.compile(r"^(?=[.'])", re.MULTILINE)


@click.command("man")
@click.argument("name", metavar="[COMMAND]", required=False)
def command(name: str | None) -> None:
    """Print the man page of vfi, or of one of its commands: `vfi man video | man -l -`.

    `make docs` writes all of them to build/docs/man/.
    """
    from . import group

    top = click.Context(group, info_name="vfi")
    below = top if name is None else _below(top, name)
    click.echo(man_page(below), nl=False)


def _below(top: click.Context, name: str) -> click.Context:
    assert isinstance(top.command, click.Group)
    found = top.command.get_command(top, name)
    if found is None:
        raise click.UsageError(f"no command {name!r}: see vfi --help")
    return click.Context(found, parent=top, info_name=name)


def man_page(ctx: click.Context) -> str:
    """Return the page of a command, and of what is below it, as man(7) has it."""
    return "\n".join(_lines(ctx)) + "\n"


def _lines(ctx: click.Context) -> Iterator[str]:
    from .. import __version__

    title = ctx.command_path.replace(" ", "-")
    first, *rest = _paragraphs(ctx.command.help or "")
    usage = " ".join(ctx.command.collect_usage_pieces(ctx))
    yield f'.TH "{title.upper()}" "1" "" "vfi {__version__}" "vfi"'
    yield from (".SH NAME", f"{_text(title)} \\- {_text(first.rstrip('.'))}")
    yield from (".SH SYNOPSIS", f"\\fB{_text(ctx.command_path)}\\fR {_text(usage)}")
    if rest:
        yield ".SH DESCRIPTION"
        for paragraph in rest:
            yield from _paragraph(paragraph)
    yield from (".SH OPTIONS", *_options(ctx))
    if isinstance(ctx.command, click.Group):
        yield from (".SH COMMANDS", *_commands(ctx, ctx.command))
    if ctx.parent is None:
        yield ".SH EXIT STATUS"
        yield "0 done, 1 failed, 2 wrong call, 130 Ctrl\\-C, 143 SIGTERM, 129 SIGHUP."


def _paragraphs(help_text: str) -> list[str]:
    import inspect

    return [part for part in inspect.cleandoc(help_text).split("\n\n") if part.strip()] or [""]


def _paragraph(text: str) -> Iterator[str]:
    """Yield a paragraph; one that begins with click's \\b keeps its lines."""
    yield ".PP"
    if text.startswith("\b"):
        yield from (".nf", _text(text.removeprefix("\b").strip("\n")), ".fi")
    else:
        yield _text(" ".join(text.split()))


def _options(ctx: click.Context) -> Iterator[str]:
    for parameter in ctx.command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and isinstance(parameter, click.Option):
            names, said = record
            yield from (".TP", f"\\fB{_text(names)}\\fR", _text(said))


def _commands(ctx: click.Context, group: click.Group) -> Iterator[str]:
    for name in group.list_commands(ctx):
        below = group.get_command(ctx, name)
        if below is not None:
            said = below.get_short_help_str(200)
            yield from (".TP", f"\\fB{_text(ctx.command_path)} {_text(name)}\\fR", _text(said))


def _text(text: str) -> str:
    """Write text so that roff takes nothing in it for a word of its own."""
    plain = _MACRO.sub(r"\\&", text.replace("\\", "\\e").replace("-", "\\-"))
    return "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in plain)
