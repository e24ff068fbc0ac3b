import pytest
import torch

from tests.helpers import textures
from vfi.models.dis import dis_flows
from vfi.models.layers import enlarge_flow
from vfi.models.padding import padded, padded_flows


def texture(height: int, width: int, right: int = 0) -> torch.Tensor:
    """The texture as a network takes it: (1, 3, H, W), 0..1."""
    pixels = textures.texture(right, height, width)
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize(("height", "width"), [(8, 16), (5, 7), (1, 1)])
def test_the_last_row_and_column_are_repeated(height: int, width: int) -> None:
    picture = torch.rand(2, 3, height, width)
    filled = padded(picture, 8)
    assert filled.shape == (2, 3, 8, 8 if width < 9 else 16)
    assert torch.equal(filled[..., :height, :width], picture)
    below = filled[..., height:, :width]
    assert torch.equal(below, picture[..., -1:, :].expand_as(below))


def test_dis_does_not_see_the_filling() -> None:
    one, two = texture(100, 132), texture(100, 132, right=3)
    alone = dis_flows(one, two)
    for flow, filled in zip(alone, padded_flows("dis", one, two, 64), strict=True):
        assert filled.shape == (1, 2, 128, 192)
        assert torch.equal(filled[..., :100, :132], flow)


@pytest.mark.parametrize(("height", "width"), [(24, 40), (23, 37), (1, 1)])
def test_flows_keep_their_vectors_and_places_at_other_sizes(height: int, width: int) -> None:
    """A flow that grows evenly to the right, on a grid that strides of two left odd."""
    columns = torch.arange(width, dtype=torch.float32)
    flow = torch.stack([columns, torch.full_like(columns, 3.0)])[None, :, None, :]
    flow = flow.expand(1, 2, height, width)
    small = torch.nn.functional.avg_pool2d(padded(flow, 4), 4) / 4
    assert small.shape == (1, 2, -(-height // 4), -(-width // 4))
    large = enlarge_flow(small, 4, (height, width))
    assert large.shape == flow.shape
    assert torch.allclose(large[:, 1], flow[:, 1])
    inner = slice(2, width - width % 4 - 2)  # away from the ends, where nothing lies beyond
    assert torch.allclose(large[:, 0, :, inner], flow[:, 0, :, inner], atol=1e-4)
