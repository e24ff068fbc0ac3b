"""A page that is served as people start it, and a browser that looks at it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.clips import make_clip
from vfi.media.pictures.images import write_image

LIMIT = 180  # seconds that a test may take, of which it needs 3 to 10: then its browser is killed
FLAGS = [
    "--headless=new",
    "--remote-debugging-port=0",  # any that is free
    "--hide-scrollbars",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
]
# Tells of every connection and every name that the server's process asks for beyond this machine.
WATCHER = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        address = arguments[1] if event == "socket.connect" else arguments
        if isinstance(address, tuple) and str(address[0]) not in ("127.0.0.1", "localhost", "None"):
            open({told!r}, "a").write(repr((event, address)) + chr(10))
sys.addaudithook(watch)
"""
HOSTILE = "<img src=x onerror=alert(1)>.mp4"


@dataclass
class Served:
    """A page that is served."""

    address: str
    root: Path
    process: "subprocess.Popen[str]"
    told: Path  # connections beyond this machine
    said: Path  # its standard error: in a file, since a pipe that nobody reads fills up

    @property
    def origin(self) -> str:
        return self.address.partition("/?")[0]


def textured(count: int, width: int, height: int) -> list[Any]:
    """Noise that moves two pixels a frame."""
    wide = np.random.default_rng(3).integers(0, 255, (height // 8, width // 4, 3), np.uint8)
    large = wide.repeat(8, axis=0).repeat(8, axis=1)
    return [np.ascontiguousarray(large[:height, 2 * n : 2 * n + width]) for n in range(count)]


def heed_interrupts() -> None:
    """A shell that starts tests in the background has them ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(root: Path, state: Path, home: Path) -> Served:
    """Start `vfi web` in a process of its own and wait until it says where it is."""
    home.mkdir(exist_ok=True)
    told = home / "told.txt"
    (home / "sitecustomize.py").write_text(WATCHER.format(told=str(told)))
    words = [sys.executable, "-m", "vfi", "web", "--root", root, "--state", state, "--no-open"]
    here = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{here}"}
    said = home / "said.txt"
    with said.open("w") as errors:
        process = subprocess.Popen(
            list(map(str, words)),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
            cwd=home,
            preexec_fn=heed_interrupts,
        )
    assert process.stdout is not None
    return Served(process.stdout.readline().strip(), root, process, told, said)


def end(served: Served) -> tuple[int, str]:
    """Ctrl-C; the exit code and what was said."""
    served.process.send_signal(signal.SIGINT)
    try:
        served.process.communicate(timeout=60)
    finally:
        served.process.kill()  # a test of it has failed then; nothing of it stays
    return served.process.returncode, served.said.read_text()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("nicegui")
    place = tmp_path_factory.mktemp("web")
    root = place / "root"
    (root / "pictures").mkdir(parents=True)
    make_clip(root / "clip.mp4", 8)
    make_clip(root / "long.mp4", pictures=textured(60, 320, 240))
    make_clip(root / HOSTILE, 2)
    for number, picture in enumerate(textured(4, 64, 48)):
        write_image(root / "pictures" / f"p{number}.png", picture)
    served = start(root, place / "queue.json", place / "home")
    yield served
    code, said = end(served)
    assert (code, said.strip()) == (130, "Interrupted; nothing is left half-written.")
    assert not served.told.exists(), served.told.read_text()


@contextmanager
def chromium_process(program: str, home: Path) -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """Yield a Chromium that can be killed from outside, and where it can be reached."""
    words = [program, *FLAGS, f"--user-data-dir={home}", "about:blank"]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(words, stdout=silent, stderr=silent)
    try:
        told = home / "DevToolsActivePort"
        while not (told.exists() and told.read_text().count("\n") == 1):
            assert process.poll() is None, "Chromium does not start"
            time.sleep(0.02)
        port, path = told.read_text().split("\n")
        yield process, f"ws://127.0.0.1:{port}{path}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with pytest.importorskip("playwright.sync_api").sync_playwright() as started:
        yield started


@pytest.fixture
def chromium(browser: str, playwright: Any, tmp_path: Path) -> Iterator[Any]:
    """A browser of the test's own. At `LIMIT` it is killed, and whatever waits for it fails.

    Several of Playwright's calls, `evaluate` first of all, wait without an end for a page that is
    busy; and a signal, by which pytest-timeout ends a test, is swallowed where it comes while
    Playwright takes in what the browser says.
    """
    with chromium_process(browser, tmp_path / "chromium") as (process, address):
        late = threading.Timer(LIMIT, process.kill)
        late.start()
        yield playwright.chromium.connect_over_cdp(address)
        late.cancel()
        assert process.poll() is None, f"killed: the test took more than {LIMIT} s"


@pytest.fixture
def opened(served: Served, chromium: Any) -> Iterator[Any]:
    """Opens the page; at the end, all that it has asked for came from its own server."""
    contexts = []
    asked: list[str] = []
    wrong: list[str] = []

    def open_page(**how: Any) -> Any:
        context = chromium.new_context(**({"viewport": {"width": 1000, "height": 900}} | how))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(served.address)
        page.get_by_role("heading", name="1. What to interpolate").wait_for()
        return page

    yield open_page
    assert chromium.is_connected(), f"killed: the test took more than {LIMIT} s"
    for context in contexts:
        context.close()
    assert asked
    own = (f"{served.origin}/", f"{served.origin.replace('http', 'ws')}/", "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert wrong == []
