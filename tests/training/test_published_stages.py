"""Sparse global matching learns as published: its local branch, then the rest beside that."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch
import yaml

from tests.helpers.training_clips import moving
from vfi.model_files import find_model, read_settings
from vfi.training.config import TrainingConfig, read_config
from vfi.training.loop import train

TINY_SIZES = {"width": 4, "blocks": 1, "channels": 16, "layers": 1}


def write_frames(folder: Path, names: list[str], seed: int) -> None:
    folder.mkdir(parents=True)
    for name, frame in zip(names, moving(seed, len(names)), strict=True):
        assert cv2.imwrite(str(folder / name), frame[..., ::-1])


@pytest.fixture
def data_sets(tmp_path: Path) -> dict[str, Path]:
    """Two clips of each data set, as it comes."""
    vimeo, x4k = tmp_path / "vimeo", tmp_path / "x4k"
    for seed in range(2):
        name = f"00001/000{seed + 1}"
        write_frames(vimeo / "sequences" / name, [f"im{k}.png" for k in range(1, 8)], seed)
        write_frames(x4k / "train" / "002" / f"occ{seed}", [f"{k:04d}.png" for k in range(9)], seed)
    (vimeo / "sep_trainlist.txt").write_text("00001/0001\n00001/0002\n")
    return {"sgm-local": vimeo, "sgm-global": x4k}


def small(name: str, folder: Path, data: Path, **changes: Any) -> TrainingConfig:
    """The shipped configuration, but for sizes, on two clips."""
    shipped = read_config(name)
    model = folder / f"{name}-model.yaml"
    model.write_text(yaml.safe_dump(read_settings(find_model(shipped.model).config) | TINY_SIZES))
    none = str(folder / "none")
    few = replace(
        shipped.data, clips=str(data), crop=64, workers=0, validation=none, validation_store=none
    )
    small_run = {"steps": 2, "batch": 1, "precision": "fp32", "validate_every": 0, "save_every": 2}
    return read_config(name, model=str(model), data=asdict(few), **small_run, **changes)


def test_the_second_stage_leaves_what_the_first_has_learned(
    tmp_path: Path, data_sets: dict[str, Path]
) -> None:
    for name, stage in (("sgm-local", "first"), ("sgm-global", "second")):
        started = {"start": str(tmp_path / "first" / "checkpoint.pt")} if stage == "second" else {}
        train(small(name, tmp_path, data_sets[name], **started), tmp_path / stage)
    checkpoints = [
        torch.load(tmp_path / stage / "checkpoint.pt", weights_only=False)
        for stage in ("first", "second")
    ]
    first, second = checkpoints[0]["average"], checkpoints[1]["network"]
    new = {name.split(".")[0] for name in second.keys() - first.keys()}
    assert new == {"global_features", "matching"}
    moved = {name for name in first if not torch.equal(first[name], second[name])}
    assert moved
    assert all(name.startswith("residual.context.") for name in moved)
