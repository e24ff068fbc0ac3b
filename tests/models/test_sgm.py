"""The `reference-sgm` network against numbers of the published implementation."""

import pytest
import torch
import torch.nn.functional as functional
from safetensors.torch import load_file
from torch import Tensor

from tests.helpers.published_sgm import NUMBERS, published_shapes, published_weights
from vfi.model_files import find_model, read_settings
from vfi.models.published import recognised
from vfi.models.published.sgm import our_name
from vfi.models.registry import build
from vfi.models.sgm.matching import carried, largest, matched
from vfi.models.sgm.parts import position_code
from vfi.models.sgm.sparse_global_matching import SparseGlobalMatching

FRAMES = 1e-4  # the CPU's limits in ../shared/reference/sgm
BETWEEN = 2e-3


@pytest.fixture(scope="module")
def numbers() -> dict[str, Tensor]:
    return load_file(NUMBERS)


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    state = published_weights()
    return recognised(state).translated(state)


def network_of(weights: dict[str, Tensor], **settings: object) -> SparseGlobalMatching:
    network = build(read_settings(find_model("reference-sgm").config) | settings).eval()
    assert isinstance(network, SparseGlobalMatching)
    network.load_state_dict(weights, strict=True)
    return network.requires_grad_(False)


class Case:
    """A pair of the golden file, padded around to a multiple as the published programs do."""

    def __init__(self, numbers: dict[str, Tensor], name: str, multiple: int = 32) -> None:
        self.numbers, self.name = numbers, name
        self.one, self.two = (
            self._padded(f"{name}.{each}_bgr", multiple) for each in ("one", "two")
        )

    def _padded(self, name: str, multiple: int) -> Tensor:
        picture = self.numbers[name].permute(2, 0, 1)[None].float().div(255).flip(1)
        self.size = height, width = picture.shape[-2:]
        rows, columns = -height % multiple, -width % multiple
        self.start = rows // 2, columns // 2
        sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return functional.pad(picture, sides, mode="replicate")

    def frame(self, network: SparseGlobalMatching, t: float = 0.5) -> Tensor:
        """(3, H, W) in blue, green, red, padding cut off."""
        frame = network(self.one, self.two, t)[0].flip(0)
        (top, left), (height, width) = self.start, self.size
        return frame[:, top : top + height, left : left + width]

    def assert_close(self, found: Tensor, name: str, tolerance: float) -> None:
        torch.testing.assert_close(
            found.float(), self.numbers[f"{self.name}.{name}"], atol=tolerance, rtol=0
        )


def test_matching_all_points_is_the_published_one(
    numbers: dict[str, Tensor], weights: dict[str, Tensor]
) -> None:
    network, case = network_of(weights), Case(numbers, "case0")
    case.assert_close(case.frame(network), "frame", FRAMES)
    pair = network.prepare(case.one, case.two)
    case.assert_close(pair.features4[:, ::8, ::2, ::2], "local_feat4_sub", BETWEEN)
    case.assert_close(pair.features8[:, ::8], "local_feat8_sub", BETWEEN)
    case.assert_close(pair.global_features[:, ::8], "global_feat_sub", BETWEEN)
    steps = network.matches(pair, 0.5)
    case.assert_close(steps.matches[0].unflatten(0, (2, 2)), "match_flow", BETWEEN)
    case.assert_close(steps.shifted[0], "shifted_flow", BETWEEN)
    case.assert_close(steps.merged[0], "merged_flow", BETWEEN)
    case.assert_close(pair.halfway.flow[0, :, ::4, ::4], "final_flow_sub", BETWEEN)
    case.assert_close(pair.halfway.mask[0, :, ::4, ::4], "final_mask_sub", BETWEEN)


def test_sparse_matching_picks_the_published_points(
    numbers: dict[str, Tensor], weights: dict[str, Tensor]
) -> None:
    network, case = network_of(weights), Case(numbers, "case1")
    case.assert_close(case.frame(network), "frame", FRAMES)
    steps = network.matches(network.prepare(case.one, case.two), 0.5)
    assert steps.importance is not None
    assert steps.points is not None
    case.assert_close(steps.importance[0], "importance8", BETWEEN)
    assert torch.equal(steps.points[0].float(), numbers["case1.points"].float())
    case.assert_close(steps.shifted[0], "shifted_flow", BETWEEN)
    case.assert_close(steps.filled[0], "filled_flow", BETWEEN)


@pytest.mark.parametrize(
    ("name", "number", "t", "settings"),
    [
        ("case0", "frame_t025_sub", 0.25, {}),
        ("case0", "frame_half_sub", 0.5, {"longer_side": 96}),
        ("case1", "frame_t750_sub", 0.75, {}),
        ("case1", "frame_eighth_sub", 0.5, {"share": 0.125}),
    ],
)
def test_other_times_shares_and_sizes_are_the_published_ones(
    numbers: dict[str, Tensor],
    weights: dict[str, Tensor],
    name: str,
    number: str,
    t: float,
    settings: dict[str, object],
) -> None:
    case = Case(numbers, name)
    frame = case.frame(network_of(weights, **settings), t)
    case.assert_close(frame[:, ::2, ::2], number, FRAMES)


def test_flow_of_odd_cells_is_padded_as_published(
    numbers: dict[str, Tensor], weights: dict[str, Tensor]
) -> None:
    case = Case(numbers, "case2", multiple=16)
    network = network_of(weights, longer_side=56)
    case.assert_close(case.frame(network), "frame", FRAMES)
    pair = network.prepare(case.one, case.two)
    case.assert_close(pair.global_features[:, ::8], "global_feat_sub", BETWEEN)


def test_published_names_are_ours_one_to_one(weights: dict[str, Tensor]) -> None:
    published = published_shapes()
    translated = {our_name(name): tuple(shape) for name, shape in published.items()}
    assert len(translated) == len(published) == 318
    ours = network_of(weights).state_dict()
    assert translated == {name: tuple(value.shape) for name, value in ours.items()}
    assert sum(value.numel() for value in ours.values()) == 20_865_109


def test_names_of_a_checkpoint_begin_with_module_and_its_masks_are_left_out() -> None:
    state = {
        "module.unet.conv.bias": torch.ones(3),
        "module.feature_bone.block4.1.attn_mask": torch.ones(1),
    }
    network = recognised(state)
    assert network.model == "reference-sgm"
    assert set(network.translated(state)) == {"residual.last.bias"}
    with pytest.raises(KeyError, match=r"unet\.deep\.weight"):
        our_name("unet.deep.weight")


def test_a_point_is_matched_wherever_it_is() -> None:
    one = torch.zeros(1, 4, 6, 8)
    two = torch.zeros(1, 4, 6, 8)
    one[0, 0, 1, 2] = two[0, 0, 4, 7] = 30.0
    points = torch.zeros(1, 2, 6, 8, dtype=torch.bool)
    points[0, 0, 1, 2] = True
    flow = matched(torch.cat([one, two]), points)
    torch.testing.assert_close(flow[0, :2, 1, 2], torch.tensor([5.0, 3.0]), atol=1e-4, rtol=0)
    assert flow.count_nonzero() == 2


@pytest.mark.parametrize("t", [0.25, 0.5, 0.75])
def test_matches_are_carried_to_where_things_are_at_t(t: float) -> None:
    matches = torch.zeros(1, 4, 5, 9)
    matches[0, :2, 2, 0] = torch.tensor([8.0, 0.0])  # first → second
    matches[0, 2:, 2, 8] = torch.tensor([-8.0, 0.0])
    shifted = carried(matches, t, count=1)
    place = int(8 * t)
    torch.testing.assert_close(shifted[0, :, 2, place], torch.tensor([-8 * t, 0, 8 * (1 - t), 0]))
    assert shifted.count_nonzero() == 2


def test_largest_takes_so_many_of_each_channel() -> None:
    values = torch.tensor([[[[1.0, 5.0], [3.0, 2.0]], [[0.0, 0.0], [7.0, 0.0]]]])
    assert largest(values, 2)[0, 0].tolist() == [[False, True], [True, False]]
    assert largest(values, 1)[0, 1].tolist() == [[False, False], [True, False]]


def test_positions_are_numbered_from_one() -> None:
    code = position_code(4, 8, 2, torch.zeros(1))
    turn = 2 * torch.pi / (4 + 1e-6)
    torch.testing.assert_close(code[0, :, 0], torch.sin(turn * torch.arange(1.0, 5.0)))
    torch.testing.assert_close(code[1, :, 0], torch.cos(turn * torch.arange(1.0, 5.0)))
    assert code.shape == (4, 4, 8)


def test_flows_lead_from_picture_to_picture() -> None:
    """Halves of a flow to t and from there, thrown to both pictures, are the whole of it."""
    from vfi.models.sgm.local_flow import Motion
    from vfi.models.sgm.sparse_global_matching import _between

    flow = torch.zeros(1, 4, 8, 12)
    flow[:, 0], flow[:, 2] = -2.0, 2.0
    forward, backward = _between(Motion(flow, torch.zeros(1, 1, 8, 12), flow))
    torch.testing.assert_close(forward[0, 0, :, :8], torch.full((8, 8), 4.0))
    torch.testing.assert_close(backward[0, 0, :, 4:], torch.full((8, 8), -4.0))
