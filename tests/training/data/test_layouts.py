"""Vimeo90K and X4K1000FPS folders, on tiny trees of the same layout."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.helpers.training_clips import HEIGHT, WIDTH, moving
from vfi.errors import InputError, UsageError
from vfi.training.data.augmentation import NO_AUGMENTATION
from vfi.training.data.layouts import PictureWindows, picture_pool, vimeo90k, x4k1000fps


def write(folder: Path, names: list[str], seed: int) -> None:
    folder.mkdir(parents=True)
    for name, frame in zip(names, moving(seed, len(names)), strict=True):
        assert cv2.imwrite(str(folder / name), frame[..., ::-1])


@pytest.fixture
def vimeo(tmp_path: Path) -> Path:
    for number, name in enumerate(("00001/0001", "00001/0002", "00002/0001")):
        write(tmp_path / "sequences" / name, [f"im{k}.png" for k in range(1, 8)], number)
    for kind in ("tri", "sep"):
        (tmp_path / f"{kind}_trainlist.txt").write_text("00001/0001\n00001/0002\n\n")
        (tmp_path / f"{kind}_testlist.txt").write_text("00002/0001\n")
    return tmp_path


def test_vimeo_lists(vimeo: Path) -> None:
    assert [len(pictures) for pictures in vimeo90k(vimeo)] == [3, 3]
    (test,) = vimeo90k(vimeo, "test", "septuplet")
    assert test[6] == vimeo / "sequences/00002/0001/im7.png"


def test_vimeo_triplet_is_first_middle_last(vimeo: Path) -> None:
    windows = PictureWindows(vimeo90k(vimeo), (96, 128), augmentation=NO_AUGMENTATION)
    frames = {seed: moving(seed, 7) for seed in (0, 1)}
    for index in range(4):
        sample = windows[index]
        one = sample["one"].permute(1, 2, 0).numpy()
        seed = next(seed for seed in (0, 1) if np.array_equal(frames[seed][0], one))
        np.testing.assert_array_equal(sample["target"].permute(1, 2, 0), frames[seed][1])
        np.testing.assert_array_equal(sample["two"].permute(1, 2, 0), frames[seed][2])
        assert float(sample["t"]) == 0.5


def test_septuplets_give_other_times(vimeo: Path) -> None:
    windows = PictureWindows(vimeo90k(vimeo, kind="septuplet"), 64, triplets=0, initial_flow="dis")
    times = {round(float(windows[k]["t"]), 3) for k in range(12)}
    assert len(times) > 3
    assert windows[3]["dis_01"].shape == (2, 64, 64)
    assert torch.equal(windows[3]["one"], windows[3]["one"])


def test_x4k_layout(tmp_path: Path) -> None:
    names = [f"{k:04d}.png" for k in range(12)]
    write(tmp_path / "train/002/occ008.320_f2881", names, 3)
    write(tmp_path / "test/Type1/TEST01_003_f0433", names[:5], 4)
    (train,) = x4k1000fps(tmp_path)
    assert [path.name for path in train] == names
    (test,) = x4k1000fps(tmp_path, "test")
    assert len(test) == 5
    windows = PictureWindows([train], 64, most_span=32, augmentation=NO_AUGMENTATION)
    assert {round(float(windows[k]["t"]), 3) for k in range(10)} > {0.5}


def test_textures_come_from_all_sequences(vimeo: Path) -> None:
    pool = picture_pool(vimeo90k(vimeo), count=4)
    assert pool.shape == (4, 3, HEIGHT, WIDTH)
    assert pool.dtype == torch.uint8
    known = [moving(seed, 7)[k] for seed in (0, 1) for k in range(3)]
    found = [
        next(k for k, frame in enumerate(known) if np.array_equal(frame, one.permute(1, 2, 0)))
        for one in pool
    ]
    assert found == sorted(set(found))
    assert found[0] < 3 <= found[-1]


def test_errors_name_what_is_missing(vimeo: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tri_trainlist\.txt"):
        vimeo90k(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="quadruplet"):
        vimeo90k(vimeo, kind="quadruplet")
    with pytest.raises(UsageError, match="validation"):
        vimeo90k(vimeo, "validation")
    with pytest.raises(InputError, match="no X4K1000FPS sequences"):
        x4k1000fps(vimeo)
    with pytest.raises(InputError, match="too small"):
        PictureWindows(vimeo90k(vimeo), 128)[0]
    (vimeo / "sequences/00001/0001/im2.png").write_bytes(b"")
    (vimeo / "sequences/00001/0002/im2.png").unlink()
    with pytest.raises(InputError, match=r"im2\.png: not a readable picture"):
        PictureWindows(vimeo90k(vimeo), 64)[0]
    with pytest.raises(UsageError, match="at least one"):
        PictureWindows([], 64)
    with pytest.raises(UsageError, match="most_span"):
        PictureWindows(vimeo90k(vimeo), 64, most_span=1)
