"""`vfi train` from the outside: a run, its export, and wrong calls (see training/test_loop.py)."""

from pathlib import Path

import pytest
import yaml

from tests.helpers.cli import RunVfi
from tests.helpers.clips import write_lossless
from tests.helpers.networks import TINY
from tests.helpers.training_clips import moving
from vfi.model_files import load_network, metadata_of
from vfi.training.data.store import pack_clips


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    write_lossless(tmp_path / "clips/a.mkv", moving(1, 9))
    pack_clips(tmp_path / "clips", tmp_path / "store", processes=1)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    settings = {
        "model": str(tmp_path / "tiny.yaml"),
        "steps": 1000,
        "batch": 1,
        "data": {
            "clips": str(tmp_path / "clips"),
            "store": str(tmp_path / "store"),
            "validation": "none",
            "validation_store": "none",
            "crop": 32,
            "synthetic": 0.0,
            "workers": 0,
        },
    }
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


def test_train_and_export(run_vfi: RunVfi, config: Path, tmp_path: Path) -> None:
    run, weights = tmp_path / "run", tmp_path / "tiny.safetensors"
    ended = run_vfi("train", config, "--out", run, "--steps", "2")
    assert ended.code == 0, ended.err
    assert ended.out == f"{run / 'checkpoint.pt'}\n"
    ended = run_vfi("train", config, "--out", run, "--export", weights)
    assert (ended.code, ended.out) == (0, f"{weights}\n")
    assert metadata_of(weights)["step"] == "2"
    assert load_network(weights).size_multiple == 4
    ended = run_vfi("train", config, "--out", run, "--export", weights)
    assert (ended.code, "exists already" in ended.complaint) == (1, True)


def test_the_data_may_be_named_in_the_call(run_vfi: RunVfi, config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("clips:", "clips: nowhere #"))
    config.write_text(config.read_text().replace("store:", f"store: {tmp_path / 'new'} #", 1))
    words = ("train", config, "--out", tmp_path / "run", "--steps", "1")
    ended = run_vfi(*words)
    assert (ended.code, "nowhere: no video files found" in ended.complaint) == (1, True)
    ended = run_vfi(*words, "--data", tmp_path / "clips")
    assert ended.code == 0, ended.err
    assert (tmp_path / "new/index.json").is_file()


def test_an_older_store_does_not_stand_in(run_vfi: RunVfi, config: Path, tmp_path: Path) -> None:
    """For a folder that is not there, has nothing in it, or has less than the store."""
    write_lossless(tmp_path / "clips/b.mkv", moving(2, 9))
    pack_clips(tmp_path / "clips", tmp_path / "store", processes=1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "less").mkdir()
    (tmp_path / "less/a.mkv").symlink_to(tmp_path / "clips/a.mkv")
    for name, message in (("nosuch", "no such folder"), ("empty", "no video files found"),
                          ("less", "has 1 clips not of")):  # fmt: skip
        ended = run_vfi("train", config, "--out", tmp_path / "run", "--steps", "1",
                        "--data", tmp_path / name)  # fmt: skip
        assert (ended.code, message in ended.complaint) == (1, True), ended.err


def test_wrong_calls(run_vfi: RunVfi, config: Path, tmp_path: Path) -> None:
    ended = run_vfi("train", tmp_path / "gone.yaml")
    assert ended.code == 2
    assert "no training configuration" in ended.complaint
    config.write_text("model: fast\nspeed: 3\n")
    ended = run_vfi("train", config)
    assert ended.code == 1
    assert f"{config}: unknown setting 'speed'" in ended.complaint
    config.write_text("model: fast\n")
    ended = run_vfi("train", config, "--out", tmp_path, "--export", tmp_path / "a.safetensors")
    assert ended.code == 1
    assert "holds no checkpoint.pt; train first" in ended.complaint
    ended = run_vfi("train", config, "--start", "gone.safetensors", "--out", tmp_path / "run")
    assert ended.code == 1
    assert "gone.safetensors: no such weights to start from" in ended.complaint
