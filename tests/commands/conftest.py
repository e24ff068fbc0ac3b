"""The command line, called as a person calls it, but without a new process each time."""

import sys
from typing import Any

import pytest

from tests.helpers.cli import Ended, RunVfi
from vfi.commands import main


@pytest.fixture
def run_vfi(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> RunVfi:
    """Calls `vfi` with some words; everything that reaches stdout and stderr is caught."""
    monkeypatch.delenv("VFI_DEBUG", raising=False)

    def run(*words: Any) -> Ended:
        monkeypatch.setattr(sys, "argv", ["vfi", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, said.out, said.err)

    return run
