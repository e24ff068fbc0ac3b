"""A published flow network takes over what a small one has learned, to the number."""

import pytest
import torch
from torch import Tensor

from vfi.models.pwcnet import PWCNet, PWCNetConfig, unit_features
from vfi.training.weight_transfer import adopt_decoders, features_to_adopt, hint_loss

LARGE = PWCNetConfig(channels=(4, 6, 10), decoder=(12, 10, 8, 4), radius=3, finest=1)
SMALL = PWCNetConfig(
    channels=(4, 5, 6), decoder=(7, 5), radius=2, finest=2, residual=True, shared=6
)


@pytest.fixture(autouse=True)
def _only_what_is_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfi.training.weight_transfer.REMAINDER", 0.0)
    torch.manual_seed(0)


def small_network() -> PWCNet:
    network = PWCNet(SMALL)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # biases, too
    return network


def filled(features: Tensor, channels: int) -> Tensor:
    return torch.cat([features, features.new_zeros(1, channels - 6, 8, 12)], dim=1)


@pytest.mark.parametrize(("level", "channels"), [(2, 6), (3, 10)])
def test_the_decoders_answer_as_the_small_one_does(level: int, channels: int) -> None:
    """At the finest level that both have, and at the coarsest, which is given no flow."""
    large, small = PWCNet(LARGE), small_network()
    adopt_decoders(large, small)
    one, two = (unit_features(torch.randn(1, 6, 8, 12)) for _ in range(2))
    flow = torch.randn(1, 2, 8, 12) if level == 2 else torch.zeros(1, 2, 8, 12)
    with torch.inference_mode():
        wanted = small.decoders[0](one, two, flow)
        given = flow if level == 2 else None
        found = large.decoders[level - 1](filled(one, channels), filled(two, channels), given)
    assert wanted.std() > 0.1
    torch.testing.assert_close(found, wanted)


def test_a_level_that_is_too_narrow_goes_by_its_costs() -> None:
    large, small = PWCNet(LARGE), small_network()
    adopt_decoders(large, small)
    flow = torch.randn(1, 2, 8, 12)
    nothing = torch.zeros(1, 4, 8, 12)
    none = torch.zeros(1, 6, 8, 12)
    with torch.inference_mode():
        wanted = small.decoders[0](none, none, flow)
        torch.testing.assert_close(large.decoders[0](nothing, nothing, flow), wanted)


def test_what_is_taught_is_what_the_small_decoder_sees() -> None:
    small = small_network()
    pictures = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        taught = features_to_adopt(small, pictures)
        plain = small.extractor(pictures)
        seen = small.equalise[0](plain[1])
    assert [level.shape[1] for level in taught] == [4, 6, 6]
    torch.testing.assert_close(taught[0], unit_features(plain[0]))
    torch.testing.assert_close(taught[1], unit_features(seen))


def test_only_the_first_channels_are_taught() -> None:
    taught = [torch.randn(1, 4, 8, 8), torch.randn(1, 6, 4, 4)]
    more = torch.full((1, 9, 4, 4), 5.0)
    more[:, :6] = taught[1]
    assert hint_loss([taught[0], more], taught) == 0
    more[:, 5] += 1
    assert hint_loss([taught[0], more], taught).item() == pytest.approx(1 / 12)


@pytest.mark.parametrize(
    ("large", "small"),
    [(LARGE, LARGE), (SMALL, SMALL), (PWCNetConfig(channels=(6,), decoder=(8, 8, 8)), SMALL)],
)
def test_what_does_not_fit(large: PWCNetConfig, small: PWCNetConfig) -> None:
    with pytest.raises(ValueError, match=r"adopt"):
        adopt_decoders(PWCNet(large), PWCNet(small))
