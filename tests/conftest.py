"""What holds for all tests: random examples are the same in every run, unless `make fuzz` asks;
what several rooms share.
"""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile("fuzz" if os.environ.get("VFI_FUZZ") else "same")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser():
    """The path of a Chromium. Without one the test is skipped in sight, or fails if insisted on."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("VFI_REQUIRE_BROWSER"):
            pytest.fail("VFI_REQUIRE_BROWSER is set, and there is no Chromium")
        pytest.skip("no Chromium on this machine: no page was looked at in a browser")
    return found
