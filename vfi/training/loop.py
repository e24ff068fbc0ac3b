"""The training loop: any device and number of them (Hugging Face Accelerate), resumable exactly.

What step n sees depends on the seed and n alone (samples are drawn by number, scenes by a
generator seeded for the step), so a run that was killed goes on as if it had not been.
"""

import json
import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import nn
from tqdm import tqdm

from ..errors import InputError
from ..models.registry import build
from ..weights import save_weights
from .averaging import AveragedWeights
from .batches import training_batches
from .config import TrainingConfig
from .journal import Journal
from .objective import Objective
from .start import (
    adopted,
    freeze_all_but,
    load_strictly,
    model_settings,
    new_network,
    read_run,
    start,
    wait_with_finer,
)
from .validation import Validation

LOG_EVERY = 50  # steps


def train(config: TrainingConfig, folder: Path, progress: bool = True) -> Path:
    """Run (or resume) a training and return the checkpoint's path.

    Args:
        config: the run.
        folder: where `checkpoint.pt`, `log.csv`, `weights.safetensors` and pictures go.
        progress: show a bar on stderr.

    Raises:
        UsageError: the model does not exist.
        InputError: the data cannot be used, or a checkpoint belongs to another run.
    """
    return Trainer(config, folder, progress).run()


class Trainer:
    """One run in one folder."""

    def __init__(self, config: TrainingConfig, folder: Path, progress: bool = True) -> None:
        self.config, self.folder = config, folder
        folder.mkdir(parents=True, exist_ok=True)
        precision = "bf16" if config.precision == "bf16" else "no"
        self.accelerator = Accelerator(
            mixed_precision=precision,
            gradient_accumulation_steps=config.optimiser.accumulate,
            kwargs_handlers=[  # before the frame stage, most of the network waits
                DistributedDataParallelKwargs(find_unused_parameters=config.stage != "frame")
            ],
        )
        torch.manual_seed(config.seed)
        self.settings = model_settings(config.model)
        network = new_network(self.settings, config.model)
        self.progress = progress and self.accelerator.is_main_process
        fresh = start(network, config)
        if fresh and self.progress:
            tqdm.write(f"{len(fresh)} weights start afresh: {', '.join(fresh[:3])} …", sys.stderr)
        teacher = None
        if config.stage == "features":
            teacher = adopted(network, config.teacher)
        self.average = AveragedWeights(network, config.optimiser.ema)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze_all_but(network, config.parts)
        objective = Objective(network, config.stage, config.loss, teacher)
        optimiser = torch.optim.AdamW(
            [parameter for parameter in objective.parameters() if parameter.requires_grad],
            lr=config.optimiser.rate,
            weight_decay=config.optimiser.weight_decay,
            betas=(0.9, 0.99),
        )
        self.objective, self.optimiser = self.accelerator.prepare(objective, optimiser)
        self.step = 0
        self.seconds = 0.0
        self._resume()

    @property
    def network(self) -> nn.Module:
        network: nn.Module = self.accelerator.unwrap_model(self.objective).network
        return network

    def run(self) -> Path:
        """Train to the end."""
        config = self.config
        validation = Validation(config, self.network.takes_flow)  # type: ignore[arg-type]
        journal = Journal(self.folder) if self.accelerator.is_main_process else None
        with self.accelerator.main_process_first():  # it may have to decode the clips
            batches = self._batches()
        bar = tqdm(
            total=config.steps, initial=self.step, disable=not self.progress, desc=config.name
        )
        recent = RunningMeans()
        while self.step < config.steps:
            recent.add(self._one_step(batches))
            bar.update()
            last = self.step == config.steps
            if self.step % LOG_EVERY == 0 or last:
                means, seconds = recent.take()
                self.seconds += seconds
                bar.set_postfix({name: f"{value:.4g}" for name, value in means.items()})
                if journal:
                    journal.numbers(self.step, self.seconds, "train", means)
            if self.step % config.save_every == 0 or last:
                self.save()
            if journal and (self.step % config.validate_every == 0 or last):
                found = validation.measure(self._averaged())
                journal.findings(self.step, self.seconds, found)
                recent.restart_clock()
        bar.close()
        return self.folder / "checkpoint.pt"

    def _batches(self) -> Iterator[dict[str, torch.Tensor]]:
        accelerator = self.accelerator
        return training_batches(
            self.config,
            first=self.step * self.config.optimiser.accumulate,
            given=str(self.network.takes_flow),
            device=accelerator.device,
            process=accelerator.process_index,
            processes=accelerator.num_processes,
        )

    def _one_step(self, batches: Iterator[dict[str, torch.Tensor]]) -> dict[str, float]:
        """One step of the optimiser, over as many batches as are accumulated."""
        optimiser = self.optimiser
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        numbers: dict[str, float] = {}
        self.objective.train()
        for _ in range(self.config.optimiser.accumulate):
            batch = next(batches)  # before autocast: without workers it is made here
            with self.accelerator.accumulate(self.objective), self.accelerator.autocast():
                loss, terms = self.objective(batch)
                self.accelerator.backward(loss)
                if self.accelerator.sync_gradients:
                    self.accelerator.clip_grad_norm_(
                        self.objective.parameters(), self.config.optimiser.clip
                    )
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            for name, value in terms.items():
                numbers[name] = float(value)
        self.step += 1
        self.average.update(self.network, self.step)
        if not math.isfinite(sum(numbers.values())):
            raise InputError(f"training diverged at step {self.step}: {numbers}")
        return numbers

    def _averaged(self) -> nn.Module:
        network = build(self.settings)
        network.load_state_dict(self.average.state)
        wait_with_finer(network, self.config.finest)
        return network.to(self.accelerator.device).eval()

    def save(self) -> None:
        """Write the checkpoint, the averaged weights in it, whole or not at all."""
        if not self.accelerator.is_main_process:
            return
        state = {
            "config": asdict(self.config),
            "step": self.step,
            "seconds": self.seconds,
            "network": self.network.state_dict(),
            "average": self.average.state,
            "optimiser": self.optimiser.state_dict(),
        }
        path = self.folder / "checkpoint.pt"
        temporary = path.with_suffix(".partial")
        torch.save(state, temporary)
        os.replace(temporary, path)

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return
        state = read_run(path)
        if state["config"]["model"] != self.config.model:
            raise InputError(
                f"{path} is a run of {state['config']['model']}, not of {self.config.model}; "
                "give another --out folder"
            )
        load_strictly(self.network, state["network"], path)
        self.average.state = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


class RunningMeans:
    """Means of numbers by name; a name that is not in every step counts where it is."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}
        self._steps = 0
        self.restart_clock()

    def restart_clock(self) -> None:
        """Leave out the time since the last step."""
        self._since = time.monotonic()

    def add(self, numbers: dict[str, float]) -> None:
        """Add the numbers of a step."""
        self._steps += 1
        for name, value in numbers.items():
            self._values.setdefault(name, []).append(value)

    def take(self) -> tuple[dict[str, float], float]:
        """The means since the last call, with the pace; and the seconds they took."""
        seconds = time.monotonic() - self._since
        means = {name: sum(values) / len(values) for name, values in self._values.items()}
        means["steps_per_second"] = self._steps / max(seconds, 1e-9)
        self._values, self._steps = {}, 0
        self.restart_clock()
        return means, seconds


def export_weights(folder: Path, target: Path, overwrite: bool = False) -> None:
    """Write a run's averaged weights as a weights file, with what is known of their origin.

    Raises:
        InputError: the folder holds no checkpoint.
        OutputError: the file cannot be written.
    """
    path = folder / "checkpoint.pt"
    if not path.is_file():
        raise InputError(f"{folder} holds no checkpoint.pt; train first")
    state = read_run(path)
    config = state["config"]
    settings = model_settings(config["model"])
    network = new_network(settings, config["model"])
    load_strictly(network, state["average"], path)
    origin = {
        "step": str(state["step"]),
        "hours": f"{state['seconds'] / 3600:.2f}",
        "training": json.dumps(config, sort_keys=True),
    }
    save_weights(network, target, settings, overwrite, **origin)


def learning_rate(config: TrainingConfig, step: int) -> float:
    """Linear warm-up, then a cosine down to the final rate."""
    optimiser = config.optimiser
    if step < optimiser.warmup:
        return optimiser.rate * (step + 1) / optimiser.warmup
    done = (step - optimiser.warmup) / max(1, config.steps - optimiser.warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return optimiser.final + (optimiser.rate - optimiser.final) * cosine
