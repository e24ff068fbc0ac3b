"""Who may reach the page: only who has its address, from this machine, by the page itself.

A browser sends requests to 127.0.0.1 for any page that is open in it. So three things are asked
of every request: the `Host` is ours (a name that an attacker lets point to 127.0.0.1 is not), the
`Origin`, where there is one, is ours (another page's is not), and the token is there, in the
address at first and in a cookie from then on (another user of this machine does not have it).
"""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

LOOPBACK = "127.0.0.1"
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# The browser itself refuses what is not ours: no script, picture or connection of another machine.
# The library compiles its templates in the browser, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Access:
    """Where the page is, and the token that opens it."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        """What is to be opened."""
        return f"http://{LOOPBACK}:{self.port}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """The cookie's name: a browser shares cookies among all ports of a machine."""
        return f"vfi-{self.port}"

    def is_host(self, host: str) -> bool:
        return host in (f"{LOOPBACK}:{self.port}", f"localhost:{self.port}")

    def is_origin(self, origin: str) -> bool:
        return origin.startswith("http://") and self.is_host(origin.removeprefix("http://"))

    def is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.token.encode())


class Guard:
    """Stands before an ASGI application and lets through what is allowed.

    Args:
        most: bytes that a request may bring.
    """

    def __init__(self, app: App, access: Access, most: int) -> None:
        self._app, self._access, self._most = app, access, most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = _token_in_address(scope)
        refusal = self._refusal(headers, asked)
        if refusal is not None:
            await _refuse(scope, send, *refusal)
            return
        given = self._cookie() if asked else None
        await self._app(scope, receive, _with_headers(send, given))

    def _refusal(self, headers: dict[bytes, str], asked: str) -> tuple[HTTPStatus, str] | None:
        access, origin = self._access, headers.get(b"origin")
        if not access.is_host(headers.get(b"host", "")):
            return HTTPStatus.FORBIDDEN, "this page has another address"
        if origin is not None and not access.is_origin(origin):
            return HTTPStatus.FORBIDDEN, "another page may not use this one"
        if not access.is_token(asked or _cookie_of(headers, access.cookie)):
            return HTTPStatus.FORBIDDEN, "open the address that `vfi web` has printed"
        return self._too_much(headers)

    def _too_much(self, headers: dict[bytes, str]) -> tuple[HTTPStatus, str] | None:
        length = headers.get(b"content-length", "0")
        if b"transfer-encoding" in headers or not length.isdecimal():
            return HTTPStatus.LENGTH_REQUIRED, "say how much it is"
        if int(length) > self._most:
            most = f"{self._most / 2**20:.0f} MiB"
            said = f"files of more than {most} are not uploaded; choose it by its path"
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said
        return None

    def _cookie(self) -> str:
        return f"{self._access.cookie}={self._access.token}; Path=/; HttpOnly; SameSite=Strict"


def _token_in_address(scope: Message) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return query.get("token", [""])[0] if scope["path"] == "/" else ""


def _cookie_of(headers: dict[bytes, str], name: str) -> str:
    try:
        found = SimpleCookie(headers.get(b"cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _with_headers(send: Send, cookie: str | None) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = _HEADERS | ({"Set-Cookie": cookie} if cookie else {})
            added = [(name.lower().encode(), value.encode()) for name, value in more.items()]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sending


async def _refuse(scope: Message, send: Send, status: HTTPStatus, said: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    text = f"vfi: {said}\n".encode()
    head = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"),
            (b"content-length", str(len(text)).encode())]  # fmt: skip
    await send({"type": "http.response.start", "status": status.value, "headers": head})
    await send({"type": "http.response.body", "body": text})
