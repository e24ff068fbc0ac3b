"""A video written again by vfi, with all that goes beside its pictures."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

from vfi.media.options import EncodingOptions
from vfi.media.streams.copy_options import CopyOptions
from vfi.media.video.encoding import resolve_encoding
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import PlanWriter


def copy(
    source: Path,
    target: Path,
    part: tuple[F, F | None] = (F(0), None),
    stretch: F = F(1),
    mute: bool = False,
    **encoding: Any,
) -> PlanWriter:
    """Write the frames of a video again, with all that goes beside them."""
    start, stop = part
    with VideoReader(source) as reader:
        _times, end = reader.times()
        plan = resolve_encoding(target, reader.info, EncodingOptions(**encoding), F(25))
        copied = CopyOptions(source, part, stretch, mute, reader.info.start)
        with PlanWriter(plan, copied) as writer:
            for frame in reader:
                if start <= frame.time and (stop is None or frame.time < stop):
                    writer.write(frame.pixels, (frame.time - start) * stretch)
            writer.close((min(end, stop or end) - start) * stretch)
    return writer
