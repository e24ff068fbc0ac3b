"""A training run: what it writes, and that it goes on after a kill as if nothing had been."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from accelerate.state import AcceleratorState

from tests.helpers.networks import TINY
from tests.helpers.textures import texture
from vfi import InputError, Interpolator, OutputError, UsageError, stopping
from vfi.model_files import load_network, metadata_of, save_weights
from vfi.training import loop
from vfi.training.config import TrainingConfig, read_config
from vfi.training.data.store import ClipStore
from vfi.training.loop import Trainer, export_weights, learning_rate, train
from vfi.training.start import new_network, start_from

STEPS = 5
Weights = dict[str, torch.Tensor]


pytestmark = pytest.mark.usefixtures("small_scenes")


@pytest.fixture
def settings(tmp_path: Path, clip_store: ClipStore) -> dict[str, Any]:
    """A run of a few steps of a tiny network on tiny clips, half of the batches synthetic."""
    model = tmp_path / "tiny.yaml"
    model.write_text(yaml.safe_dump(TINY))
    return {
        "name": "tiny",
        "model": str(model),
        "steps": STEPS,
        "batch": 2,
        "precision": "fp32",
        "save_every": 2,
        "data": {
            "clips": str(tmp_path / "none"),
            "store": str(clip_store.folder),
            "validation": str(tmp_path / "none"),
            "validation_store": str(clip_store.folder),
            "validation_triplets": 2,
            "crop": 32,
            "synthetic": 0.5,
            "workers": 0,
        },
        "optimiser": {"warmup": 2, "rate": 1e-3},
    }


def config_of(settings: dict[str, Any], folder: Path, **changes: Any) -> TrainingConfig:
    file = folder / "run.yaml"
    file.write_text(yaml.safe_dump(settings | changes))
    return read_config(file)


@pytest.fixture
def config(settings: dict[str, Any], tmp_path: Path) -> TrainingConfig:
    return config_of(settings, tmp_path)


def state_of(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(folder / "checkpoint.pt", weights_only=True)
    return state


def assert_same(one: Weights, two: Weights) -> None:
    assert one.keys() == two.keys()
    assert [name for name in one if not torch.equal(one[name], two[name])] == []


def log_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def killed_in_step(
    number: int, monkeypatch: pytest.MonkeyPatch, config: TrainingConfig, folder: Path
) -> None:
    """A run that ends in the middle of its step `number`."""
    step, steps = Trainer._one_step, []

    def killed(self: Trainer, batches: Any) -> Any:
        steps.append(self.step)
        if len(steps) == number:
            raise KeyboardInterrupt
        return step(self, batches)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_one_step", killed)
        with pytest.raises(KeyboardInterrupt):
            train(config, folder, progress=False)


def test_a_killed_run_goes_on_as_if_it_had_not_been(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of a step that is not saved: the same weights, averages and momenta."""
    train(config, tmp_path / "whole", progress=False)

    killed_in_step(4, monkeypatch, config, tmp_path / "killed")
    assert state_of(tmp_path / "killed")["step"] == 2
    train(config, tmp_path / "killed", progress=False)

    whole, killed_state = state_of(tmp_path / "whole"), state_of(tmp_path / "killed")
    assert whole["step"] == killed_state["step"] == STEPS
    assert_same(whole["network"], killed_state["network"])
    assert_same(whole["average"], killed_state["average"])
    for number, momenta in whole["optimiser"]["state"].items():
        for name, value in momenta.items():
            assert torch.equal(value, killed_state["optimiser"]["state"][number][name])
    last = [row["value"] for row in log_of(tmp_path / "whole") if row["kind"] == "validation"]
    assert last == [
        row["value"] for row in log_of(tmp_path / "killed") if row["kind"] == "validation"
    ]


def test_a_run_that_is_told_to_stop_keeps_its_last_step(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer._one_step

    def told(self: Trainer, batches: Any) -> dict[str, float]:
        terms = step(self, batches)
        if self.step == 3:  # which none of the regular checkpoints is of
            assert stopping.ask(KeyboardInterrupt())
        return terms

    monkeypatch.setattr(Trainer, "_one_step", told)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path / "run", progress=False)
    finally:
        stopping.forget()
    assert state_of(tmp_path / "run")["step"] == 3


def test_a_run_writes_what_it_found(config: TrainingConfig, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert train(config, folder, progress=False) == folder / "checkpoint.pt"
    assert not list(folder.glob("*.partial"))
    names = {(row["kind"], row["name"]) for row in log_of(folder)}
    assert {("train", "loss_frame"), ("train", "psnr"), ("validation", "psnr_gap1")} <= names
    assert all(np.isfinite(float(row["value"])) for row in log_of(folder))
    state = state_of(folder)
    assert state["config"]["steps"] == STEPS
    moved = [
        n for n in state["network"] if not torch.equal(state["network"][n], state["average"][n])
    ]
    assert moved  # the average lags behind

    # A finished run has nothing left to do.
    before = (folder / "checkpoint.pt").read_bytes()
    train(config, folder, progress=False)
    assert (folder / "checkpoint.pt").read_bytes() == before


def test_the_averaged_weights_become_a_model(config: TrainingConfig, tmp_path: Path) -> None:
    folder, file = tmp_path / "run", tmp_path / "tiny.safetensors"
    train(config, folder, progress=False)
    export_weights(folder, file)
    network = Interpolator(file, "cpu")
    average = state_of(folder)["average"]
    for name, value in network.network.state_dict().items():
        torch.testing.assert_close(value, average[name], rtol=2**-11, atol=1e-7)
    assert np.asarray(network(texture(0), texture(4))).shape == (48, 64, 3)
    metadata = metadata_of(file)
    assert metadata["step"] == str(STEPS)
    assert '"seed": 1' in metadata["training"]
    with pytest.raises(OutputError, match="exists already"):
        export_weights(folder, file)


def test_the_flow_alone_can_be_trained(settings: dict[str, Any], tmp_path: Path) -> None:
    config = config_of(settings, tmp_path, stage="flow", steps=2)
    train(config, tmp_path / "run", progress=False)
    names = {(row["kind"], row["name"]) for row in log_of(tmp_path / "run")}
    assert {("train", "loss_flow"), ("train", "epe"), ("validation", "epe")} <= names
    fresh = Trainer(config, tmp_path / "fresh", progress=False).network.state_dict()
    trained = state_of(tmp_path / "run")["network"]
    changed = {n.split(".")[0] for n in trained if not torch.equal(trained[n], fresh[n])}
    assert changed == {"flow"}


def test_batches_add_up_to_a_step(settings: dict[str, Any], tmp_path: Path) -> None:
    """Two batches of one sample are one of two: the same gradients, so the same momenta."""
    settings["data"]["synthetic"] = 0.0
    momenta = []
    for batch, accumulate in ((2, 1), (1, 2)):
        optimiser = settings["optimiser"] | {"accumulate": accumulate}
        config = config_of(settings, tmp_path, steps=1, batch=batch, optimiser=optimiser)
        train(config, tmp_path / str(batch), progress=False)
        states = state_of(tmp_path / str(batch))["optimiser"]["state"].values()
        momenta.append(torch.cat([state["exp_avg"].flatten() for state in states]))
    assert momenta[0].norm() > 0
    torch.testing.assert_close(momenta[0], momenta[1], rtol=1e-3, atol=1e-6)


def test_half_precision_learns_and_keeps_whole_weights(
    settings: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    AcceleratorState._reset_state()  # a process has one precision
    request.addfinalizer(AcceleratorState._reset_state)
    config = config_of(settings, tmp_path, steps=2, precision="bf16")
    before = Trainer(config, tmp_path / "fresh", progress=False).network.state_dict()
    train(config, tmp_path / "run", progress=False)
    after = state_of(tmp_path / "run")["network"]
    assert {value.dtype for value in after.values()} == {torch.float32}
    assert all(value.isfinite().all() for value in after.values())
    assert any(not torch.equal(after[name], before[name]) for name in after)


@pytest.mark.slow
def test_two_processes_train_one_network(settings: dict[str, Any], tmp_path: Path) -> None:
    """What each has seen counts: the weights are those of neither alone."""
    settings["data"]["synthetic"] = 0.0
    config_of(settings, tmp_path, steps=2, validate_every=100)
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*launcher, "-m", "vfi", "train", str(tmp_path / "run.yaml"), "--out", tmp_path / "both"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    both = state_of(tmp_path / "both")["network"]
    steps = [row["step"] for row in log_of(tmp_path / "both") if row["name"] == "loss_frame"]
    assert steps == ["2"]  # one process writes
    for seed in (2, 3):  # of the two processes, for a run of seed 1
        alone = config_of(settings, tmp_path, steps=2, seed=seed, validate_every=100)
        train(alone, tmp_path / str(seed), progress=False)
        weights = state_of(tmp_path / str(seed))["network"]
        assert any(not torch.allclose(both[name], weights[name], atol=1e-6) for name in both)


def test_another_seed_is_another_run(settings: dict[str, Any], tmp_path: Path) -> None:
    for seed in (1, 2):
        train(config_of(settings, tmp_path, seed=seed, steps=1), tmp_path / str(seed), False)
    one, two = (state_of(tmp_path / str(seed))["network"] for seed in (1, 2))
    assert any(not torch.equal(one[name], two[name]) for name in one)


def test_a_run_that_diverges_stops_and_keeps_what_was_good(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vfi.training.objective import Objective

    forward, calls = Objective.forward, []

    def diverging(self: Objective, batch: Any) -> Any:
        calls.append(1)
        loss, terms = forward(self, batch)
        return loss * (torch.nan if len(calls) == 4 else 1), terms

    monkeypatch.setattr(Objective, "forward", diverging)
    with pytest.raises(InputError, match="training diverged at step 4"):
        train(config, tmp_path / "run", progress=False)
    state = state_of(tmp_path / "run")
    assert state["step"] == 2
    assert all(value.isfinite().all() for value in state["network"].values())


class TestCoarseFlowFirst:
    """The published network's decoders, one a level, of which the finer ones may wait."""

    @pytest.fixture
    def settings(self, settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
        sizes = {"channels": [4, 4, 4], "decoder": [4], "radius": 1, "finest": 1}
        model = tmp_path / "tiny.yaml"
        model.write_text(yaml.safe_dump(TINY | {"architecture": "softsplat", "flow": sizes}))
        return settings | {"stage": "flow", "steps": 1}

    def test_finer_levels_wait_and_then_start_as_the_coarse_one(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        config = config_of(settings, tmp_path, finest=2)
        before = Trainer(config, tmp_path / "fresh", progress=False).network.state_dict()
        train(config, tmp_path / "coarse", progress=False)
        coarse = state_of(tmp_path / "coarse")["average"]
        name = "flow.decoders.{}.main.2.weight"
        assert torch.equal(coarse[name.format(0)], before[name.format(0)])
        assert not torch.equal(coarse[name.format(1)], before[name.format(1)])
        start = str(tmp_path / "coarse/checkpoint.pt")
        trainer = Trainer(config_of(settings, tmp_path, start=start), tmp_path / "fine")
        after = trainer.network.state_dict()
        assert torch.equal(after[name.format(0)], coarse[name.format(1)])
        assert torch.equal(after[name.format(1)], coarse[name.format(1)])

    @pytest.mark.parametrize("finest", [4, -1])
    def test_a_level_that_is_not_there(
        self, settings: dict[str, Any], tmp_path: Path, finest: int
    ) -> None:
        with pytest.raises(UsageError, match=f"no level {finest}"):
            Trainer(config_of(settings, tmp_path, finest=finest), tmp_path / "run")


class TestFeaturesOfASmallNetwork:
    @pytest.fixture
    def settings(self, settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
        small = TINY | {"flow": TINY["flow"] | {"shared": 4}}
        teacher = tmp_path / "small.safetensors"
        save_weights(new_network(small, "small"), teacher, small)
        sizes = {"channels": [4, 5], "decoder": [8, 8], "radius": 2, "finest": 1}
        model = tmp_path / "large.yaml"
        model.write_text(yaml.safe_dump(TINY | {"architecture": "softsplat", "flow": sizes}))
        return settings | {"stage": "features", "model": str(model), "teacher": str(teacher)}

    def test_the_features_learn_and_the_decoders_are_taken_over(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        config = config_of(settings, tmp_path)
        before = Trainer(config, tmp_path / "fresh", progress=False).network.state_dict()
        train(config, tmp_path / "run", progress=False)
        after = state_of(tmp_path / "run")["network"]
        changed = {name for name in after if not torch.equal(after[name], before[name])}
        assert changed == {name for name in after if name.startswith("flow.extractor")}
        teacher = load_network(settings["teacher"]).state_dict()
        taken = after["flow.decoders.1.main.0.weight"][4:8, :4]  # after the flow's four channels
        torch.testing.assert_close(taken, teacher["flow.decoders.0.main.0.weight"][:, :4].float())
        names = {(row["kind"], row["name"]) for row in log_of(tmp_path / "run")}
        assert {("train", "loss_features"), ("validation", "epe")} <= names

    @pytest.mark.parametrize("teacher", ["direct", "no-such-model"])
    def test_a_teacher_that_is_none(
        self, settings: dict[str, Any], tmp_path: Path, teacher: str
    ) -> None:
        with pytest.raises(UsageError, match=teacher):
            Trainer(config_of(settings, tmp_path, teacher=teacher), tmp_path / "run")

    def test_a_network_that_cannot_be_taught(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError, match="stage features: a network with a decoder a level"):
            Trainer(config_of(settings, tmp_path, model="hybrid"), tmp_path / "run")

    def test_a_teacher_that_is_too_large(self, settings: dict[str, Any], tmp_path: Path) -> None:
        small = TINY | {"flow": TINY["flow"] | {"shared": 4, "decoder": [6]}}
        teacher = tmp_path / "larger.safetensors"
        save_weights(new_network(small, "larger"), teacher, small)
        with pytest.raises(UsageError, match="larger than the one"):
            Trainer(config_of(settings, tmp_path, teacher=str(teacher)), tmp_path / "run")
        with pytest.raises(UsageError, match="another number of levels"):
            Trainer(config_of(settings, tmp_path, teacher="hybrid"), tmp_path / "other")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "direct"}, "model direct: it has no weights to train"),
        ({"data": {"crop": 50}}, r"data\.crop 50: .* needs a multiple of 4"),
        (
            {"model": "sepconv-l1"},
            r"data\.triplets 0\.6: sepconv-l1 makes the middle of two frames",
        ),
        (
            {"model": "reference-sepconv", "stage": "flow", "data": {"triplets": 1.0}},
            "stage flow: reference-sepconv has no flow to train",
        ),
    ],
)
def test_what_cannot_be_trained(
    settings: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Trainer(config_of(settings, tmp_path, **change), tmp_path / "run")


class TestGoingOn:
    def test_what_it_started_from_may_be_gone(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        train(config_of(settings, tmp_path, steps=1), tmp_path / "first", progress=False)
        start = tmp_path / "first/checkpoint.pt"
        train(config_of(settings, tmp_path, steps=1, start=str(start)), tmp_path / "run", False)
        start.unlink()
        again = config_of(settings, tmp_path, steps=2, start=str(start))
        train(again, tmp_path / "run", progress=False)
        assert state_of(tmp_path / "run")["step"] == 2

    @pytest.mark.parametrize("change", [{"stage": "flow"}, {"model": "fast"}])
    def test_another_run_is_not_gone_on_with(
        self, settings: dict[str, Any], tmp_path: Path, change: dict[str, str]
    ) -> None:
        train(config_of(settings, tmp_path, steps=1), tmp_path / "run", progress=False)
        with pytest.raises(
            InputError, match=rf"is a run of {next(iter(change))} .* another folder"
        ):
            Trainer(config_of(settings, tmp_path, **change), tmp_path / "run", progress=False)

    def test_the_record_has_every_step_once(
        self, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Killed after step 3 was written down, and before it was saved."""
        monkeypatch.setattr(loop, "LOG_EVERY", 1)
        config = config_of(settings, tmp_path, validate_every=0)
        killed_in_step(4, monkeypatch, config, tmp_path / "run")
        assert [row["step"] for row in log_of(tmp_path / "run")][-1] == "3"
        train(config, tmp_path / "run", progress=False)
        steps = [row["step"] for row in log_of(tmp_path / "run") if row["name"] == "loss_frame"]
        assert steps == ["1", "2", "3", "4", "5"]


class TestStarting:
    def test_from_the_weights_of_another_run(
        self, settings: dict[str, Any], tmp_path: Path
    ) -> None:
        config = config_of(settings, tmp_path, steps=2)
        train(config, tmp_path / "first", progress=False)
        export_weights(tmp_path / "first", tmp_path / "first.safetensors")
        first = state_of(tmp_path / "first")["average"]
        for start in ("first/checkpoint.pt", "first.safetensors"):
            again = config_of(settings, tmp_path, start=str(tmp_path / start))
            trainer = Trainer(again, tmp_path / f"from-{Path(start).name}", progress=False)
            for name, value in trainer.network.state_dict().items():
                torch.testing.assert_close(value, first[name], rtol=2**-11, atol=1e-7)
            assert trainer.step == 0

    def test_what_does_not_fit_is_told(self, settings: dict[str, Any], tmp_path: Path) -> None:
        network = new_network(TINY, "tiny")
        other = {"flow.none": torch.zeros(1)} | network.state_dict()
        del other["importance.head.shortcut.weight"]
        path = tmp_path / "other.safetensors"
        from safetensors.torch import save_file

        save_file(other, path)
        assert start_from(network, path) == ["importance.head.shortcut.weight"]

    def test_what_starts_afresh_is_said(
        self, settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        state = new_network(TINY, "tiny").state_dict()
        del state["importance.head.shortcut.weight"]
        path = tmp_path / "other.safetensors"
        from safetensors.torch import save_file

        save_file(state, path)
        skip_prefixes = ["flow.decoders.0", "importance.head.main"]
        Trainer(
            config_of(settings, tmp_path, start=str(path), skip_prefixes=skip_prefixes),
            tmp_path / "run",
        )
        forgotten = sum(name.startswith(tuple(skip_prefixes)) for name in state)
        assert forgotten > 3
        assert f"{forgotten + 1} weights start afresh: flow" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("gone.safetensors", None, "no such weights to start from"),
            ("cut.safetensors", b"{}", "is no whole safetensors file"),
            ("text.pt", b"hello", "is no PyTorch checkpoint that can be read safely"),
        ],
    )
    def test_from_what_is_no_weights(
        self, settings: dict[str, Any], tmp_path: Path, name: str, content: Any, message: str
    ) -> None:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            Trainer(config_of(settings, tmp_path, start=str(path)), tmp_path / "run", False)

    def test_from_a_foreign_checkpoint(self, settings: dict[str, Any], tmp_path: Path) -> None:
        path = tmp_path / "foreign.pt"
        torch.save({"model": {}}, path)
        with pytest.raises(InputError, match="is no checkpoint of vfi train: it lacks 'average'"):
            Trainer(config_of(settings, tmp_path, start=str(path)), tmp_path / "run", False)


class TestWrongRuns:
    @pytest.fixture
    def trained(self, config: TrainingConfig, tmp_path: Path) -> Path:
        Trainer(config, tmp_path / "run", progress=False).save()
        return tmp_path / "run"

    def test_a_model_that_has_changed_meanwhile(
        self, config: TrainingConfig, trained: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "tiny.yaml").write_text(
            yaml.safe_dump(
                TINY | {"importance": {"picture": 3, "error": 2, "rows": [4, 4], "prior": 5.0}}
            )
        )
        with pytest.raises(InputError, match="is of another network: Error"):
            Trainer(config, trained, progress=False)
        with pytest.raises(InputError, match="is of another network: Error"):
            export_weights(trained, tmp_path / "out.safetensors")

    def test_a_damaged_checkpoint(
        self, config: TrainingConfig, trained: Path, tmp_path: Path
    ) -> None:
        checkpoint = trained / "checkpoint.pt"
        checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
        with pytest.raises(InputError, match="is no PyTorch checkpoint that can be read safely"):
            Trainer(config, trained, progress=False)
        with pytest.raises(InputError, match="is no PyTorch checkpoint that can be read safely"):
            export_weights(trained, tmp_path / "out.safetensors")

    def test_nothing_trained_yet(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"holds no checkpoint\.pt; train first"):
            export_weights(tmp_path, tmp_path / "out.safetensors")

    def test_an_unknown_model(self, settings: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no model 'rife'"):
            Trainer(config_of(settings, tmp_path, model="rife"), tmp_path / "run", False)

    def test_a_model_with_wrong_settings(self, settings: dict[str, Any], tmp_path: Path) -> None:
        (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY | {"colour": "blue"}))
        with pytest.raises(InputError, match=r"tiny\.yaml'?: unknown setting 'colour'"):
            Trainer(config_of(settings, tmp_path), tmp_path / "run", progress=False)

    def test_no_clips(self, settings: dict[str, Any], tmp_path: Path) -> None:
        data = settings["data"] | {"store": str(tmp_path / "s"), "clips": str(tmp_path / "c")}
        with pytest.raises(InputError, match="no video files found"):
            train(config_of(settings, tmp_path, data=data), tmp_path / "run", progress=False)


class TestLearningRate:
    @pytest.fixture
    def long(self, settings: dict[str, Any], tmp_path: Path) -> TrainingConfig:
        rates = {"rate": 1e-3, "final": 1e-5, "warmup": 10}
        return config_of(settings, tmp_path, steps=110, optimiser=rates)

    def test_it_rises_in_a_line_and_falls_in_a_cosine(self, long: TrainingConfig) -> None:
        assert [learning_rate(long, step) for step in (0, 4, 9)] == pytest.approx(
            [1e-4, 5e-4, 1e-3]
        )
        assert learning_rate(long, 10) == pytest.approx(1e-3)
        assert learning_rate(long, 60) == pytest.approx((1e-3 + 1e-5) / 2)
        assert learning_rate(long, 110) == learning_rate(long, 999) == pytest.approx(1e-5)
        rates = [learning_rate(long, step) for step in range(10, 111)]
        assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("model", "finds"),
    [
        ({"architecture": "adaptive", "rows": [8, 8], "columns": 2, "taps": 3}, "gain"),
        ({"architecture": "sepconv", "channels": [4, 4], "taps": 5}, "gain"),
    ],
)
def test_networks_of_the_middle_alone_are_trained(
    settings: dict[str, Any], tmp_path: Path, model: dict[str, Any], finds: str
) -> None:
    """Every sample's target is half way, also of synthetic scenes, and of shots that are short."""
    file = tmp_path / "middle.yaml"
    file.write_text(yaml.safe_dump(model))
    data = settings["data"] | {"triplets": 1.0}
    config = config_of(settings, tmp_path, model=str(file), data=data, steps=4)
    folder = tmp_path / "run"
    train(config, folder, progress=False)
    with (folder / "log.csv").open() as log:
        found = {row["name"] for row in csv.DictReader(log)}
    assert {finds, "psnr", "psnr_gap1"} <= found
    assert ("epe" in found) == (model["architecture"] == "adaptive")
