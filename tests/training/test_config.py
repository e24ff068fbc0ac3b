"""Training configurations: what is not known is refused by name."""

from pathlib import Path

import pytest

from vfi import InputError, UsageError
from vfi.assets import asset_names
from vfi.training.config import TrainingConfig, read_config
from vfi.training.start import model_settings, new_network


@pytest.mark.parametrize("name", asset_names("configs/training", ".yaml"))
def test_every_shipped_configuration_can_be_read(name: str) -> None:
    config = read_config(name)
    assert config.name == name
    assert config.steps > 0
    network = new_network(model_settings(config.model), config.model)
    assert config.data.crop % int(network.size_multiple) == 0


def test_a_file_and_changes(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("model: fast\nsteps: 9\noptimiser: {rate: 1.0e-3, accumulate: 2}\n")
    config = read_config(file, steps=5, start="x.safetensors")
    assert (config.name, config.model, config.steps, config.start) == (
        "mine",
        "fast",
        5,
        "x.safetensors",
    )
    assert (config.optimiser.rate, config.optimiser.accumulate) == (1e-3, 2)
    assert config.data == TrainingConfig("", "").data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: fast\nspeed: 3", "unknown setting 'speed'; there are: batch, data,"),
        ("model: fast\ndata: {crops: 3}", "unknown setting 'data.crops'; there are: .*crop"),
        ("model: fast\nsteps: many", "setting 'steps' takes int, not 'many'"),
        ("model: fast\nsteps: true", "setting 'steps' takes int, not True"),
        ("model: fast\nstage: both", "setting 'stage' is one of features, flow, frame, not 'both'"),
        (
            "model: fast\nprecision: fp8",
            "setting 'precision' is one of fp32, bf16, auto, not 'fp8'",
        ),
        ("model: fast\ndata: 3", "setting 'data' is a section, not 3"),
        ("steps: 3", "model"),
        ("model: fast\nstage: features", "setting 'teacher' is a model's name, not ''"),
        ("model: fast\nloss: {perceptual: 1}", "setting 'features' is a model's name, not ''"),
        ("model: " + "[" * 3000, "brackets within brackets"),
        (f"model: fast\nsteps: {'9' * 5000}", "4300 digits"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nmodel: *b", "aliases"),
        ("model: fast\nsteps: 0", "setting 'steps' is 1 or more, not 0"),
        ("model: fast\nbatch: 0", "setting 'batch' is 1 or more, not 0"),
        ("model: fast\nsave_every: -1", "setting 'save_every' is 0 or more, not -1"),
        ("model: fast\ndata: {synthetic: -1}", "setting 'synthetic' is a share in 0..1, not -1"),
        ("model: fast\ndata: {crop: 8}", "setting 'crop' is 16 pixels or more, not 8"),
        ("model: fast\noptimiser: {accumulate: 0}", "setting 'accumulate' is 1 or more, not 0"),
        ("model: fast\noptimiser: {ema: 1.0}", "setting 'ema' is 0 or more and below 1, not 1.0"),
        ("- a\n- b", r"mine\.yaml: "),
        ("model: [", r"mine\.yaml: "),
        ("model: \x00", r"mine\.yaml: "),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_config(file)
    assert "\n" not in str(error.value)
    assert str(file) in str(error.value)


def test_a_missing_configuration() -> None:
    with pytest.raises(UsageError, match="no training configuration nothing"):
        read_config("nothing")
