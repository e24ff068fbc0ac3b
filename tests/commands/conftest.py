"""The command line, called as a person calls it, but without a new process each time."""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vfi.commands import main


@dataclass(frozen=True)
class Ended:
    """How a call ended: its exit code, and what it said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on stderr; fails if there are more, or none."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


RunVfi = Callable[..., Ended]


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


@contextmanager
def small_disk() -> Iterator[None]:
    """No file can grow beyond 4 kB, which the kernel tells as it tells that a disk is full.

    Only around the call itself: pytest's own output may be a file that is longer already, and
    the next dot written to it would end the whole run without a word.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def texture(right: int = 0, height: int = 48, width: int = 64, seed: int = 4) -> NDArray[np.uint8]:
    """A smooth texture (H, W, 3) that has moved to the right by up to 16 pixels."""
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width + 16, 3))
    smooth = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 2)
    smooth = np.clip((smooth - 127.5) * 5 + 127.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(smooth[:, 16 - right : 16 - right + width])


def names_in(folder: Path) -> list[str]:
    """All files below a folder, hidden and temporary ones too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
