from fractions import Fraction

import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.rendering.linear_light import linear_light_mean
from vfi.timeline.content import Blend, Interpolated, SourceFrame
from vfi.timeline.schedule import Multiply, Slow, plan
from vfi.timeline.shutter import exposure

F = Fraction
TIMES = [F(i, 24) for i in range(6)]
END = F(6, 24)


def test_half_open_shutter_around_the_frame() -> None:
    schedule = plan(TIMES, END, Multiply(1))
    assert exposure(schedule, 2, 180, samples=3) == [
        Interpolated(1, 2, F(5, 6)),
        SourceFrame(2),
        Interpolated(2, 3, F(1, 6)),
    ]
    assert exposure(schedule, 2, 360, samples=4) == [
        Interpolated(1, 2, F(5, 8)),
        Interpolated(1, 2, F(7, 8)),
        Interpolated(2, 3, F(1, 8)),
        Interpolated(2, 3, F(3, 8)),
    ]


def test_the_first_and_the_last_frame_stay_inside_the_video() -> None:
    schedule = plan(TIMES, END, Multiply(1))
    assert exposure(schedule, 0, 180, samples=3) == [
        SourceFrame(0),
        SourceFrame(0),
        Interpolated(0, 1, F(1, 6)),
    ]
    assert exposure(schedule, 5, 180, samples=3) == [
        Interpolated(4, 5, F(5, 6)),
        SourceFrame(5),
        SourceFrame(5),
    ]


@pytest.mark.parametrize("at_cut", ["hold", "blend", "nearest"])
def test_exposure_never_mixes_scenes(at_cut) -> None:
    schedule = plan(TIMES, END, Multiply(2), cuts=[3], at_cut=at_cut)
    for frame in schedule:
        if isinstance(frame.content, Blend):
            assert exposure(schedule, frame.index, 360) == [frame.content]
            continue
        scene = frame.content.needs[0] >= 3
        for content in exposure(schedule, frame.index, 360):
            assert all((number >= 3) == scene for number in content.needs)


def test_exposure_of_a_loop_runs_into_the_first_frame() -> None:
    schedule = plan(TIMES, END, Multiply(1), loop=True)
    assert exposure(schedule, 5, 180, samples=3)[2] == Interpolated(5, 0, F(1, 6))


def test_slow_motion_opens_the_shutter_in_output_time() -> None:
    schedule = plan(TIMES, END, Slow(2))
    assert exposure(schedule, 2, 360, samples=2) == [
        Interpolated(0, 1, F(7, 8)),
        Interpolated(1, 2, F(1, 8)),
    ]


def test_a_held_picture_is_not_blurred() -> None:
    schedule = plan(TIMES, END, Multiply(2), kept=[0])
    assert {content.needs for content in exposure(schedule, 5, 180)} == {(0,)}


@pytest.mark.parametrize("angle", [0, -90, 361])
def test_impossible_angles_are_refused(angle) -> None:
    with pytest.raises(UsageError, match="shutter angle"):
        exposure(plan(TIMES, END, Multiply(1)), 0, angle)


def test_no_samples_are_refused() -> None:
    with pytest.raises(UsageError, match="samples"):
        exposure(plan(TIMES, END, Multiply(1)), 0, 180, samples=0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 1), (7, 5, 3), (7, 5, 4)])
def test_equal_frames_come_back_bit_for_bit(dtype, shape) -> None:
    frame = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)
    mean = linear_light_mean([frame, frame.copy(), frame])
    assert mean.dtype == dtype
    assert np.array_equal(mean, frame)
    assert mean is not frame


def test_black_and_white_average_as_light_not_as_code_values() -> None:
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert (linear_light_mean([black, white]) == 188).all()  # half of the light in sRGB
    deep = linear_light_mean([black.astype(np.uint16), white.astype(np.uint16) * 257])
    assert (deep == round(0.7353569831 * 65535)).all()
    floats = linear_light_mean([black.astype(np.float32), white.astype(np.float32) / 255])
    assert floats.dtype == np.float32
    assert floats == pytest.approx(0.7353569831)


def test_every_level_survives_the_way_to_light_and_back() -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    other = np.roll(ramp, 1, axis=0)
    there = linear_light_mean([ramp, other])
    assert ((there >= np.minimum(ramp, other)) & (there <= np.maximum(ramp, other))).all()


def test_transparent_pixels_give_no_colour() -> None:
    clear = np.zeros((1, 1, 4), np.uint8)
    red = np.array([[[200, 0, 0, 255]]], np.uint8)
    assert linear_light_mean([clear, red]).tolist() == [[[200, 0, 0, 128]]]


def test_no_frames_and_unlike_frames_are_refused() -> None:
    with pytest.raises(InputError, match="no frames"):
        linear_light_mean([])
    with pytest.raises(InputError, match="do not match"):
        linear_light_mean([np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)])
