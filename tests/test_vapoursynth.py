"""VapourSynth: exact rates, source frames untouched, cuts respected, in every format.

The frameserver's wheel wants Python 3.12; without it the arithmetic alone is tested.
"""

import runpy
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vfi
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from vfi.errors import UsageError
from vfi.timeline.content import Interpolated, SourceFrame
from vfi.timeline.retiming import Multiply
from vfi.timeline.schedule import plan
from vfi.vapoursynth import frame_count, interpolate, moment

factors = st.fractions(1, 8, max_denominator=12)


@given(st.integers(1, 30), factors)
def test_the_moments_are_those_of_a_video(count: int, factor: F) -> None:
    times = [F(number, 24) for number in range(count)]
    schedule = plan(times, F(count, 24), Multiply(factor))
    assert frame_count(count, factor) == len(schedule)
    for frame in schedule:
        number, t = moment(frame.index, factor)
        content = frame.content
        if isinstance(content, Interpolated):
            assert (number, number + 1, t) == (content.one, content.two, content.t)
        elif isinstance(content, SourceFrame):
            assert (number, t) == (content.frame, 0)
        else:  # the last one is held
            assert number == count - 1


@pytest.fixture
def vs() -> Any:
    """The frameserver."""
    return pytest.importorskip("vapoursynth", reason="its wheel wants Python 3.12")


class Blend:
    """Counts the pairs; between two frames it gives their weighted mean."""

    def __init__(self) -> None:
        self.pairs = 0

    def pair(self, one: np.ndarray, two: np.ndarray) -> Any:
        self.pairs += 1
        mixed = self

        class Pair:
            def at(self, t: F) -> np.ndarray:
                mixed.shape, mixed.dtype = one.shape, one.dtype
                return one * np.float32(1 - t) + two * np.float32(t)

        return Pair()

    shape: tuple[int, ...]
    dtype: Any


def numbered(vs: Any, form: int, count: int = 5, rate: F = F(24000, 1001), step: float = 0.1):
    """A clip whose frame k is k · step grey, of 0..1 for floats and 8-bit levels · 255 else."""
    size = {"width": 32, "height": 24, "length": 1, "format": form}
    known = vs.core.get_video_format(form)
    top = 1.0 if known.sample_type == vs.FLOAT else (1 << known.bits_per_sample) - 1
    colours = [
        [k * step * top if known.sample_type == vs.FLOAT else round(k * step * top)]
        * known.num_planes
        for k in range(count)
    ]
    if known.color_family == vs.YUV:
        middle = 0.0 if known.sample_type == vs.FLOAT else 1 << (known.bits_per_sample - 1)
        colours = [[colour[0], middle, middle] for colour in colours]
    frames = [vs.core.std.BlankClip(color=colour, **size) for colour in colours]
    clip = vs.core.std.Splice(frames) if count > 1 else frames[0]
    return clip.std.AssumeFPS(fpsnum=rate.numerator, fpsden=rate.denominator)


def levels(clip: Any, plane: int = 0) -> list[float]:
    return [float(np.asarray(frame[plane])[5, 5]) for frame in clip.frames()]


def test_frames_between_at_exact_rates(vs: Any) -> None:
    blend = Blend()
    made = interpolate(numbered(vs, vs.RGBS), 5, 2, interpolator=blend, still=0)
    assert made.fps == F(60000, 1001)
    assert made.num_frames == 13
    truth = [min(k * 0.4, 4) / 10 for k in range(13)]
    assert levels(made) == pytest.approx(truth, abs=1e-6)
    assert blend.pairs == 4
    durations = {F(f.props["_DurationNum"], f.props["_DurationDen"]) for f in made.frames()}
    assert durations == {F(1001, 60000)}


def test_the_rate_that_is_asked_for(vs: Any) -> None:
    clip = numbered(vs, vs.RGBS, 24, F(24000, 1001), 0.01)
    made = interpolate(clip, fps_num=60, interpolator=Blend(), still=0)
    assert made.fps == 60
    assert made.num_frames == 60  # 24 · 1001 / 400 = 60.06
    assert levels(made)[30] == pytest.approx(0.01 * 30 * 400 / 1001, abs=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        *("RGBS", "RGBH", "RGB24", "RGB48", "YUV420P8", "YUV422P10", "YUV444P16", "YUV444PS"),
        *("GRAY8", "GRAY16", "GRAYS"),
    ],
)
def test_every_format_comes_back_as_it_was(vs: Any, name: str) -> None:
    clip = numbered(vs, getattr(vs, name), 3, step=0.25)
    blend = Blend()
    made = interpolate(clip, 2, interpolator=blend, still=0)
    assert made.format == clip.format
    found, given = levels(made), levels(clip)
    assert found[::2] == given
    tolerance = {True: 2e-3, False: 1.0}[max(given) <= 1]
    assert found[1] == pytest.approx((given[0] + given[1]) / 2, abs=tolerance)
    assert blend.dtype == np.float32
    assert blend.shape == ((24, 32) if name.startswith("GRAY") else (24, 32, 3))


@pytest.mark.parametrize(("matrix", "full"), [(1, 0), (1, 1), (5, 0), (9, 0), (2, 0)])
def test_matrix_and_range_are_those_of_the_clip(vs: Any, matrix: int, full: int) -> None:
    """Colours that are interpolated between equal frames are the same colours."""
    size = {"width": 32, "height": 24, "length": 3, "format": vs.YUV420P8}
    clip = vs.core.std.BlankClip(color=[120, 90, 160], **size)
    clip = clip.std.SetFrameProps(_Matrix=matrix, _Range=full)
    made = interpolate(clip, 2, interpolator=Blend(), still=0)
    for plane, value in enumerate((120, 90, 160)):
        assert levels(made, plane) == pytest.approx([value] * 6, abs=1)
    props = made.get_frame(1).props
    assert (props["_Matrix"], props["_Range"]) == (matrix, full)


def test_nothing_is_mixed_across_a_cut(vs: Any) -> None:
    clip = numbered(vs, vs.YUV444P8, 4, step=0.2)
    marked = clip[:1] + clip[1].std.SetFrameProps(_SceneChangeNext=1) + clip[2:]
    given = levels(clip)
    made = interpolate(marked, 2, interpolator=Blend(), still=0)
    assert levels(made)[2:5] == [given[1], given[1], given[2]]
    mixed = interpolate(marked, 2, sc=False, interpolator=Blend(), still=0)
    assert levels(mixed)[3] == pytest.approx((given[1] + given[2]) / 2, abs=1)


def test_source_frames_are_untouched(vs: Any) -> None:
    """Noise in 4:2:0 does not survive a way through RGB; here it has none to go."""
    noise = np.random.default_rng(3).integers(0, 255, (24, 32), dtype=np.uint8)

    def fill(n: int, f: Any) -> Any:
        out = f.copy()
        for plane in range(3):
            target = np.asarray(out[plane])
            target[:] = np.roll(noise, n)[: target.shape[0], : target.shape[1]]
        return out

    blank = vs.core.std.BlankClip(width=32, height=24, length=3, format=vs.YUV420P8)
    clip = blank.std.ModifyFrame(blank, fill)
    made = interpolate(clip, 3, interpolator=Blend())
    for number in range(3):
        for plane in range(3):
            one, two = clip.get_frame(number), made.get_frame(3 * number)
            assert np.array_equal(np.asarray(one[plane]), np.asarray(two[plane]))


def test_a_variable_rate_keeps_its_durations(vs: Any) -> None:
    clip = _variable(vs, numbered(vs, vs.RGBS, 3))
    made = interpolate(clip, 2, interpolator=Blend(), still=0)
    durations = [F(f.props["_DurationNum"], f.props["_DurationDen"]) for f in made.frames()]
    assert durations == [F(1, 20), F(1, 20), F(1, 10), F(1, 10), F(3, 20), F(3, 20)]
    with pytest.raises(UsageError, match="variable rate takes whole factors"):
        interpolate(clip, 5, 2, interpolator=Blend())
    with pytest.raises(UsageError, match="has a factor, no rate"):
        interpolate(clip, fps_num=60, interpolator=Blend())


def _variable(vs: Any, clip: Any) -> Any:
    """The frames of a clip, shown for 1, 2, 3 … tenths of a second."""
    parts = [
        vs.core.std.AssumeFPS(clip[k], fpsnum=10, fpsden=k + 1) for k in range(clip.num_frames)
    ]
    return vs.core.std.Splice(parts, mismatch=True)


def test_a_single_frame_is_held(vs: Any) -> None:
    made = interpolate(numbered(vs, vs.RGBS, 1), 3, interpolator=Blend())
    assert levels(made) == [0, 0, 0]


def test_factor_one_is_the_clip_itself(vs: Any) -> None:
    clip = numbered(vs, vs.RGBS)
    assert interpolate(clip, 3, 3, interpolator=Blend()) is clip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"num": 0}, "multiplied by 0"),
        ({"num": 1, "den": 2}, "multiplied by 1/2"),
        ({"den": 0}, "2 / 0 is no ratio"),
        ({"num": 2.5}, "2.5 / 1 is no ratio"),
        ({"fps_num": 12}, "multiplied by 1001/2000"),
        ({"fps_num": 60, "fps_den": 0}, "60 / 0 is no ratio"),
    ],
)
def test_wrong_factors(vs: Any, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        interpolate(numbered(vs, vs.RGBS), interpolator=Blend(), **wrong)


def test_a_network_makes_what_it_makes_of_arrays(vs: Any) -> None:
    pictures = [texture(right, blur=3).astype(np.float32) / 255 for right in (0, 4)]

    def fill(n: int, f: Any) -> Any:
        out = f.copy()
        for plane in range(3):
            np.asarray(out[plane])[:] = pictures[n][..., plane]
        return out

    blank = vs.core.std.BlankClip(width=64, height=48, length=2, format=vs.RGBS)
    made = interpolate(blank.std.ModifyFrame(blank, fill), 2, model="direct", still=0)
    found = np.stack([np.asarray(plane) for plane in made.get_frame(1)], axis=-1)
    assert np.allclose(found, vfi.Interpolator("direct")(*pictures), atol=1e-6)


def test_the_example_for_vspipe(vs: Any, tmp_path: Path) -> None:
    if not hasattr(vs.core, "bs"):
        pytest.skip("vapoursynth-bestsource, which the example reads with, is not installed")
    pictures = [texture(2 * number) for number in range(6)]
    clip = make_clip(tmp_path / "in.mp4", pictures=pictures, rate=F(24))
    script = Path(__file__).parent.parent / "examples" / "smooth.vpy"
    runpy.run_path(str(script), {"source": str(clip), "fps": "60", "model": "direct"})
    made = vs.get_output(0).clip
    assert (made.fps, made.num_frames) == (60, 15)
    assert made.format.id == vs.YUV420P8
    assert np.asarray(made.get_frame(1)[0]).std() > 10
    vs.clear_outputs()


def test_the_name_is_there_without_an_import() -> None:
    assert vfi.vapoursynth.interpolate is interpolate
