"""PySceneDetect, without what it loads besides.

Its package imports every back end that is installed, moviepy among them, which brings an FFmpeg
of its own along (165 MB); `vfi` gives it frames and needs none of them.
"""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def _missing(module: str) -> Iterator[None]:
    """Inside the block a module that is not loaded yet cannot be imported."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # Python's word for it
    try:
        yield
    finally:
        del sys.modules[module]


with _missing("moviepy"):
    from scenedetect import FrameTimecode as FrameTimecode
    from scenedetect.detectors import ContentDetector as ContentDetector
