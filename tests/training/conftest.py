"""Tiny clips whose motion is known, and the store packed from them."""

from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vfi.training import validation
from vfi.training.shapes import ShapeBank
from vfi.training.store import ClipStore, pack_clips

HEIGHT, WIDTH = 96, 128
SPEED = 3  # pixels a frame, to the right

MANIFEST = """file\tshard\tkind
moving.mkv\t0\treal
still.mkv\t0\treal
cut.mkv\t0\tanimation
twos.mkv\t1\tanimation2d
not-there.mkv\t1\treal
"""


def texture(seed: int, width: int = 256) -> NDArray[np.uint8]:
    """Smooth noise, (HEIGHT, width, 3)."""
    noise = np.random.default_rng(seed).uniform(0, 255, (HEIGHT, width, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    smooth = (smooth - smooth.mean()) * (50 / smooth.std()) + 128
    return np.clip(smooth, 0, 255).astype(np.uint8)


def moving(seed: int, frames: int, hold: int = 1) -> list[NDArray[np.uint8]]:
    """A texture that moves SPEED pixels to the right with each drawing."""
    wide = texture(seed)
    starts = [(256 - WIDTH) - SPEED * (k // hold) for k in range(frames)]
    return [np.ascontiguousarray(wide[:, x : x + WIDTH]) for x in starts]


@cache
def tiny_clips() -> dict[str, list[NDArray[np.uint8]]]:
    return {
        "moving": moving(1, 14),
        "still": [texture(2, WIDTH)] * 10,
        "cut": moving(3, 6) + moving(4, 6),
        "twos": moving(5, 12, hold=2),
    }


def write_clip(path: Path, frames: list[NDArray[np.uint8]]) -> None:
    """Losslessly."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height = frames[0].shape[1], frames[0].shape[0]
        stream.pix_fmt = "bgr0"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    (folder / "manifest.tsv").write_text(MANIFEST)
    for name, frames in tiny_clips().items():
        shard = folder / ("shard-1" if name == "twos" else "shard-0")
        shard.mkdir(exist_ok=True)
        write_clip(shard / f"{name}.mkv", frames)
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
