"""The perceptual term: nothing for the same picture, more for blur than for as much light, and it
teaches the result alone.
"""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from vfi.errors import UsageError
from vfi.model_files import load_network
from vfi.training.config import LossConfig
from vfi.training.objective import Objective
from vfi.training.perceptual import PerceptualLoss


@pytest.fixture(scope="module")
def distance() -> PerceptualLoss:
    return PerceptualLoss("fast")


@pytest.fixture
def texture() -> Tensor:
    noise = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(4))
    return 0.25 + 0.5 * noise


def test_the_same_picture_is_no_distance_away(distance: PerceptualLoss, texture: Tensor) -> None:
    assert float(distance(texture, texture)) == 0


def test_blur_is_farther_away_than_light(distance: PerceptualLoss, texture: Tensor) -> None:
    """Both differ from the truth by as much, pixel by pixel."""
    blurred = functional.avg_pool2d(functional.pad(texture, (1, 1, 1, 1), "replicate"), 3, 1)
    difference = float((blurred - texture).square().mean().sqrt())
    brighter = texture + difference
    assert float(distance(blurred, texture)) > float(distance(brighter, texture)) > 0


def test_only_the_result_learns(distance: PerceptualLoss, texture: Tensor) -> None:
    result = texture.flip(3).requires_grad_()
    distance(result, texture).backward()
    assert result.grad is not None
    assert result.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in distance.parameters())


def test_it_is_a_term_of_the_frame_stage(texture: Tensor) -> None:
    nothing = torch.zeros_like(texture[:, :2])
    batch = {"one": texture, "two": texture.flip(3), "target": texture.flip(2),
             "t": torch.tensor([0.5, 0.5]), "tracks_01": nothing, "tracks_10": nothing}  # fmt: skip
    network = load_network("fast")
    _, terms = Objective(network, "frame", LossConfig(perceptual=0.4, features="fast"))(batch)
    assert terms["loss_perceptual"] > 0
    _, terms = Objective(network, "frame", LossConfig())(batch)
    assert "loss_perceptual" not in terms


def test_the_features_are_of_a_model_that_has_some() -> None:
    with pytest.raises(UsageError, match=r"loss\.features: direct has no flow network"):
        PerceptualLoss("direct")
