"""The `reference` network against numbers of the published implementation."""

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.helpers.published import NUMBERS, published_shapes, published_weights
from vfi.model_files import find_model, read_settings
from vfi.models.published import PUBLISHED, recognised
from vfi.models.published.softsplat import our_name
from vfi.models.registry import build
from vfi.models.softsplat import SoftSplat, SoftSplatConfig

TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def numbers() -> dict[str, Tensor]:
    return load_file(NUMBERS)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    network = build(read_settings(find_model("reference").config)).eval()
    network.load_state_dict(PUBLISHED[0].translated(published_weights()), strict=True)
    return network.requires_grad_(False)


def picture(numbers: dict[str, Tensor], name: str) -> Tensor:
    """(1, 3, H, W) RGB in 0..1 of a stored (H, W, 3) BGR uint8 picture."""
    return numbers[name].permute(2, 0, 1)[None].float().div(255).flip(1)


def test_flows_and_frames_are_the_published_ones(
    network: SoftSplat, numbers: dict[str, Tensor]
) -> None:
    one, two = picture(numbers, "one_bgr"), picture(numbers, "two_bgr")
    pair = network.prepare(one, two)
    for flow, name in ((pair.flow_01, "flow_01_padded"), (pair.flow_10, "flow_10_padded")):
        torch.testing.assert_close(flow[0], numbers[name], atol=TOLERANCE, rtol=0)
    for t, name in ((0.5, "frame_t050"), (0.25, "frame_t025")):
        frame = network.synthesise(pair, t)[0].flip(0)  # to BGR
        torch.testing.assert_close(frame, numbers[name], atol=TOLERANCE, rtol=0)


def test_published_names_are_ours_one_to_one(network: nn.Module) -> None:
    published = published_shapes()
    translated = {our_name(name): tuple(shape) for name, shape in published.items()}
    assert len(translated) == len(published) == 278
    assert translated == {name: tuple(v.shape) for name, v in network.state_dict().items()}


def test_checkpoints_say_module_where_the_network_says_net() -> None:
    names = sorted(published_shapes())
    assert [our_name(name.replace("net", "module")) for name in names] == [
        our_name(name) for name in names
    ]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "conv1.weight",
        "netFlow.netExtractor.netSeventh.0.weight",
        "netSynthesis.netEncode.netFou.0.weight",
        "netSynthesis.netWarp.netOn.netMain.0.weight",
    ],
)
def test_a_foreign_name_is_named(name: str) -> None:
    with pytest.raises(KeyError) as error:
        our_name(name)
    assert error.value.args == (name,)


def test_size_of_the_published_network(network: nn.Module) -> None:
    def count(part: str) -> int:
        return sum(p.numel() for p in network.get_submodule(part).parameters())

    assert sum(p.numel() for p in network.parameters()) == 7_668_852
    assert round(count("flow") / 1e6, 2) == 4.20
    assert round(count("importance") / 1e6, 2) == 0.60
    assert round(count("synthesis") / 1e6, 2) == 2.24


def test_the_file_and_the_defaults_are_the_same_network() -> None:
    assert build(read_settings(find_model("reference").config)).state_dict().keys() == (
        SoftSplat(SoftSplatConfig()).state_dict().keys()
    )


def test_statistics_are_pooled_over_both_frames_of_each_sample(network: SoftSplat) -> None:
    one = torch.stack([torch.zeros(3, 32, 32), torch.full((3, 32, 32), 0.2)])
    two = torch.stack([torch.ones(3, 32, 32), torch.full((3, 32, 32), 0.6)])
    pair = network.prepare(one, two)
    torch.testing.assert_close(pair.mean.flatten(), torch.tensor([0.5, 0.4]))
    torch.testing.assert_close(pair.deviation.flatten(), torch.tensor([0.5, 0.2]))


def test_two_black_frames_give_finite_numbers(network: SoftSplat) -> None:
    black = torch.zeros(1, 3, 32, 32)
    assert network(black, black).isfinite().all()


def test_odd_sizes_are_refused(network: SoftSplat) -> None:
    picture = torch.zeros(1, 3, 32, 33)
    with pytest.raises(ValueError, match="multiples of 2, not 33x32"):
        network(picture, picture)


def test_a_checkpoint_is_told_by_its_names() -> None:
    assert recognised(published_weights()).model == "reference"
    assert recognised({}).model == "reference"
    assert recognised({"unet.conv.bias": torch.zeros(3)}).model == "reference-sgm"
