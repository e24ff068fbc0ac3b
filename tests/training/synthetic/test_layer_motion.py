"""Layer motions: straight in time, and their inverse is one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.training.synthetic.layer_motion import LayerMaps, LayerMotion
from vfi.training.synthetic.sampler import Draw
from vfi.training.synthetic.scenes import SceneOptions, draw_scene
from vfi.training.synthetic.shapes import ShapeBank

SIZE = (40, 56)
POOL = torch.zeros(1, 3, 64, 80, dtype=torch.uint8)
BANK = ShapeBank.draw(8)
EVERYWHERE = (slice(0, SIZE[0]), slice(0, SIZE[1]))


def translation(x: float, y: float) -> LayerMotion:
    eye = torch.eye(2)[None]
    return LayerMotion(
        centre=torch.tensor([[27.5, 19.5]]),
        velocity=torch.tensor([[x, y]]),
        linear_0=eye,
        linear_1=eye,
        perspective=torch.zeros(1, 2),
        amplitude=torch.zeros(1, 2, 1),
        frequency=torch.zeros(1, 1, 2),
        phase=torch.zeros(1, 2, 1),
    )


def random_motions(seed: int) -> LayerMotion:
    draw = Draw(torch.Generator().manual_seed(seed))
    return draw_scene(draw, 3, SIZE, SceneOptions(bend=1), POOL, BANK).motion


def pixels() -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    return torch.stack([x, y]).flatten(1).float()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), t=st.floats(-0.2, 1.2))
def test_inverse_undoes_position(seed: int, t: float) -> None:
    motion = random_motions(seed)
    points = pixels().expand(len(motion.centre), -1, -1)
    q = motion.invert(points, t)
    near = q.abs().amax(1) < 64  # as far as cut-outs reach
    error = (motion.position(q, t) - points).norm(dim=1)
    assert float(error[near].max()) < 0.1
    assert float(error[near].mean()) < 0.005


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), t=st.floats(0, 1))
def test_points_travel_straight_and_evenly(seed: int, t: float) -> None:
    motion = random_motions(seed)
    q = (pixels()[:, ::37] - 25).expand(len(motion.centre), -1, -1)
    start, end = motion.position(q, 0), motion.position(q, 1)
    torch.testing.assert_close(
        motion.position(q, t), (1 - t) * start + t * end, atol=1e-3, rtol=1e-4
    )


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), t=st.floats(0, 1))
def test_maps_agree_with_the_inverse_at_every_pixel(seed: int, t: float) -> None:
    motion = random_motions(seed)
    fine = LayerMaps(motion, SIZE, t, other=1).at(slice(0, None), EVERYWHERE).flatten(2)
    points = pixels().expand(len(motion.centre), -1, -1)
    near = fine[:, :2].abs().amax(1) < 64
    assert float((motion.position(fine[:, :2], t) - points).norm(dim=1)[near].max()) < 0.15
    travelled = motion.position(fine[:, :2], 1) - points
    assert float((travelled - fine[:, 2:]).norm(dim=1)[near].max()) < 0.15


@pytest.mark.parametrize(("x", "y"), [(5.0, -3.0), (0.25, 0.0)])
def test_translation_is_exact(x: float, y: float) -> None:
    fine = LayerMaps(translation(x, y), SIZE, 0, other=1).at(slice(0, None), EVERYWHERE)
    flow = torch.tensor([x, y])[:, None, None].expand(2, *SIZE)
    torch.testing.assert_close(fine[0, 2:], flow, atol=1e-4, rtol=0)
    expected = pixels().unflatten(1, SIZE) - torch.tensor([27.5, 19.5])[:, None, None] + flow / 2
    torch.testing.assert_close(fine[0, :2], expected, atol=1e-4, rtol=0)


def test_box_holds_the_layer() -> None:
    maps = LayerMaps(translation(0, 0), SIZE, 0)
    ((rows, columns),) = maps.boxes(torch.tensor([[-5.0, -4.0, 6.0, 3.0]]))
    assert rows.start <= 16
    assert rows.stop >= 23
    assert 0 <= columns.start <= 23
    assert 33 <= columns.stop < SIZE[1]
    ((rows, columns),) = maps.boxes(torch.tensor([[500.0, 0.0, 520.0, 3.0]]))
    assert rows == columns == slice(0, 0)
