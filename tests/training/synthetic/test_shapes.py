"""The bank of cut-out shapes."""

import torch

from vfi.training.synthetic.shapes import TILE, ShapeBank, opaque_extents


def test_bank_depends_on_its_seed() -> None:
    one, again, other = ShapeBank.draw(12, 1), ShapeBank.draw(12, 1), ShapeBank.draw(12, 2)
    assert torch.equal(one.shapes, again.shapes)
    assert not torch.equal(one.shapes, other.shapes)


def test_every_shape_is_visible_and_inside_its_tile() -> None:
    bank = ShapeBank.draw(60)
    opacity, outline = bank.shapes[:, 0], bank.shapes[:, 1]
    assert (opacity.amax((1, 2)) > 127).all()
    border = torch.ones(TILE, TILE, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert not bank.shapes[:, :, border].any()
    assert not outline[bank.thin].any()
    assert bank.thin.any()
    assert (outline[~bank.thin].amax((1, 2)) > 127).all()


def test_extent_of_a_known_rectangle() -> None:
    opacity = torch.zeros(2, 20, 30)
    opacity[0, 3:8, 10:12] = 1
    extents = opaque_extents(opacity)
    assert extents.tolist() == [[10 - 15, 3 - 10, 12 - 15, 8 - 10], [0, 0, 0, 0]]
