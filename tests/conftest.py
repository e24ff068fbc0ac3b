"""What holds for all tests: random examples are the same in every run, unless `make fuzz` asks;
what several rooms share.
"""

import json
import os
import shutil

import pytest
from hypothesis import settings

from vfi import half_precision

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile("fuzz" if os.environ.get("VFI_FUZZ") else "same")


@pytest.fixture(scope="session", autouse=True)
def same_precision_everywhere(tmp_path_factory):
    """Frames of tests are those of fp32, whatever this processor is faster with."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))  # of programs that tests start, too
        file = half_precision.cache_file()
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({half_precision.machine(): 0.0}))
        half_precision.bf16_gain.cache_clear()
        yield


def pytest_runtest_setup(item):
    """Leave out what takes long, unless it is asked for: `make test` is to take minutes."""
    if item.get_closest_marker("slow") and not os.environ.get("VFI_TEST_SLOW"):
        pytest.skip("slow: `make slow` runs it")


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
