"""The training loop: any device and number of them (Hugging Face Accelerate), resumable exactly.

What step n sees depends on the seed, the number of processes and n alone: samples are drawn by
number. So a run that was killed goes on as if it had not been (on a GPU but for the order in
which splatting adds up).
"""

import json
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs, InitProcessGroupKwargs
from tqdm import tqdm

from ..devices import choose_device
from ..errors import InputError
from ..half_precision import multiplies_bf16
from ..model_files import save_weights
from ..models.network import InterpolationNetwork
from ..models.ops.backends import cupy_is_installed
from ..models.registry import build
from ..stopping import listening, look
from .batches import training_batches
from .config import TrainingConfig
from .ema import AveragedWeights
from .meters import RunningMeans, mean_terms
from .objective import Objective
from .run_log import RunLog
from .start import (
    adopted,
    fits,
    freeze_all_but,
    load_strictly,
    model_settings,
    new_network,
    read_run,
    start,
    wait_with_finer,
)
from .validation import Validation

SLOW_GPU = "without CuPy splatting and matching are slow on a GPU: pip install 'vfi[cuda12]'"
LOG_EVERY = 50  # steps
PATIENCE = timedelta(hours=3)  # of other processes while one decodes the clips or measures


def train(config: TrainingConfig, folder: Path, progress: bool = True) -> Path:
    """Run (or resume) a training and return the checkpoint's path.

    Args:
        config: the run.
        folder: where `checkpoint.pt` and `log.csv` go, and TensorBoard's files with pictures.
        progress: show a bar on stderr.

    Raises:
        UsageError: the model does not exist, or has nothing that learns at this crop.
        InputError: the data cannot be used, or a checkpoint belongs to another run.
    """
    return Trainer(config, folder, progress).run()


class Trainer:
    """One run in one folder."""

    def __init__(self, config: TrainingConfig, folder: Path, progress: bool = True) -> None:
        self.config, self.folder = config, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.accelerator = Accelerator(
            mixed_precision="bf16" if _in_bf16(config.precision) else "no",
            gradient_accumulation_steps=config.optimiser.accumulate,
            kwargs_handlers=[  # before the frame stage, most of the network waits
                DistributedDataParallelKwargs(find_unused_parameters=config.stage != "frame"),
                InitProcessGroupKwargs(timeout=PATIENCE),
            ],
        )
        self.progress = progress and self.accelerator.is_main_process
        torch.manual_seed(config.seed)
        if self.progress and self.accelerator.device.type == "cuda" and not cupy_is_installed():
            tqdm.write(SLOW_GPU, sys.stderr)
        self.settings = model_settings(config.model)
        network = new_network(self.settings, config.model)
        fits(network, config)
        resumes = (folder / "checkpoint.pt").is_file()
        fresh = start(network, replace(config, start="") if resumes else config)
        if fresh and self.progress:
            tqdm.write(f"{len(fresh)} weights start afresh: {', '.join(fresh[:3])} …", sys.stderr)
        teacher = None
        if config.stage == "features":
            teacher = adopted(network, config.teacher)
        self.average = AveragedWeights(network, config.optimiser.ema)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze_all_but(network, config.parts)
        margin = config.data.margin
        objective = Objective(network, config.stage, config.loss, teacher, margin)
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
    def network(self) -> InterpolationNetwork:
        network: InterpolationNetwork = self.accelerator.unwrap_model(self.objective).network
        return network

    def run(self) -> Path:
        """Train to the end."""
        config = self.config
        validation = run_log = None
        with self.accelerator.main_process_first():  # it may have to decode the clips
            batches = self._batches()
            if self.accelerator.is_main_process:
                validation = Validation(config, self.network.initial_flow_kind)
                run_log = RunLog(self.folder, self.step)
        if validation and config.stage == "frame" and not validation.has_clips and self.progress:
            tqdm.write(f"no clips in {config.data.validation}: PSNR is not measured", sys.stderr)
        bar = tqdm(
            total=config.steps, initial=self.step, disable=not self.progress, desc=config.name
        )
        recent = RunningMeans()
        while self.step < config.steps:
            recent.add(self._step_or_save(batches))
            bar.update()
            last = self.step == config.steps
            if self.step % LOG_EVERY == 0 or last:
                means, seconds = recent.take()
                self.seconds += seconds
                bar.set_postfix({name: f"{value:.4g}" for name, value in means.items()})
                if run_log:
                    run_log.numbers(self.step, self.seconds, "train", means)
            if _due(self.step, config.save_every) or last:
                with listening():  # a checkpoint is finished before it stops
                    self.save()
            if run_log and validation and (_due(self.step, config.validate_every) or last):
                found = validation.measure(self._averaged())
                run_log.findings(self.step, self.seconds, found)
                recent.restart_clock()
        bar.close()
        return self.folder / "checkpoint.pt"

    def _batches(self) -> Iterator[dict[str, torch.Tensor]]:
        accelerator = self.accelerator
        return training_batches(
            self.config,
            first=self.step * self.config.optimiser.accumulate,
            initial_flow=self.network.initial_flow_kind,
            device=accelerator.device,
            process=accelerator.process_index,
            processes=accelerator.num_processes,
        )

    def _step_or_save(self, batches: Iterator[dict[str, torch.Tensor]]) -> dict[str, float]:
        """Make one step; whoever asks to stop has it in the checkpoint."""
        with listening():
            terms = self._one_step(batches)
            try:
                look()
            except BaseException:
                self.save()
                raise
        return terms

    def _one_step(self, batches: Iterator[dict[str, torch.Tensor]]) -> dict[str, float]:
        """One step of the optimiser, over as many batches as are accumulated."""
        optimiser = self.optimiser
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(self.config, self.step)
        found: list[dict[str, torch.Tensor]] = []
        self.objective.train()
        for _ in range(self.config.optimiser.accumulate):
            batch = next(batches)  # before autocast: without workers it is made here
            with self.accelerator.accumulate(self.objective), self.accelerator.autocast():
                loss, terms = self.objective(batch)
                self.accelerator.backward(loss)
                if self.accelerator.sync_gradients:
                    norm = self.accelerator.clip_grad_norm_(
                        self.objective.parameters(), self.config.optimiser.clip
                    )
                    self._check(norm)
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
            found.append(terms)
        self.step += 1
        self.average.update(self.network, self.step)
        return mean_terms(found)

    def _check(self, norm: torch.Tensor | None) -> None:
        """Stop before the weights are spoilt. The gradient is all processes': all of them stop."""
        if norm is not None and not math.isfinite(float(norm)):
            raise InputError(
                f"training diverged at step {self.step + 1}: a gradient of {float(norm)}; the "
                "checkpoint before is kept, try a lower optimiser.rate"
            )

    def _averaged(self) -> InterpolationNetwork:
        network = build(self.settings)
        network.load_state_dict(self.average.state)
        wait_with_finer(network, self.config.finest)
        network.to(self.accelerator.device)
        return network.eval()

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
        for name in ("model", "stage"):
            before, now = state["config"][name], getattr(self.config, name)
            if before != now:
                raise InputError(
                    f"{path} is a run of {name} {before}, not {now}; give another folder"
                )
        load_strictly(self.network, state["network"], path)
        self.average.state = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]


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


def _in_bf16(precision: str) -> bool:
    return precision == "bf16" or (precision == "auto" and multiplies_bf16(choose_device("auto")))


def _due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def learning_rate(config: TrainingConfig, step: int) -> float:
    """Linear warm-up, then a cosine down to the final rate."""
    optimiser = config.optimiser
    if step < optimiser.warmup:
        return optimiser.rate * (step + 1) / optimiser.warmup
    done = (step - optimiser.warmup) / max(1, config.steps - optimiser.warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    return optimiser.final + (optimiser.rate - optimiser.final) * cosine
