"""Who is let through: the owner of the token, by the page's own address, and nobody else."""

import asyncio
from typing import Any

import pytest

from vfi.web.guard import Access, Guard

ACCESS = Access(8123, "the-token")
OURS = {"host": "127.0.0.1:8123", "cookie": "vfi-8123=the-token"}


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"1")]})
    await send({"type": "http.response.body", "body": b"in"})


def asked(
    headers: dict[str, str], path: str = "/", query: str = "", kind: str = "http"
) -> list[dict[str, Any]]:
    """What the guard answers."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "query_string": query.encode(), "headers": pairs}
    asyncio.run(Guard(_app, ACCESS, 1000)(scope, receive, send))
    return sent


def status(*arguments: Any, **more: Any) -> int:
    return int(asked(*arguments, **more)[0]["status"])


def test_the_address_opens_it_and_gives_a_cookie() -> None:
    start = asked({"host": "127.0.0.1:8123"}, query="token=the-token")[0]
    assert start["status"] == 200
    cookie = dict(start["headers"])[b"set-cookie"].decode()
    assert cookie == "vfi-8123=the-token; Path=/; HttpOnly; SameSite=Strict"
    assert ACCESS.address == "http://127.0.0.1:8123/?token=the-token"


def test_the_cookie_does_from_then_on() -> None:
    start = asked(OURS, "/file/x")[0]
    assert start["status"] == 200
    assert b"set-cookie" not in dict(start["headers"])
    assert status({**OURS, "origin": "http://127.0.0.1:8123"}) == 200
    assert status({**OURS, "host": "localhost:8123"}) == 200


@pytest.mark.parametrize(
    ("headers", "path", "query"),
    [
        ({"host": "127.0.0.1:8123"}, "/", ""),  # no token
        ({"host": "127.0.0.1:8123"}, "/", "token=another"),
        ({"host": "127.0.0.1:8123"}, "/", "token="),
        ({"host": "127.0.0.1:8123"}, "/file/x", "token=the-token"),  # only the page takes it
        ({**OURS, "cookie": "vfi-8123=other"}, "/", ""),
        ({**OURS, "cookie": "vfi-8124=the-token"}, "/", ""),  # another server's
        ({**OURS, "cookie": "\x00=;;"}, "/", ""),
        ({**OURS, "host": "evil.example:8123"}, "/", ""),  # a name that leads to 127.0.0.1
        ({**OURS, "host": "127.0.0.1"}, "/", ""),
        ({**OURS, "host": ""}, "/", ""),
        ({**OURS, "origin": "http://evil.example"}, "/", ""),  # another page
        ({**OURS, "origin": "https://127.0.0.1:8123"}, "/", ""),
        ({**OURS, "origin": "http://127.0.0.1:9000"}, "/", ""),
        ({**OURS, "origin": "null"}, "/", ""),
    ],
)
def test_everybody_else_is_refused(headers: dict[str, str], path: str, query: str) -> None:
    sent = asked(headers, path, query)
    assert sent[0]["status"] == 403
    assert b"the-token" not in sent[1]["body"]


def test_a_connection_of_another_page_is_closed() -> None:
    assert asked(OURS, kind="websocket") == [{"type": "websocket.accept"}]
    foreign = {**OURS, "origin": "http://evil.example"}
    assert asked(foreign, kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_uploads_are_limited() -> None:
    assert status({**OURS, "content-length": "1000"}) == 200
    assert status({**OURS, "content-length": "1001"}) == 413
    assert status({**OURS, "content-length": "-5"}) == 411
    assert status({**OURS, "transfer-encoding": "chunked"}) == 411


def test_the_browser_is_told_to_load_nothing_of_others() -> None:
    headers = dict(asked(OURS)[0]["headers"])
    assert headers[b"x"] == b"1"
    policy = headers[b"content-security-policy"].decode()
    sources = {word for rule in policy.split("; ") for word in rule.split()[1:]}
    assert sources <= {"'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:", "'none'"}
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_tokens_are_made_anew() -> None:
    tokens = {Access(1).token for _ in range(5)}
    assert len(tokens) == 5
    assert all(len(token) >= 32 for token in tokens)
