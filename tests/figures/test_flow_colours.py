"""The colour wheel of Middlebury, arrows, and the check there and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.errors import InputError, UsageError
from vfi.figures import flow_colours


def constant(x, y, size=(6, 8)):
    return np.full((*size, 2), (x, y), np.float32)


def colour(x, y, largest=1.0):
    return flow_colours.flow_to_colours(constant(x, y), largest)[0, 0].tolist()


def test_the_wheel_has_55_steps_between_six_colours() -> None:
    wheel = flow_colours.colour_wheel()
    assert wheel.shape == (55, 3)
    anchors = {0: (255, 0, 0), 15: (255, 255, 0), 21: (0, 255, 0), 25: (0, 255, 255)}
    anchors |= {36: (0, 0, 255), 49: (255, 0, 255)}
    for place, expected in anchors.items():
        assert wheel[place].tolist() == list(expected)


def test_directions_have_the_published_colours() -> None:
    assert colour(0, 0) == [255, 255, 255]
    right, down, left, up = colour(1, 0), colour(0, 1), colour(-1, 0), colour(0, -1)
    assert right == [255, 0, 0]
    assert down == [255, 230, 0]  # place 13.5 of 55: 13.5/15 of the way from red to yellow
    assert left == [0, 209, 255]  # place 27: 2/11 of the way from cyan to blue
    assert up == [88, 0, 255]  # place 40.5: 4.5/13 of the way from blue to magenta


def test_shorter_is_paler_and_beyond_is_darker() -> None:
    assert colour(0.5, 0) == [255, 128, 128]
    assert colour(2, 0) == [191, 0, 0]
    assert colour(2, 0, largest=4) == colour(0.5, 0)


@settings(max_examples=40)
@given(st.floats(-50, 50), st.floats(-50, 50))
def test_colours_do_not_jump(x, y) -> None:
    """Neighbouring flows look alike; the published wheel lacks one of its 55 steps to the right."""
    one = np.array(colour(x, y, 80.0))
    two = np.array(colour(x + 1e-3, y - 1e-3, 80.0))
    assert np.abs(one - two).max() <= 255 / 6 + 1


def test_unknown_pixels_are_black_and_do_not_set_the_scale() -> None:
    flow = constant(3, 4)
    flow[0, 0] = np.nan
    flow[0, 1] = np.inf
    shown = flow_colours.flow_to_colours(flow)
    assert shown[0, :2].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert flow_colours.largest_shown(flow) == 5.0
    assert flow_colours.largest_shown(constant(0, 0)) == 1.0
    with pytest.raises(UsageError, match="above 0"):
        flow_colours.flow_to_colours(flow, -1.0)
    with pytest.raises(InputError, match=r"\(H, W, 2\)"):
        flow_colours.flow_to_colours(flow[..., :1])


def test_the_legend_is_the_wheel_itself() -> None:
    size = 41
    legend = flow_colours.legend(size, 7.0)
    assert legend[20, 20].tolist() == [255, 255, 255]
    assert legend[20, 40].tolist() == colour(7, 0, 7)
    assert legend[40, 20].tolist() == colour(0, 7, 7)
    assert legend[0, 0].tolist() == [255, 255, 255]


def test_the_legend_sits_in_the_corner_of_pictures_with_room() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    shown = flow_colours.with_legend(picture, 5.0)
    assert (shown[:100] == 0).all()
    assert (shown[-1, -1] == 255).all()
    assert shown[120:, 200:].std() > 20
    assert (picture == 0).all()
    small = np.zeros((40, 40, 3), np.uint8)
    assert flow_colours.with_legend(small, 5.0) is small


def test_arrows_point_along_the_flow() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    flow = np.zeros((64, 64, 2), np.float32)
    flow[32, 32] = (20, 0)
    marked = flow_colours.with_arrows(picture, flow, spacing=64)
    rows, columns = np.nonzero(marked.any(axis=2))
    assert rows.min() >= 24
    assert rows.max() <= 40
    assert (columns.min(), columns.max()) == (pytest.approx(32, abs=4), pytest.approx(52, abs=4))
    with pytest.raises(InputError, match="does not fit"):
        flow_colours.with_arrows(picture[1:], flow)


def test_what_agrees_there_and_back_is_not_occluded() -> None:
    mask = flow_colours.occluded(constant(2, 0), constant(-2, 0))
    assert not mask[:, :-2].any()
    assert mask[:, -2:].all()  # these two columns leave the picture


def test_what_is_covered_is_occluded() -> None:
    """A square moves by 4 over a still background: what it newly covers is occluded."""
    flow, back = constant(0, 0, (32, 32)), constant(0, 0, (32, 32))
    flow[8:24, 8:16] = (4, 0)
    back[8:24, 12:20] = (-4, 0)
    mask = flow_colours.occluded(flow, back)
    expected = np.zeros((32, 32), bool)
    expected[8:24, 16:20] = True
    assert np.array_equal(mask, expected)
    shown = flow_colours.with_occlusion(np.full((32, 32, 3), 200, np.uint8), mask)
    assert (shown[mask] < 100).all()
    assert (shown[~mask] == 200).all()


def test_an_unknown_flow_is_occluded() -> None:
    flow = constant(0, 0)
    flow[2, 3] = np.nan
    assert np.argwhere(flow_colours.occluded(flow, constant(0, 0))).tolist() == [[2, 3]]
