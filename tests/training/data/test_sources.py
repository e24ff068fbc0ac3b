"""What `data.clips` and `data.layout` name is what a run is trained on."""

from pathlib import Path

import cv2
import pytest
import torch

from tests.helpers.training_clips import HEIGHT, WIDTH, moving
from vfi.errors import InputError
from vfi.training.batches import training_batches
from vfi.training.config import DataConfig, TrainingConfig, read_config
from vfi.training.data.sources import PICTURE_LAYOUTS, is_ready, open_source
from vfi.training.data.store import ClipStore


def write_sequences(folder: Path, layout: str) -> None:
    """Two sequences of a moving texture in a data set's layout."""
    vimeo = layout.startswith("vimeo90k")
    for number, name in enumerate(("00001/0001", "00001/0002")):
        sequence = folder / ("sequences" if vimeo else "train") / name
        sequence.mkdir(parents=True)
        for k, frame in enumerate(moving(number, 7)):
            file = f"im{k + 1}.png" if vimeo else f"{k:04d}.png"
            assert cv2.imwrite(str(sequence / file), frame[..., ::-1])
    for kind in ("tri", "sep"):
        (folder / f"{kind}_trainlist.txt").write_text("00001/0001\n00001/0002\n")


@pytest.mark.usefixtures("small_scenes")
@pytest.mark.parametrize("stage", ["flow", "frame"])
@pytest.mark.parametrize("layout", PICTURE_LAYOUTS)
def test_a_configuration_names_a_data_set(tmp_path: Path, layout: str, stage: str) -> None:
    write_sequences(tmp_path, layout)
    file = tmp_path / "run.yaml"
    file.write_text(
        f"model: fast\nstage: {stage}\nbatch: 1\n"
        f"data: {{clips: {tmp_path}, layout: {layout}, crop: 64, synthetic: 0.5, workers: 0}}\n"
    )
    batches = training_batches(read_config(file), 0, "tracks", torch.device("cpu"))
    kinds = set()
    for _ in range(8):
        batch = next(batches)
        kinds.add("scene" if "flow_01" in batch else "window")
        assert batch["one"].shape == (1, 3, 64, 64)
        assert 0.2 < float(batch["one"].mean()) < 0.8  # the textures' mean is a half
        assert ("dis_01" in batch or "flow_01" in batch) or stage == "frame"
    assert kinds == {"scene", "window"}


def test_a_data_set_needs_no_store(tmp_path: Path) -> None:
    write_sequences(tmp_path, "x4k1000fps")
    data = DataConfig(clips=str(tmp_path), layout="x4k1000fps", store=str(tmp_path / "store"))
    assert is_ready(data)
    assert open_source(data).textures().shape == (14, 3, HEIGHT, WIDTH)
    assert not (tmp_path / "store").exists()


def test_clips_are_decoded_at_first(clip_folder: Path, tmp_path: Path) -> None:
    data = DataConfig(clips=str(clip_folder), store=str(tmp_path / "store"), crop=64)
    assert not is_ready(data)
    open_source(data)
    assert is_ready(data)
    assert len(ClipStore(tmp_path / "store").clips) == 4
    sample = open_source(data).windows(data, 1, "")[0]
    assert sample["target"].shape == (3, 64, 64)


def test_a_store_of_other_clips_is_not_taken(
    clip_store: ClipStore, clip_folder: Path, tmp_path: Path
) -> None:
    store = str(clip_store.folder)
    (tmp_path / "other.mp4").touch()
    with pytest.raises(InputError, match=r"lacks 1 clips of .*, other for one: .*data\.store"):
        open_source(DataConfig(clips=str(tmp_path), store=store))
    open_source(DataConfig(clips=str(clip_folder), store=store))
    open_source(DataConfig(clips=str(tmp_path / "gone"), store=store))  # on another machine


def test_data_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    data = DataConfig(clips=str(tmp_path / "no"), store=str(tmp_path / "store"))
    with pytest.raises(InputError, match="no video files found"):
        training_batches(TrainingConfig("x", "fast", data=data), 0, "", torch.device("cpu"))
    data = DataConfig(clips=str(tmp_path), layout="vimeo90k-triplet")
    with pytest.raises(InputError, match=r"tri_trainlist\.txt"):
        training_batches(TrainingConfig("x", "fast", data=data), 0, "", torch.device("cpu"))
