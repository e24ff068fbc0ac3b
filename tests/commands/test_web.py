"""`vfi web`: what can be known to be wrong before a page is there is one line."""

import socket
import sys
from pathlib import Path

import pytest

from tests.helpers.cli import RunVfi


def test_without_the_extra(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "vfi.web.server", raising=False)
    ended = run_vfi("web", "--root", tmp_path)
    assert ended.code == 2
    assert ended.complaint == "Error: uvicorn is missing: pip install 'vfi[web]'"


def test_a_root_that_is_none(run_vfi: RunVfi, tmp_path: Path) -> None:
    ended = run_vfi("web", "--root", tmp_path / "nowhere")
    assert ended.code == 1
    assert ended.complaint == f"Error: {tmp_path}/nowhere is no folder"


def test_a_port_that_is_taken(run_vfi: RunVfi, tmp_path: Path) -> None:
    pytest.importorskip("nicegui")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_vfi("web", "--root", tmp_path, "--port", port, "--no-open")
    assert ended.code == 1
    used = "cannot be used: Address already in use; 0 takes one that is free"
    assert ended.complaint == f"Error: --port {port} {used}"
