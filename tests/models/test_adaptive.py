"""Adaptive separable kernels over classical motion."""

import pytest
import torch

from tests.helpers.textures import texture
from vfi.model_files import find_model, read_settings
from vfi.models import adaptive
from vfi.models.adaptive import Adaptive, AdaptiveConfig
from vfi.models.registry import build
from vfi.models.running import run_pair

SMALL = AdaptiveConfig(rows=(8, 8), columns=2, taps=5)


def pictures(height: int = 64, width: int = 96) -> list[torch.Tensor]:
    """Two pictures (1, 3, H, W) of a texture that moves by three pixels."""
    return [
        torch.from_numpy(texture(right, height, width)).permute(2, 0, 1)[None].float() / 255
        for right in (0, 3)
    ]


def test_it_starts_as_the_classical_method() -> None:
    torch.manual_seed(0)
    one, two = pictures()
    direct = build(read_settings(find_model("direct").config)).eval()
    with torch.inference_mode():
        assert torch.equal(run_pair(Adaptive(SMALL).eval(), one, two), run_pair(direct, one, two))


def shaken() -> Adaptive:
    torch.manual_seed(0)
    network = Adaptive(SMALL).eval()
    torch.nn.init.normal_(network.head[-1].weight)
    return network


def test_where_nothing_differs_and_nothing_is_fine_nothing_changes() -> None:
    """Kernels have no rule for their sum: here they cannot darken a flat area for that."""
    flat = torch.full((1, 3, 32, 32), 0.7)
    with torch.inference_mode():
        torch.testing.assert_close(run_pair(shaken(), flat, flat), flat)


def test_its_kernels_do_change_pictures() -> None:
    one, two = pictures()
    network = shaken()
    with torch.inference_mode():
        made = network.explain(network.prepare(one, two, flows(one)), 0.5)
    assert made.baseline is not None
    assert (made.frame - made.baseline).abs().max() > 1e-3


def flows(picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    right = torch.zeros_like(picture[:, :2])
    right[:, 0] = 3.0
    return right, -right


def test_it_learns_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frame half way is sharper than the mean: the kernel of its detail has to grow."""
    monkeypatch.setattr(adaptive, "KERNEL_SCALE", 0.1)  # sixty steps are few
    torch.manual_seed(0)
    network = Adaptive(SMALL).train()
    one, two = pictures()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    with torch.no_grad():
        mean = network.explain(network.prepare(one, two, flows(one)), 0.5).frame
    blurred = torch.nn.functional.avg_pool2d(mean, 5, 1, 2)
    target = mean + 0.5 * (mean - blurred)
    losses = []
    for _ in range(60):
        loss = (network(one, two, 0.5, flows(one)) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_taps_are_odd() -> None:
    with pytest.raises(ValueError, match="'taps' is an odd number, not 4"):
        AdaptiveConfig(taps=4)


def test_other_moments_than_the_middle_are_not_its_own() -> None:
    one, two = pictures()
    network = Adaptive(SMALL)
    with pytest.raises(ValueError, match="t = 1/2"):
        network(one, two, 0.25, flows(one))
