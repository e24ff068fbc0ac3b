import cv2
import numpy as np
import pytest

from tests.helpers.drawings import HEIGHT, WIDTH, pan, texture, with_noise
from vfi.errors import InputError, UsageError
from vfi.rendering.static_regions import StaticRegions, keep_still


def with_text(frame):
    frame = frame.copy()
    for colour, width in (((0, 0, 0), 7), ((255, 255, 255), 3)):
        place = (30, 120)
        cv2.putText(frame, "Still", place, cv2.FONT_HERSHEY_SIMPLEX, 1.6, colour, width)
    return frame


def letters():
    blank = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.putText(blank, "Still", (30, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255,) * 3, 3)
    return blank[..., 0] > 250


def error(one, two):
    return np.abs(one.astype(np.float64) - two.astype(np.float64)).mean()


def test_subtitles_over_a_pan_are_the_source() -> None:
    one, truth, two = map(with_text, pan(texture(1, width=300), 6, 3))
    warped = np.roll(truth, 3, axis=1)  # the background's motion took the letters along
    result = keep_still(one, two, warped)
    inside = cv2.erode(letters().astype(np.uint8), np.ones((3, 3))) > 0
    assert (result[inside] == one[inside]).all()
    assert error(result[letters()], one[letters()]) < 0.2 * error(warped[letters()], one[letters()])


def test_the_moving_background_is_left_to_the_interpolation() -> None:
    one, truth, two = pan(texture(2, width=300), 6, 3)
    result = keep_still(one, two, truth)
    assert error(result, truth) < 0.02
    assert (StaticRegions(one, two).weight(truth, 0.5) > 0).mean() < 0.02


def test_a_ball_that_flies_across_a_still_ground_is_not_erased() -> None:
    ground = texture(3)
    one, middle, two = (ground.copy() for _ in range(3))
    for frame, x in ((one, 40), (middle, 128), (two, 216)):
        cv2.circle(frame, (x, 70), 12, (250, 240, 40), -1)
    result = keep_still(one, two, middle)
    ball = cv2.circle(np.zeros((HEIGHT, WIDTH), np.uint8), (128, 70), 12, 1, -1) > 0
    assert error(result[ball], middle[ball]) == 0
    assert error(result, middle) < 0.01


def test_a_still_ground_does_not_boil() -> None:
    ground = texture(4)
    one, two = with_noise([ground, ground], 1)
    result = with_noise([ground], 2, seed=9)[0]
    assert (keep_still(one, two, result, tolerance=3) == one).mean() > 0.99
    assert (keep_still(one, two, result, t=0.75, tolerance=3) == two).mean() > 0.99


def test_ground_that_is_uncovered_is_left_to_the_interpolation() -> None:
    """Behind a disc that moves away both frames disagree: nothing there may be protected."""
    ground = texture(5)
    one, two = ground.copy(), ground.copy()
    cv2.circle(one, (100, 70), 20, (10, 10, 10), -1)
    cv2.circle(two, (140, 70), 20, (10, 10, 10), -1)
    result = np.full_like(ground, 128)
    weight = StaticRegions(one, two).weight(result, 0.5)
    disagree = np.abs(one.astype(int) - two).max(axis=2) > 20
    assert weight[disagree].max() == 0


def test_no_visible_edge_where_protection_ends() -> None:
    ground = texture(6)
    one = two = ground
    result = ground.copy()
    result[:, 128:] = np.clip(result[:, 128:].astype(int) + 5, 0, 255)  # within the trust
    result[:, 160:] = np.clip(ground[:, 160:].astype(int) + 30, 0, 255)  # not to be trusted
    weight = StaticRegions(one, two).weight(result, 0.5)
    assert weight[:, :140].min() == 1
    assert weight[:, 165:].max() == 0
    assert np.abs(np.diff(weight, axis=1)).max() <= 0.25


def test_a_mask_protects_whatever_happens() -> None:
    one, two = texture(7), texture(8)
    result = texture(9)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[10:30, 10:30] = 255
    mask[50:60] = 128
    kept = keep_still(one, two, result, t=0.25, mask=mask)
    assert np.array_equal(kept[10:30, 10:30], one[10:30, 10:30])
    assert np.array_equal(kept[100:], result[100:])
    half = result[50:60] + (128 / 255) * (one[50:60].astype(float) - result[50:60])
    assert np.abs(kept[50:60] - half).max() <= 0.5001
    assert np.array_equal(keep_still(one, two, result, 0.25, mask=mask > 200)[50:60], result[50:60])


@pytest.mark.parametrize("kind", ["uint16", "float32", "grey", "rgba", "odd"])
def test_every_kind_of_frame(kind) -> None:
    frames = [with_text(frame) for frame in pan(texture(1, width=300), 6, 3)]
    convert = {
        "uint16": lambda frame: frame.astype(np.uint16) * 257,
        "float32": lambda frame: frame.astype(np.float32) / 255,
        "grey": lambda frame: frame[..., 0],
        "rgba": lambda frame: np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)]),
        "odd": lambda frame: frame[:143, :201],
    }[kind]
    one, truth, two = map(convert, frames)
    result = keep_still(one, two, np.roll(truth, 3, axis=1))
    assert result.dtype == one.dtype
    assert result.shape == one.shape
    assert error(result, np.roll(truth, 3, axis=1)) > 0


def test_tiny_and_identical_frames() -> None:
    dot = np.full((1, 1, 3), 7, np.uint8)
    assert np.array_equal(keep_still(dot, dot, dot), dot)


def test_bad_input_is_refused() -> None:
    one, two = texture(1), texture(2)
    with pytest.raises(InputError, match="do not match"):
        keep_still(one, two[:100], one)
    with pytest.raises(InputError, match="do not match"):
        keep_still(one, two, one.astype(np.float32))
    with pytest.raises(InputError, match="mask is 10x5"):
        keep_still(one, two, one, mask=np.zeros((5, 10), np.uint8))
    with pytest.raises(InputError, match="one channel"):
        keep_still(one, two, one, mask=np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    with pytest.raises(UsageError, match="tolerance"):
        keep_still(one, two, one, tolerance=-1)
