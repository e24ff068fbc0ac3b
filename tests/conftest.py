"""What holds for all tests: random examples are the same in every run, unless `make fuzz` asks."""

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", deadline=None, print_blob=True)
settings.load_profile("fuzz" if os.environ.get("VFI_FUZZ") else "same")
