"""A video written again by vfi, with all that goes beside its pictures."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter


def copy(source: Path, target: Path, **settings: Any) -> VideoWriter:
    """Write the frames of a video again, with all that goes beside them."""
    start, stop = settings.get("part", (F(0), None))
    stretch = settings.get("stretch", F(1))
    with VideoReader(source) as reader:
        info = reader.info
        _times, end = reader.times()
        with VideoWriter(
            target,
            info.width,
            info.height,
            F(25),
            like=info,
            copy_from=source,
            preset=settings.pop("preset", None),
            **settings,
        ) as writer:
            for frame in reader:
                if start <= frame.time and (stop is None or frame.time < stop):
                    writer.write(frame.pixels, (frame.time - start) * stretch)
            writer.close((min(end, stop or end) - start) * stretch)
    return writer
