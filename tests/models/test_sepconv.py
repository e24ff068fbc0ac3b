"""The published SepConv: its numbers where they are at hand, its laws in any case."""

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.helpers.published import SEPCONV, sepconv_shapes, sepconv_weights
from vfi.model_files import find_model, read_settings
from vfi.models.published import recognised
from vfi.models.registry import build
from vfi.models.running import run_pair
from vfi.models.sepconv import SepConv, SepConvConfig

TOLERANCE = 1e-4
SMALL = SepConvConfig(channels=(4, 4, 4), taps=9)

with_numbers = pytest.mark.skipif(
    not (SEPCONV / "golden.safetensors").is_file(),
    reason="the published numbers are not part of the repository",
)


def published(padding: str = "improved") -> SepConv:
    settings = read_settings(find_model("reference-sepconv").config)
    network = build({**settings, "padding": padding}).eval()
    assert isinstance(network, SepConv)
    state = sepconv_weights(sepconv_shapes())
    network.load_state_dict(recognised(state).translated(state))
    return network


@with_numbers
def test_its_parameters_are_the_published_ones() -> None:
    names = json.loads((SEPCONV / "names.json").read_text())
    assert {name: list(shape) for name, shape in names.items()} == sepconv_shapes()


@with_numbers
@pytest.mark.parametrize(
    ("case", "padding", "name"),
    [
        ("case0", "improved", "frame"),
        ("case0", "paper", "frame_paper"),
        ("case1", "improved", "frame"),
    ],
)
def test_frames_are_the_published_ones(case: str, padding: str, name: str) -> None:
    numbers = load_file(SEPCONV / "golden.safetensors")
    one, two = (picture(numbers[f"{case}.{which}_bgr"]) for which in ("one", "two"))
    with torch.inference_mode():
        frame = run_pair(published(padding), one, two)[0].flip(0)  # to BGR
    torch.testing.assert_close(frame, numbers[f"{case}.{name}"], atol=TOLERANCE, rtol=0)


@with_numbers
def test_features_and_kernels_are_the_published_ones() -> None:
    numbers = load_file(SEPCONV / "golden.safetensors")
    network = published()
    one, two = (picture(numbers[f"case2.{which}_bgr"]) for which in ("one", "two"))
    near = {"atol": TOLERANCE, "rtol": 0}
    with torch.inference_mode():
        pair = network.prepare(one, two)
        features = network.features(pair)
        torch.testing.assert_close(features[0, :, ::4, ::4], numbers["case2.features_sub"], **near)
        for number, which in enumerate(("one", "two")):
            for kind, heads in (("vertical", network.vertical), ("horizontal", network.horizontal)):
                found = heads[number](features)[0, :, ::16, ::16]
                torch.testing.assert_close(found, numbers[f"case2.{kind}_{which}_sub"], **near)
        frame = network.synthesise(pair, 0.5)[0].flip(0)
    torch.testing.assert_close(frame, numbers["case2.frame"], **near)


def picture(bgr: Tensor) -> Tensor:
    """(1, 3, H, W) RGB in 0..1 of a (H, W, 3) BGR uint8 picture."""
    return bgr.permute(2, 0, 1)[None].float().div(255).flip(1)


def test_names_are_ours_one_to_one_and_told_apart() -> None:
    state = {name: torch.empty(shape) for name, shape in sepconv_shapes().items()}
    network = recognised(state)
    assert network.model == "reference-sepconv"
    translated = network.translated({n.replace("net", "module"): v for n, v in state.items()})
    with torch.device("meta"):
        own = build(read_settings(find_model(network.model).config)).state_dict()
    assert {n: v.shape for n, v in translated.items()} == {n: v.shape for n, v in own.items()}
    assert sum(value.numel() for value in own.values()) == 21_675_452


@pytest.mark.parametrize("name", ["netConv6.0.weight", "netDeconv1.0.weight", "netUpsample5", ""])
def test_a_foreign_name_is_named(name: str) -> None:
    known = recognised({"netConv1.0.weight": torch.empty(0)})
    with pytest.raises(KeyError) as error:
        known.our_name(name)
    assert error.value.args == (name,)


def test_it_starts_as_the_mean_of_both_pictures() -> None:
    one, two = torch.rand(2, 1, 3, 40, 56).unbind()
    with torch.inference_mode():
        frame = run_pair(SepConv(SMALL).eval(), one, two)
    torch.testing.assert_close(frame, (one + two) / 2)


def test_columns_move_down_and_rows_to_the_right_of_their_own_picture() -> None:
    """The first picture is seen two pixels further down, the second three further right."""
    network = SepConv(SMALL).eval()
    with torch.no_grad():
        for head in (*network.vertical, *network.horizontal):
            head[-1].bias.zero_()
        network.vertical[0][-1].bias[4 + 2] = network.horizontal[0][-1].bias[4] = 1
        network.vertical[1][-1].bias[4] = network.horizontal[1][-1].bias[4 + 3] = 1
    one, two = torch.rand(2, 1, 3, 16, 24).unbind()
    with torch.inference_mode():
        frame = network.synthesise(network.prepare(one, two), 0.5)
    expected = one[..., 2:, :-3] + two[..., :-2, 3:]
    torch.testing.assert_close(frame[..., :-2, :-3], expected)


def test_alpha_goes_under_the_same_kernels() -> None:
    torch.manual_seed(0)
    network = SepConv(SMALL).eval()
    for head in (*network.vertical, *network.horizontal):
        torch.nn.init.normal_(head[-1].weight, std=0.1)
    grey = [each.expand(1, 3, 16, 24) for each in torch.rand(2, 1, 1, 16, 24).unbind()]
    pair = network.prepare(grey[0], grey[1])
    with torch.inference_mode():
        frame = network.synthesise(pair, 0.5)
        alpha = network.carry(pair, grey[0][:, :1], grey[1][:, :1], 0.5)
    torch.testing.assert_close(alpha, frame[:, :1])


def test_taps_are_odd() -> None:
    with pytest.raises(ValueError, match="'taps' is an odd number, not 50"):
        SepConvConfig(taps=50)
