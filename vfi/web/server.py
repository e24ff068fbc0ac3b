"""The server of the page: on this machine alone, behind a guard."""

import contextlib
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request
from starlette.responses import Response

from ..errors import OutputError
from ..media.output import reason
from .guard import LOOPBACK, Access, Guard
from .page import show
from .roots import Roots
from .service import Service

GRACE = 1  # seconds that open connections have when the server ends
RECONNECT = 30  # seconds in which a lost connection finds its page again


def bound(port: int) -> socket.socket:
    """Return a socket on the loopback interface; port 0 takes one that is free.

    Raises:
        OutputError: the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        said = f"port {port} cannot be used: {reason(error)}; 0 takes one that is free"
        raise OutputError(said, option="port") from error
    listener.listen(128)
    return listener


def state_file(roots: Roots) -> Path:
    """Where the queue of these folders is kept, if nobody says: in the user's own state folder."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = hashlib.sha256("\0".join(map(str, roots.folders)).encode()).hexdigest()[:12]
    return home / "vfi" / f"web-{name}.json"


def serve(
    service: Service, listener: socket.socket, access: Access, most: int, opened: Callable[[], None]
) -> None:
    """Serve the page until Ctrl-C or SIGTERM.

    Args:
        listener: from `bound`.
        most: bytes that a dropped file may have.
        opened: is called once, when the page can be opened.

    Raises:
        VfiError: there can be no page, such as for a damaged file of the queue.
    """
    guard = Guard(application(service, opened), access, most)
    config = uvicorn.Config(
        guard,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    service.start(stop)
    try:
        server.run(sockets=[listener])
    finally:
        service.close()
    if service.error is not None:
        raise service.error


def application(service: Service, opened: Callable[[], None]) -> FastAPI:
    """Return the page, the files that it shows, and the files that it is given."""

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        opened()
        yield

    app = FastAPI(lifespan=life, openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/file/{key}")
    async def file(request: Request) -> Response:
        desk = await service.desk()
        return await desk.shelf.answer(request) if desk else Response(status_code=503)

    @app.put("/upload/{name:path}")
    async def upload(request: Request) -> Response:
        desk = await service.desk()
        return await desk.uploads.answer(request) if desk else Response(status_code=503)

    show(service)
    ui.run_with(
        app,
        title="vfi",
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=RECONNECT,
        show_welcome_message=False,
    )
    return app
