import pytest
import torch

from tests.helpers import textures
from vfi.models.dis import dis_flows
from vfi.models.layers import enlarge_flow
from vfi.models.padding import Padding


def texture(height: int, width: int, right: int = 0) -> torch.Tensor:
    """The texture as a network takes it: (1, 3, H, W), 0..1."""
    pixels = textures.texture(right, height, width)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize(("height", "width"), [(8, 16), (5, 7), (1, 1)])
def test_the_last_row_and_column_are_repeated(height: int, width: int) -> None:
    picture = torch.rand(2, 3, height, width)
    filled = Padding(8).fill(picture)
    assert torch.equal(Padding(8).cut(filled, (height, width)), picture)
    assert filled.shape == (2, 3, 8, 8 if width < 9 else 16)
    assert torch.equal(filled[..., :height, :width], picture)
    below = filled[..., height:, :width]
    assert torch.equal(below, picture[..., -1:, :].expand_as(below))


@pytest.mark.parametrize(
    ("height", "width", "filled"),
    [(61, 83, (128, 256)), (78, 78, (128, 128)), (79, 206, (256, 256))],
)
def test_a_border_comes_first(height: int, width: int, filled: tuple[int, int]) -> None:
    """The next multiple that holds 25 pixels on either side, the picture at row and column 25."""
    picture, padding = torch.rand(1, 3, height, width), Padding(128, border=25)
    large = padding.fill(picture)
    assert large.shape[2:] == filled
    assert torch.equal(large[..., 25 : 25 + height, 25 : 25 + width], picture)
    assert torch.equal(padding.cut(large, (height, width)), picture)
    corner = large[..., :26, :26]
    assert torch.equal(corner, picture[..., :1, :1].expand_as(corner))


def test_dis_does_not_see_the_filling() -> None:
    one, two = texture(100, 132), texture(100, 132, right=3)
    alone = dis_flows(one, two)
    for flow, filled in zip(alone, Padding(64).measure("dis", one, two), strict=True):
        assert filled.shape == (1, 2, 128, 192)
        assert torch.equal(filled[..., :100, :132], flow)


@pytest.mark.parametrize(("height", "width"), [(24, 40), (23, 37), (1, 1)])
def test_flows_keep_their_vectors_and_places_at_other_sizes(height: int, width: int) -> None:
    """A flow that grows evenly to the right, on a grid that strides of two left odd."""
    columns = torch.arange(width, dtype=torch.float32)
    flow = torch.stack([columns, torch.full_like(columns, 3.0)])[None, :, None, :]
    flow = flow.expand(1, 2, height, width)
    small = torch.nn.functional.avg_pool2d(Padding(4).fill(flow), 4) / 4
    assert small.shape == (1, 2, -(-height // 4), -(-width // 4))
    large = enlarge_flow(small, 4, (height, width))
    assert large.shape == flow.shape
    assert torch.allclose(large[:, 1], flow[:, 1])
    inner = slice(2, width - width % 4 - 2)  # away from the ends, where nothing lies beyond
    assert torch.allclose(large[:, 0, :, inner], flow[:, 0, :, inner], atol=1e-4)
