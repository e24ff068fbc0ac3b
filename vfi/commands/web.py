"""`vfi web`: a page in the browser, for people who do not type."""

import threading
import webbrowser
from pathlib import Path

import click

from ..errors import UsageError
from . import options

MEBIBYTE = 1 << 20


@click.command("web")
@click.option(
    "--root",
    "roots",
    type=options.PATH,
    multiple=True,
    help="A folder whose files the page may read and write; several are. [default: this folder]",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default: any.")
@click.option(
    "--max-upload",
    type=click.IntRange(0),
    default=2048,
    show_default=True,
    metavar="MIB",
    help="How large a file may be that is dropped on the page; by its path it may be of any size.",
)
@click.option(
    "--state", type=options.OUT_FILE, help="The file of the queue. [default: one for each --root]"
)
@click.option("--no-open", is_flag=True, help="Only print the address.")
def command(
    roots: tuple[Path, ...], port: int, max_upload: int, state: Path | None, no_open: bool
) -> None:
    """Open a page on this machine: choose a video, see what will happen, render, play.

    Nothing leaves the machine, and nobody else reaches the page: it listens on 127.0.0.1 alone and
    wants the token in the address that is printed. Ctrl-C ends it; jobs that wait go on with the
    next start. Needs `pip install 'vfi[web]'`.
    """
    from ..web.roots import Roots

    folders = Roots(roots or (Path(),))
    try:
        from ..web.guard import Access
        from ..web.server import bound, serve, state_file
        from ..web.service import Service
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is missing: pip install 'vfi[web]'") from error
    listener = bound(port)
    access = Access(listener.getsockname()[1])
    click.echo(access.address)

    def opened() -> None:
        if not no_open:
            threading.Thread(target=webbrowser.open, args=(access.address,), daemon=True).start()

    service = Service(folders, state or state_file(folders))
    serve(service, listener, access, max_upload * MEBIBYTE, opened)
