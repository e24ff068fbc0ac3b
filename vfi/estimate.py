"""How long a schedule will take to render here, measured on a piece of one frame."""

import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .interpolator import PairMaker
from .media.frame import VideoFrame
from .rendering.frame_maker import FrameMaker
from .rendering.render import RenderOptions
from .rendering.window import Window, resized
from .timeline.content import Interpolated
from .timeline.schedule import Schedule
from .timeline.shutter import all_contents

PIECE = 384  # pixels: the longest side of what is measured; the time grows with the area
MOVED = 3  # pixels to the right, so that there is something to interpolate


def rendering_seconds(
    schedule: Schedule, interpolator: PairMaker, frame: NDArray[Any], options: RenderOptions
) -> float:
    """Return how many seconds the interpolated frames of a schedule will take.

    Decoding and encoding, which mostly take far less, are not in it.

    Args:
        frame: one of the source, (H, W, 3 or 4).
        options: fitted to the size of the frames.
    """
    pairs, betweens = count_work(schedule, options.shutter)
    if not betweens:
        return 0.0
    whole = resized(frame, options.size)
    piece = np.ascontiguousarray(whole[:PIECE, :PIECE])
    plain = replace(options, mask=None, width=None, height=None)
    lap(interpolator, piece, plain, 1)  # what is compiled or loaded first is not measured
    one, three = (lap(interpolator, piece, plain, count) for count in (1, 3))
    each = max(three - one, 0) / 2
    ratio = whole[..., 0].size / piece[..., 0].size
    return ratio * (pairs * max(one - each, 0) + betweens * each)


def count_work(schedule: Schedule, shutter: Fraction | None = None) -> tuple[int, int]:
    """Return how many pairs of frames, and how many pictures between two, a schedule needs."""
    pairs = betweens = 0
    last: tuple[int, int] | None = None
    for content in all_contents(schedule, shutter):
        if isinstance(content, Interpolated):
            betweens += 1
            pairs += (content.one, content.two) != last
            last = content.one, content.two
    return pairs, betweens


def lap(interpolator: PairMaker, piece: NDArray[Any], options: RenderOptions, count: int) -> float:
    """Seconds for `count` pictures between a piece of a frame and the same, moved."""
    moved = np.roll(piece, MOVED, axis=1)
    frames = [VideoFrame(piece, Fraction(0)), VideoFrame(moved, Fraction(1))]
    maker = FrameMaker(interpolator, Window(frames), options.still)
    since = time.perf_counter()
    for number in range(count):
        maker.picture(Interpolated(0, 1, Fraction(number + 1, count + 1)))
    return time.perf_counter() - since
