"""A network that nothing knows by name: a class and a row in the registry, and all else works."""

import ast
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers.textures import texture
from vfi.evaluation.speed.flops import count_flops
from vfi.interpolator import Interpolator
from vfi.model_files import load_network, save_weights
from vfi.models import registry
from vfi.models.network import Flows, InterpolationNetwork, Synthesis
from vfi.models.pair import Pair
from vfi.training.config import LossConfig
from vfi.training.objective import Objective
from vfi.training.start import new_network
from vfi.training.validation import predict

ROOT = Path(__file__).parent.parent
SETTINGS = {"architecture": "cross-fade", "gain": 0.5}


@dataclass(frozen=True)
class CrossFadeConfig:
    gain: float = 1.0


@dataclass(frozen=True)
class CrossFadePair(Pair):
    one: Tensor
    two: Tensor


class CrossFade(InterpolationNetwork):
    """gain · ((1 − t) · one + t · two), by a 1×1 convolution whose weights learn."""

    stages = {"scale": "synthesis"}  # noqa: RUF012 - a ClassVar of the base

    def __init__(self, config: CrossFadeConfig) -> None:
        super().__init__(size_multiple=4)
        self.scale = nn.Conv2d(3, 3, 1, bias=False)
        with torch.no_grad():
            self.scale.weight.copy_(config.gain * torch.eye(3)[..., None, None])

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> CrossFadePair:
        nothing = torch.zeros_like(one[:, :2])
        return CrossFadePair(nothing, nothing, nothing[:, :1], nothing[:, :1], one, two)

    def explain(self, pair: CrossFadePair, t: Tensor | float) -> Synthesis:
        blend = (1 - t) * pair.one + t * pair.two
        return Synthesis(self.scale(blend), blend)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> InterpolationNetwork:
    monkeypatch.setitem(registry.ARCHITECTURES, "cross-fade", (CrossFadeConfig, CrossFade))
    return new_network(SETTINGS, "cross-fade").eval()


def test_it_is_saved_loaded_and_run_at_any_size(
    network: InterpolationNetwork, tmp_path: Path
) -> None:
    file = tmp_path / "cross-fade.safetensors"
    save_weights(network, file, SETTINGS)
    assert isinstance(load_network(str(file)), CrossFade)
    one, two = texture(0, 33, 41), texture(1, 33, 41)
    expected = 0.5 * (0.75 * one.astype(float) + 0.25 * two)
    frame = Interpolator(file, "cpu", "fp32")(one, two, 0.25)
    np.testing.assert_allclose(frame, expected, atol=0.51)  # rounded to 8 bits
    np.testing.assert_array_equal(predict(network, one, two, 0.25), frame)


def test_it_learns(network: InterpolationNetwork) -> None:
    one, two = (torch.full((1, 3, 32, 32), value) for value in (0.2, 0.6))
    batch = {"one": one, "two": two, "target": (one + two) / 2, "t": torch.tensor([0.5])}
    loss, numbers = Objective(network, "frame", LossConfig())(batch)
    loss.backward()
    scale = network.get_parameter("scale.weight")
    assert scale.grad is not None
    assert float(scale.grad.diagonal().sum()) < 0  # 0.5 is to grow to 1
    # half of 0.4 is wanted: an error of 0.2, 10 log10(1 / 0.04)
    assert float(numbers["psnr"]) == pytest.approx(13.979, abs=1e-3)


def test_its_operations_are_counted_by_its_own_parts(network: InterpolationNetwork) -> None:
    flops = count_flops(network, 30, 30)  # padded to 32 × 32
    assert flops["synthesis"] == 2 * 3 * 3 * 32 * 32


def test_the_registry_alone_imports_networks() -> None:
    networks = {kind.__module__.split(".")[-1] for _, kind in registry.ARCHITECTURES.values()}
    files = [*(ROOT / "models").rglob("*.py"), *(ROOT / "vfi").rglob("*.py")]
    importing = {
        file.relative_to(ROOT).as_posix()
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] in networks
    }
    assert importing - {"vfi/models/registry.py"} == {"models/registry.py"}
