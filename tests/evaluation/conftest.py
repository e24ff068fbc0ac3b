"""What the tests of this room share."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from vfi.evaluation.samples import Sample, choose

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "browser: opens a page in headless Chromium; VFI_REQUIRE_BROWSER=1 insists"
    )


@pytest.fixture(scope="session")
def browser():
    """The path of a Chromium. Without one the test is skipped in sight, or fails if insisted on."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("VFI_REQUIRE_BROWSER"):
            pytest.fail("VFI_REQUIRE_BROWSER is set, and there is no Chromium")
        pytest.skip("no Chromium on this machine: the report was not looked at in a browser")
    return found


def moving(shift, size=(48, 64), seed=3):
    """A smooth texture `shift` pixels further right."""
    height, width = size
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width + 64, 3))
    smooth = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 2.5)
    smooth = np.clip((smooth - 127.5) * 5 + 127.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(smooth[:, 32 - shift : 32 - shift + width])


@dataclass(frozen=True)
class MadeSet:
    """Samples made in memory."""

    samples: tuple[Sample, ...]
    title: str = "made set"
    protocol: str = "as the test says"
    chosen: frozenset[str] | None = field(default=None)

    @property
    def names(self) -> list[str]:
        return choose([s.name for s in self.samples], self.chosen, self.title)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Sample]:
        return (s for s in self.samples if s.name in set(self.names))

    def only(self, names):
        return MadeSet(self.samples, self.title, self.protocol, frozenset(names))


@pytest.fixture
def made_set():
    """Three samples of a texture that moves by 2, 4 and 8 pixels between the two frames."""
    return MadeSet(
        tuple(
            Sample(f"by {d}", moving(0, seed=d), moving(d, seed=d), moving(d // 2, seed=d))
            for d in (2, 4, 8)
        )
    )
