"""Frame interpolation for VapourSynth: `clip = vfi.vapoursynth.interpolate(clip, num=2)`.

The frameserver is not needed to import this; it comes with the clip.
"""

from collections import OrderedDict
from fractions import Fraction
from math import floor
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import UsageError, shown
from .interpolator import Interpolator, PairMaker, check_factor
from .media.frame import Colour
from .media.video.colour import matrix_of
from .rendering.frame_maker import FrameMaker
from .rendering.render import RenderOptions
from .timeline.content import Interpolated

_PAIRS = 2  # that are kept: the frameserver asks for a few frames ahead, not always in order


def interpolate(
    clip: Any,
    num: int = 2,
    den: int = 1,
    model: str | Path | None = None,
    sc: bool = True,
    *,
    fps_num: int | None = None,
    fps_den: int = 1,
    device: str = "auto",
    precision: str = "auto",
    interpolator: PairMaker | None = None,
    still: float = RenderOptions().still,
) -> Any:
    """Multiply the frame rate of a clip by num / den.

        clip = core.bs.VideoSource("clip.mkv")
        clip = core.misc.SCDetect(clip)  # marks the cuts
        clip = vfi.vapoursynth.interpolate(clip, num=5, den=2)

    Source frames at their own times are the clip's own, bit for bit; after the last one it is
    held, so that n frames make n · num / den (rounded half up) of exactly as many seconds. Frames
    keep the properties of the source frame before them, their duration as it has become.

    Args:
        clip: RGB, YUV or grey of any depth, of one format and size. All but half and single
            floats are computed in RGBS (by the matrix and range that the first frame states).
        num, den: the factor, 1 or more.
        model, device, precision: as for `vfi.Interpolator`.
        sc: nothing is mixed across a cut, where a frame says `_SceneChangeNext`; its picture is
            held there.
        fps_num, fps_den: instead of the factor: the frame rate that the result has.
        interpolator: one that exists already, instead of `model`, `device` and `precision`.
        still: 8-bit levels within which two frames agree where nothing moves; 0 leaves it to the
            model.

    Raises:
        UsageError: the factor is below 1, or the clip's format varies or is none of these.
        WeightsError, DeviceError: the model cannot be used.
    """
    _check_clip(clip)
    factor = _factor(clip, num, den, fps_num, fps_den)
    if factor == 1:
        return clip
    source = _spread(clip, factor)
    interpolator = interpolator or Interpolator(model, device, precision)
    check_factor(interpolator, factor, "num")
    maker = _Maker(interpolator, still, factor)
    made = _made(clip, source, maker, factor)
    count = clip.num_frames

    def choose(n: int, f: Any) -> Any:
        frame, t = moment(n, factor)
        is_cut = sc and bool(f.props.get("_SceneChangeNext", 0))
        return source if t == 0 or is_cut or frame + 1 >= count else made

    return source.std.FrameEval(choose, prop_src=[source], clip_src=[source, made])


class Moment(NamedTuple):
    """What an output frame shows."""

    frame: int  # of the source
    t: Fraction  # 0..1 on the way from it to the next


def moment(number: int, factor: Fraction) -> Moment:
    """Return what output frame `number` shows of a source whose rate is multiplied."""
    place = number / factor
    return Moment(floor(place), place - floor(place))


def frame_count(count: int, factor: Fraction) -> int:
    """Return how many frames come of `count`, as of a video: rounded half up."""
    return max(1, floor(count * factor + Fraction(1, 2)))


def _factor(clip: Any, num: int, den: int, fps_num: int | None, fps_den: int) -> Fraction:
    factor = _ratio(num, den, "num")
    if fps_num is not None:
        if not clip.fps:
            raise UsageError("a clip of a variable rate has a factor, no rate", option="fps_num")
        factor = _ratio(fps_num, fps_den, "fps_num") / clip.fps
    if factor < 1:
        raise UsageError(
            f"the rate would be multiplied by {factor}: by 1 or more",
            option="num" if fps_num is None else "fps_num",
        )
    if not clip.fps and factor.denominator > 1:
        raise UsageError("a clip of a variable rate takes whole factors", option="den")
    return factor


def _ratio(above: int, below: int, option: str) -> Fraction:
    try:
        return Fraction(above, below)
    except (TypeError, ZeroDivisionError):
        message = f"{option} {shown(above)} / {shown(below)} is no ratio of whole numbers"
        raise UsageError(message, option=option) from None


def _check_clip(clip: Any) -> None:
    if clip.format is None or not clip.width or not clip.height:
        raise UsageError("the clip's format or size varies; resize it to one first")


def _spread(clip: Any, factor: Fraction) -> Any:
    """Every frame as often as its time has room for, at the new rate."""
    import vapoursynth as vs

    many = vs.core.std.Interleave([clip] * factor.numerator)
    spread = many if factor.denominator == 1 else many.std.SelectEvery(factor.denominator, [0])
    return spread[: frame_count(clip.num_frames, factor)]


def _made(clip: Any, source: Any, maker: "_Maker", factor: Fraction) -> Any:
    """All frames interpolated, in the clip's format; they are computed where they are asked for."""
    floats, back = _as_floats(clip)
    following = floats[1:] + floats[-1] if clip.num_frames > 1 else floats
    pair = [_spread(floats, factor), _spread(following, factor)]
    made = back(pair[0].std.ModifyFrame(pair, maker.frame))
    return made.std.CopyFrameProps(source)


def _as_floats(clip: Any) -> tuple[Any, Any]:
    """Return the clip in samples that a network takes, and the way back."""
    import vapoursynth as vs

    if clip.format.color_family not in (vs.RGB, vs.YUV, vs.GRAY):
        raise UsageError(f"a clip of {clip.format.name}: give RGB, YUV or grey")
    if clip.format.sample_type == vs.FLOAT and clip.format.color_family != vs.YUV:
        return clip, lambda made: made
    home = {"format": clip.format.id}
    if clip.format.color_family == vs.YUV:
        home |= _colours(clip)
    target = vs.GRAYS if clip.format.color_family == vs.GRAY else vs.RGBS
    given = {f"{name}_in": value for name, value in home.items() if name != "format"}
    floats = clip.resize.Bicubic(format=target, **given)
    return floats, lambda made: made.resize.Bicubic(**home)


def _colours(clip: Any) -> dict[str, int]:
    """Return matrix and range of a clip, as its first frame states them, or as is usual."""
    props = clip.get_frame(0).props
    colour = Colour(matrix=int(props.get("_Matrix", 2)))
    is_full = (
        props["_Range"] if "_Range" in props else 1 - props.get("_ColorRange", 1)
    )  # its older name
    return {"matrix": matrix_of(colour, clip.width, clip.height), "range": int(is_full)}


class _Maker:
    """Makes the pictures between two frames; what depends on a pair is computed once a pair."""

    def __init__(self, interpolator: PairMaker, still: float, factor: Fraction) -> None:
        self._interpolator, self._factor = interpolator, factor
        self._still = RenderOptions(still=still).still
        self._kept: OrderedDict[int, FrameMaker] = OrderedDict()
        self._lock = Lock()

    def frame(self, n: int, f: list[Any]) -> Any:
        """Make the frame between the two that output frame `n` lies between."""
        place = moment(n, self._factor)
        with self._lock:
            maker = self._maker(place.frame, f)
            made = maker.picture(Interpolated(0, 1, place.t)) if place.t else None
        if made is None:  # never shown, and yet it may be asked for
            return f[0]
        out = f[0].copy()
        planes = made.reshape(*made.shape[:2], -1)
        for plane in range(out.format.num_planes):
            np.copyto(np.asarray(out[plane]), planes[..., plane], casting="same_kind")
        return out

    def _maker(self, number: int, f: list[Any]) -> FrameMaker:
        if number not in self._kept:
            window = _Window([_Picture(_pixels(frame)) for frame in f])
            self._kept[number] = FrameMaker(self._interpolator, window, self._still)
            while len(self._kept) > _PAIRS:
                self._kept.popitem(last=False)
        return self._kept[number]


class _Picture(NamedTuple):
    pixels: NDArray[np.float32]
    decoded: None = None


class _Window:
    """The two frames of a pair, called 0 and 1."""

    def __init__(self, pictures: list[_Picture]) -> None:
        self._pictures = pictures

    def get(self, number: int) -> _Picture:
        return self._pictures[number]


def _pixels(frame: Any) -> NDArray[np.float32]:
    """(H, W, 3), or (H, W) of grey, float32 in 0..1."""
    planes = [np.asarray(plane, np.float32) for plane in frame]
    return planes[0].copy() if len(planes) == 1 else np.stack(planes, axis=-1)
