"""What is shown and what is taken: only what lies on the shelf; only files that can be used."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from starlette.requests import Request

from vfi.errors import InputError
from vfi.web.shelf import PICTURES, Shelf
from vfi.web.uploads import LONGEST, Uploads, safe_name


def request(key: str, headers: dict[str, str] | None = None, **params: str) -> Request:
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request(
        {"type": "http", "method": "GET", "headers": pairs, "path_params": {"key": key, **params}}
    )


def given(shelf: Shelf, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    asked = request(address.rpartition("/")[2], headers)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def answer() -> None:
        response = await shelf.answer(asked)
        await response(asked.scope, receive, send)

    asyncio.run(answer())
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_player_can_seek(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(bytes(range(100)))
    shelf = Shelf()
    address = shelf.file(tmp_path / "a.mp4")
    assert shelf.file(tmp_path / "a.mp4") == address
    status, headers, body = given(shelf, address)
    assert (status, headers["content-type"], body) == (200, "video/mp4", bytes(range(100)))
    status, headers, body = given(shelf, address, range="bytes=10-19")
    assert (status, headers["content-range"], body) == (
        206,
        "bytes 10-19/100",
        bytes(range(10, 20)),
    )


def test_nothing_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    shelf = Shelf()
    address = shelf.file(tmp_path / "a.mp4")
    assert given(shelf, f"/file/{tmp_path / 'a.mp4'}")[0] == 404
    assert given(shelf, "/file/unknown")[0] == 404
    (tmp_path / "a.mp4").unlink()
    assert given(shelf, address)[0] == 404


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.mkv.html", "a"])
def test_nothing_that_a_browser_would_run_is_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<script>alert(1)</script>")
    shelf = Shelf()
    _, headers, _ = given(shelf, shelf.file(tmp_path / name))
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")


def test_pictures_in_memory_are_few() -> None:
    shelf = Shelf()
    addresses = [shelf.picture(b"%d" % number) for number in range(PICTURES + 1)]
    assert given(shelf, addresses[0])[0] == 404
    assert given(shelf, addresses[1])[2] == b"1"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/x.mp4", "x.mp4"),
        ("C:\\films\\Über uns.MOV", "Über uns.MOV"),
        (".hidden.mp4", "hidden.mp4"),
        ('a"<b>\n.png', "a__b__.png"),
        ("n" * 300 + ".mp4", "n" * LONGEST + ".mp4"),
    ],
)
def test_names_are_made_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["run.sh", "mp4", "", "..", "a.html", "a.mp4/b"])
def test_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="is neither a video nor a picture"):
        safe_name(name)


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads")
    messages = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    scope = {"type": "http", "method": "PUT", "headers": [], "path_params": {"name": "a.mp4"}}
    answer = asyncio.run(uploads.answer(Request(scope, receive)))
    assert answer.status_code == 400
    assert list((tmp_path / "uploads").iterdir()) == []
