"""From a batch to numbers: which terms there are, and that they mean what they say."""

import pytest
import torch

from vfi.model_files import find_model, read_settings
from vfi.models.registry import build
from vfi.training.config import LossConfig
from vfi.training.data.samples import Sample
from vfi.training.losses import laplacian_loss
from vfi.training.objective import Objective


def network_of(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    return build(read_settings(find_model(name).config))


def batch_of(name: str, flow: bool = False) -> Sample:
    generator = torch.Generator().manual_seed(3)
    one, two, target = torch.rand(3, 2, 3, 64, 64, generator=generator)
    batch = {"one": one, "two": two, "target": target, "t": torch.tensor([0.25, 0.5])}
    nothing = torch.zeros(2, 2, 64, 64)
    kind = network_of(name).initial_flow_kind
    if kind:
        batch |= {f"{kind}_01": nothing, f"{kind}_10": nothing}
    if flow:
        batch |= {"flow_01": nothing + 3, "flow_10": nothing - 3}
    return batch


@pytest.mark.parametrize("name", ["fast", "hybrid"])
def test_an_untrained_network_costs_what_the_cross_fade_costs(name: str) -> None:
    """It starts as the classical method on no motion, for each sample at its own t."""
    batch = batch_of(name)
    network = network_of(name)
    network.flow.start_small(0.0)
    loss, terms = Objective(network, "frame", LossConfig(frame=1.0, blend=0.5))(batch)
    faded = torch.lerp(batch["one"], batch["two"], batch["t"].view(-1, 1, 1, 1))
    cost = laplacian_loss(faded, batch["target"])
    torch.testing.assert_close(terms["loss_frame"], cost.detach(), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(terms["loss_blend"], 0.5 * cost.detach(), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(loss, terms["loss_frame"] + terms["loss_blend"])
    error = (faded - batch["target"]).square().mean(dim=(1, 2, 3))
    torch.testing.assert_close(terms["psnr"], (-10 * error.log10()).mean(), rtol=1e-3, atol=1e-3)


def test_terms_of_no_weight_are_left_out() -> None:
    _, terms = Objective(network_of("fast"), "frame", LossConfig(blend=0.0))(batch_of("fast"))
    assert {name for name in terms if name.startswith("loss")} == {"loss_frame"}


def test_scenes_that_know_their_flow_teach_it() -> None:
    objective = Objective(network_of("fast"), "frame", LossConfig())
    objective.network.flow.start_small(0.0)
    _, terms = objective(batch_of("fast", flow=True))
    torch.testing.assert_close(terms["epe"], torch.tensor(18.0).sqrt())
    assert terms["loss_flow"] > 0
    assert "loss_flow" not in objective(batch_of("fast"))[1]


@pytest.mark.parametrize("name", ["fast", "hybrid"])
def test_the_flow_stage_moves_the_flow_alone(name: str) -> None:
    network = network_of(name)
    network.flow.start_small(0.0)
    loss, terms = Objective(network, "flow", LossConfig())(batch_of(name, flow=True))
    torch.testing.assert_close(terms["epe"], torch.tensor(18.0).sqrt(), rtol=1e-3, atol=1e-3)
    loss.backward()
    moved = {n.split(".")[0] for n, p in network.named_parameters() if p.grad is not None}
    assert moved == {"flow"}


def test_real_windows_are_taught_by_dis() -> None:
    """A network that takes no flow is shown one as its truth, in the flow stage."""
    network = network_of("fast")
    network.flow.start_small(0.0)
    given = {name: torch.full((2, 2, 64, 64), 4.0) for name in ("dis_01", "dis_10")}
    _, terms = Objective(network, "flow", LossConfig())(batch_of("fast") | given)
    torch.testing.assert_close(terms["epe_dis"], torch.tensor(32.0).sqrt())
    assert "epe" not in terms


def test_the_reference_network_can_be_trained() -> None:
    network = network_of("reference")
    batch = {name: value[..., :32, :32] if value.ndim == 4 else value
             for name, value in batch_of("reference").items()}  # fmt: skip
    loss, terms = Objective(network, "frame", LossConfig())(batch)
    loss.backward()
    assert all(value.isfinite() for value in terms.values())
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_margin_of_a_crop_costs_nothing() -> None:
    """What is sampled there comes from outside the crop: a network must not learn to mend it."""
    objective = Objective(network_of("direct"), "frame", LossConfig(square=1.0), margin=16)
    batch = batch_of("direct")
    batch["two"] = batch["one"]
    batch["target"] = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(4))
    batch["target"][..., 16:-16, 16:-16] = batch["one"][..., 16:-16, 16:-16]
    loss, terms = objective(batch)
    assert float(loss) < 1e-6
    assert float(terms["psnr"]) == pytest.approx(60.0)  # as much as is counted
    batch["target"][..., 20, 20] = 1 - batch["target"][..., 20, 20]
    assert float(objective(batch)[0]) > 1e-4


def test_the_fused_network_starts_as_the_classical_method() -> None:
    batch = batch_of("fused", flow=True)
    network = network_of("fused")
    _, terms = Objective(network, "frame", LossConfig(), margin=8)(batch)
    assert float(terms["gain"]) == pytest.approx(0.0, abs=0.1)
    assert float(terms["epe"]) == pytest.approx(18**0.5, abs=0.5)  # decoders start close to zero
