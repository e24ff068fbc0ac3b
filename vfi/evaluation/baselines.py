"""Interpolation without any weights: the methods that every learned one has to beat.

Each is a function `(one, two, t)` of two `(H, W, 3)` uint8 RGB pictures of one size and a time
0 ≤ t ≤ 1 between them; it returns the picture at t, `(H, W, 3)` uint8.
"""

from collections.abc import Callable
from fractions import Fraction

import av
import av.filter
import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UsageError

Pixels = NDArray[np.uint8]
FlowArray = NDArray[np.float32]
PairFunction = Callable[[Pixels, Pixels, float], Pixels]

FINEST_FRACTION = 1000
"""`minterpolate` needs a rational t: the nearest one with at most this denominator."""

MINTERPOLATE_LEAST = 33
"""Pixels a side: the filter refuses to be configured for less (two blocks of 16 and one more)."""


def average(one: Pixels, two: Pixels, t: float = 0.5) -> Pixels:
    """Cross-fade: (1 − t) of the first picture and t of the second."""
    _check(one, two, t)
    return _blend(one, two, t)


def dis(one: Pixels, two: Pixels, t: float = 0.5) -> Pixels:
    """OpenCV's DIS flow (medium preset) both ways, both pictures warped to t, cross-faded.

    The flow from a pixel of frame t back to frame 0 is taken to be −t·F01, and to frame 1
    −(1 − t)·F10, each read where the *frame itself* has that pixel.
    """
    _check(one, two, t)
    flow_01, flow_10 = dis_flow(one, two), dis_flow(two, one)
    return _blend(_warp(one, -t * flow_01), _warp(two, (t - 1.0) * flow_10), t)


def dis_cross(one: Pixels, two: Pixels, t: float = 0.5) -> Pixels:
    """As `dis`, but with the other frame's flow: t·F10 towards frame 0, (1 − t)·F01 towards 1.

    A pixel of frame t lies on the way of the *backward* flow too, and that estimate draws no
    ghost behind a moving edge; on natural clips it is the stronger of the two.
    """
    _check(one, two, t)
    flow_01, flow_10 = dis_flow(one, two), dis_flow(two, one)
    return _blend(_warp(one, t * flow_10), _warp(two, (1.0 - t) * flow_01), t)


def minterpolate(one: Pixels, two: Pixels, t: float = 0.5) -> Pixels:
    """Ffmpeg's `minterpolate` filter with its default motion compensation, cut detection off.

    Block matching wants four frames; each picture is given twice, so that nothing beyond the pair
    is seen. Runs in 4:4:4 so that chroma is not halved.
    """
    _check(one, two, t)
    time = Fraction(t).limit_denominator(FINEST_FRACTION)
    if time in (0, 1):
        return (one if time == 0 else two).copy()
    return _minterpolate(one, two, time)


BASELINES: dict[str, PairFunction] = {
    "average": average,
    "dis": dis,
    "dis-cross": dis_cross,
    "minterpolate": minterpolate,
}


def baseline(name: str) -> PairFunction:
    """Return the baseline of that name. Raises `UsageError` with the choices."""
    if name not in BASELINES:
        raise UsageError(f"no baseline {name!r}; there are: {', '.join(BASELINES)}")
    return BASELINES[name]


def dis_flow(one: Pixels, two: Pixels) -> FlowArray:
    """Dense inverse search flow from `one` to `two`: (H, W, 2) pixels, x right and y down."""
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey_one = cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)
    grey_two = cv2.cvtColor(two, cv2.COLOR_RGB2GRAY)
    flow: FlowArray = estimator.calc(grey_one, grey_two, None)
    return flow


def _check(one: Pixels, two: Pixels, t: float) -> None:
    for picture in (one, two):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise InputError(
                f"baselines take (H, W, 3) uint8 pictures, not {picture.shape} {picture.dtype}"
            )
    if one.shape != two.shape:
        raise InputError(f"pictures of different sizes: {one.shape} and {two.shape}")
    if not 0.0 <= t <= 1.0:
        raise UsageError(f"t is between 0 and 1, not {t}")


def _blend(one: Pixels, two: Pixels, t: float) -> Pixels:
    mixed = (1.0 - t) * one.astype(np.float32) + t * two.astype(np.float32)
    return np.rint(mixed).astype(np.uint8)


def _warp(picture: Pixels, flow: FlowArray) -> Pixels:
    """Read the picture at p + flow(p), bilinearly, the border repeated."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    warped: Pixels = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped


def _minterpolate(one: Pixels, two: Pixels, t: Fraction) -> Pixels:
    """Return the filter's picture between the two, 0 < t < 1.

    The filter makes one picture a second from the first frame on. Shown at seconds 0, 1 − t,
    2 − t and 3 − t, the frames one, one, two, two put the wanted picture at second 1, so that
    none is computed in vain.
    """
    height, width = one.shape[:2]
    if min(height, width) < MINTERPOLATE_LEAST:
        least = f"{MINTERPOLATE_LEAST}x{MINTERPOLATE_LEAST}"
        raise InputError(f"minterpolate needs pictures of {least} or more, not {width}x{height}")
    graph = _minterpolate_graph(height, width, Fraction(1, t.denominator))
    for picture, second in ((one, Fraction(0)), (one, 1 - t), (two, 2 - t), (two, 3 - t)):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv444p", dst_colorspace="ITU709")
        frame.pts, frame.time_base = int(second * t.denominator), Fraction(1, t.denominator)
        graph.push(frame)
    graph.push(None)
    while True:
        try:
            made = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            break
        if isinstance(made, av.VideoFrame) and made.time == 1.0:
            reshown = made.reformat(format="rgb24", src_colorspace="ITU709")
            return np.asarray(reshown.to_ndarray(), dtype=np.uint8)
    raise InputError(f"minterpolate made no picture of {width}x{height}")


def _minterpolate_graph(height: int, width: int, time_base: Fraction) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("yuv444p"), time_base=time_base
    )
    chosen = graph.add("minterpolate", "fps=1:scd=none")
    sink = graph.add("buffersink")
    source.link_to(chosen)
    chosen.link_to(sink)
    graph.configure()
    return graph
