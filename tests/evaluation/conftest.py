"""What the tests of this room share."""

import os
import shutil

import pytest

from tests.helpers.data_sets import MadeSet
from tests.helpers.textures import texture
from vfi.evaluation.datasets.samples import Sample

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser():
    """The path of a Chromium. Without one the test is skipped in sight, or fails if insisted on."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("VFI_REQUIRE_BROWSER"):
            pytest.fail("VFI_REQUIRE_BROWSER is set, and there is no Chromium")
        pytest.skip("no Chromium on this machine: the report was not looked at in a browser")
    return found


@pytest.fixture
def made_set():
    """Three samples of a texture that moves by 2, 4 and 8 pixels between the two frames."""
    return MadeSet(
        tuple(
            Sample(f"by {d}", texture(0, seed=d), texture(d, seed=d), texture(d // 2, seed=d))
            for d in (2, 4, 8)
        )
    )
