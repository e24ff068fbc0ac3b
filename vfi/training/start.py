"""What a run begins with: a network from its settings, weights of others, and what of it learns."""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from ..assets import asset_folder
from ..errors import InputError, UsageError
from ..model_files import load_network, read_checkpoint, read_settings
from ..models.moments import Moments
from ..models.network import InterpolationNetwork
from ..models.registry import build
from .config import TrainingConfig
from .weight_transfer import adopt_decoders


def model_settings(name: str) -> dict[str, Any]:
    """Return the settings of `configs/models/NAME.yaml`, or of a file.

    Raises:
        UsageError: there is none.
    """
    path = Path(name) if name.endswith(".yaml") else asset_folder("configs/models") / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"no model {name!r} in configs/models/")
    return read_settings(path)


def new_network(settings: dict[str, Any], name: str) -> InterpolationNetwork:
    """Return the network that a model's settings describe, with fresh weights.

    Raises:
        InputError: the settings are wrong.
    """
    try:
        return build(settings)
    except (ValueError, TypeError) as error:
        raise InputError(f"model {name!r}: {error}") from error


def adopted(network: InterpolationNetwork, small: str) -> InterpolationNetwork:
    """Make a network's flow begin as a small model's, which is returned: the teacher.

    Raises:
        UsageError: the models are not of the kinds that can do so.
        WeightsError: there are no such weights.
    """
    teacher = load_network(small)
    flow, taught = network.flow_network(), teacher.flow_network()
    if flow is None or taught is None:
        lacking = small if flow else "this model"
        raise UsageError(f"stage features: {lacking} has no flow network of its own")
    try:
        adopt_decoders(flow, taught)
    except ValueError as error:
        raise UsageError(f"stage features: {error}") from error
    return teacher.float()


def fits(network: InterpolationNetwork, config: TrainingConfig) -> None:
    """Check that there is something to train, on crops that the network takes.

    Raises:
        UsageError: there is not.
    """
    if not any(True for _ in network.parameters()):
        raise UsageError(f"model {config.model}: it has no weights to train")
    if network.times is not Moments.ANY and config.data.triplets < 1:
        raise UsageError(
            f"data.triplets {config.data.triplets:g}: {config.model} makes the middle of two "
            "frames alone and needs 1"
        )
    if config.stage != "frame" and not network.has_flow:
        raise UsageError(f"stage {config.stage}: {config.model} has no flow to train")
    multiple = network.size_multiple
    if config.data.crop % multiple:
        raise UsageError(
            f"data.crop {config.data.crop}: {config.model} needs a multiple of {multiple}"
        )


def start(network: InterpolationNetwork, config: TrainingConfig) -> list[str]:
    """Load the weights that a run starts from, if any, and let its finer levels wait.

    Levels that waited in the run before, and take part now, begin as that run's finest one.
    Returns the names of the weights that start afresh beside loaded ones.

    Raises:
        InputError: there are no such weights, or nothing of them fits.
        UsageError: the network's flow has no such level.
    """
    fresh: list[str] = []
    if config.start:
        path = Path(config.start)
        fresh = start_from(network, path, config.skip_prefixes)
        trained = 0 if path.suffix == ".safetensors" else read_run(path)["config"].get("finest", 0)
        if trained > config.finest:
            flow = network.flow_network()
            assert flow is not None  # it had levels that waited
            flow.pass_down(trained)
    wait_with_finer(network, config.finest)
    return fresh


def wait_with_finer(network: InterpolationNetwork, finest: int) -> None:
    """Let the levels of the flow that are finer than 1/2**finest wait; 0 lets all take part.

    Raises:
        UsageError: the network's flow has no such level.
    """
    if not finest:
        return
    flow = network.flow_network()
    if flow is None or not flow.finest <= finest <= len(flow.config.channels):
        raise UsageError(f"the flow of this network has no level {finest}")
    flow.finest = finest


def freeze_all_but(network: nn.Module, parts: tuple[str, ...]) -> None:
    """Let only some parts of a network learn; all, if none are named.

    Raises:
        UsageError: the network has no such part.
    """
    network.requires_grad_(not parts)
    for part in parts:
        try:
            network.get_submodule(part).requires_grad_()
        except AttributeError:
            own = ", ".join(name for name, _ in network.named_children())
            raise UsageError(f"no part {part!r} in this network; there are: {own}") from None


def start_from(network: nn.Module, path: Path, skip_prefixes: tuple[str, ...] = ()) -> list[str]:
    """Load what fits of some weights (safetensors or a checkpoint's average) into a network.

    Returns the names that did not fit, or begin as one of `skip_prefixes`, and keep their
    initialisation.

    Raises:
        InputError: the file is not there, or nothing fits.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such weights to start from")
    if path.suffix == ".safetensors":
        try:
            state = load_file(path)
        except (SafetensorError, OSError) as error:
            raise InputError(f"{path} is no whole safetensors file: {error}") from error
    else:
        state = read_run(path)["average"]
    own = network.state_dict()
    fitting = {
        name: value for name, value in state.items()
        if name in own and own[name].shape == value.shape and not name.startswith(skip_prefixes)
    }  # fmt: skip
    if not fitting:
        raise InputError(f"{path}: none of its weights fits this network")
    network.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))


def read_run(path: Path) -> dict[str, Any]:
    """Return what a checkpoint of a run holds.

    Raises:
        InputError: it is damaged, or no checkpoint of `vfi train`.
    """
    state = read_checkpoint(path)
    missing = {"config", "step", "seconds", "network", "average", "optimiser"} - set(state)
    if missing:
        raise InputError(f"{path} is no checkpoint of vfi train: it lacks {min(missing)!r}")
    return state


def load_strictly(network: nn.Module, state: dict[str, Any], path: Path) -> None:
    """Load weights that have to fit.

    Raises:
        InputError: they are of another network, perhaps an older form of this model.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(f"{path} is of another network: {' '.join(str(error).split())}") from error
