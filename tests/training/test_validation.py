"""The validation measures what its protocol says, whatever the clips are like."""

from pathlib import Path

import numpy as np
import torch

from tests.helpers.clips import write_lossless
from tests.helpers.training_clips import WIDTH, moving, texture
from vfi.evaluation.datasets.samples import evenly_spread
from vfi.evaluation.metrics import psnr
from vfi.model_files import find_model, read_settings
from vfi.models.network import InterpolationNetwork
from vfi.models.registry import build
from vfi.training.config import DataConfig, TrainingConfig
from vfi.training.data.store import ClipStore, pack_clips
from vfi.training.validation import Validation, _triplets, predict


class Blending(InterpolationNetwork):
    """Stands in for a network: the cross-fade."""

    def __init__(self) -> None:
        super().__init__(size_multiple=64)

    def _prepare(self, one, two, initial_flow):
        assert one.shape[-2] % 64 == one.shape[-1] % 64 == 0
        return one, two

    def synthesise(self, pair, t):
        return torch.lerp(*pair, t)


def config_for(store: Path, **data: int) -> TrainingConfig:
    place = DataConfig(store="none", validation="none", validation_store=str(store), **data)
    return TrainingConfig("test", "fast", data=place)


def test_triplets_start_at_every_sixth_frame(clip_store: ClipStore) -> None:
    """Of clips of 14, 10, 12 and 12 frames, with the frames 0, gap and 2 · gap in each clip."""
    counts = [clip.count for clip in clip_store.clips]
    assert counts == [14, 10, 12, 12]
    assert _triplets(clip_store, 1) == [
        (0, 0),
        (0, 6),
        (1, 0),
        (1, 6),
        (2, 0),
        (2, 6),
        (3, 0),
        (3, 6),
    ]
    assert _triplets(clip_store, 2) == [(0, 0), (0, 6), (1, 0), (2, 0), (2, 6), (3, 0), (3, 6)]


def test_a_limit_spreads_over_all() -> None:
    triplets = [(number, 0) for number in range(10)]
    assert evenly_spread(triplets, 99) == triplets
    assert [number for number, _ in evenly_spread(triplets, 4)] == [0, 2, 5, 7]


def test_numbers_are_those_of_the_frames(clip_store: ClipStore) -> None:
    network = Blending()
    found = Validation(config_for(clip_store.folder, validation_triplets=0), "").measure(network)
    values = []
    for number, first in _triplets(clip_store, 2):
        one, truth, two = clip_store.frames(number)[first : first + 5 : 2]
        mean = np.rint((one.astype(np.float64) + two) / 2).astype(np.uint8)
        values.append(psnr(mean, truth))
    finite = [min(value, 100.0) for value in values]
    assert min(finite) < 35 < found.numbers["psnr_gap1"]
    assert found.numbers["psnr_gap2"] < found.numbers["psnr_gap1"]
    assert 0 < found.numbers["ssim_gap2"] < found.numbers["ssim_gap1"] <= 1
    assert all(picture.shape == (192, WIDTH, 3) for picture in found.pictures.values())


def test_odd_sizes_are_padded_and_cut_off(clip_store: ClipStore) -> None:
    one, two = (texture(seed)[:50, :71] for seed in (1, 2))
    middle = predict(Blending(), one, two, 0.5)
    assert middle.shape == (50, 71, 3)
    expected = (one.astype(np.float32) + two) / 2
    assert np.abs(middle - expected).max() <= 0.5


def test_a_network_that_takes_a_flow_gets_one() -> None:
    network = build(read_settings(find_model("hybrid").config)).eval()
    frames = moving(1, 3)
    middle = predict(network, frames[0], frames[2], 0.5)
    mean = (frames[0].astype(np.float32) + frames[2]) / 2
    inner = (slice(16, -16), slice(16, -16))
    error = np.abs(middle.astype(np.float32) - frames[1])[inner].mean()
    assert error < np.abs(mean - frames[1])[inner].mean() / 4


def test_clips_that_are_too_short_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    write_lossless(tmp_path / "clips/a.mkv", moving(1, 4))
    pack_clips(tmp_path / "clips", tmp_path / "store", processes=1)
    found = Validation(config_for(tmp_path / "store"), "").measure(Blending())
    assert set(found.numbers) == {"psnr_gap1", "ssim_gap1"}


def test_no_clips_are_no_failure(tmp_path: Path) -> None:
    found = Validation(config_for(tmp_path / "none"), "").measure(Blending())
    assert (found.numbers, found.pictures) == ({}, {})
