"""The tiny clips as a folder of files, and the store packed from them."""

from pathlib import Path

import pytest

from tests.helpers.clips import write_lossless
from tests.helpers.training_clips import MANIFEST, tiny_clips
from vfi.training import validation
from vfi.training.data.store import ClipStore, pack_clips
from vfi.training.synthetic.shapes import ShapeBank


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    (folder / "manifest.tsv").write_text(MANIFEST)
    for name, frames in tiny_clips().items():
        shard = folder / ("shard-1" if name == "twos" else "shard-0")
        shard.mkdir(exist_ok=True)
        write_lossless(shard / f"{name}.mkv", frames)
    return folder


@pytest.fixture(scope="session")
def clip_store(clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    return pack_clips(clip_folder, tmp_path_factory.mktemp("store"), processes=1)


@pytest.fixture
def small_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few shapes and small scenes for the validation: enough here, and much faster."""
    draw = ShapeBank.draw
    monkeypatch.setattr(ShapeBank, "draw", lambda count, seed=0: draw(min(count, 32), seed))
    monkeypatch.setattr(validation, "SCENES", 1)
    monkeypatch.setattr(validation, "SCENE_SIZE", 64)
