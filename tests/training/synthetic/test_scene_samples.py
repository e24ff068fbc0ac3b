"""Scenes one by one, and mixtures."""

from functools import partial

import pytest
import torch

from vfi.training.data.clips import ClipWindows
from vfi.training.data.pool import frame_pool
from vfi.training.data.samples import to_device
from vfi.training.data.store import ClipStore
from vfi.training.synthetic.scene_samples import SceneSamples as AnyScenes

SceneSamples = partial(AnyScenes, shapes=32)


@pytest.fixture(scope="module")
def pool(clip_store: ClipStore) -> torch.Tensor:
    return frame_pool(clip_store, 8)


def test_sample_depends_on_seed_and_index_alone(pool: torch.Tensor) -> None:
    one, again = SceneSamples(pool, 48, seed=2), SceneSamples(pool, 48, seed=2)
    one[0]
    assert all(torch.equal(one[5][key], again[5][key]) for key in one[5])
    assert not torch.equal(one[5]["one"], SceneSamples(pool, 48, seed=3)[5]["one"])


def test_same_form_as_real_windows(pool: torch.Tensor, clip_store: ClipStore) -> None:
    scene = SceneSamples(pool, 48, initial_flow="dis", truth=False, margin=8)[0]
    window = ClipWindows(clip_store, 48, initial_flow="dis")[0]
    assert scene.keys() == window.keys()
    for key in scene:
        assert scene[key].shape == window[key].shape
        assert scene[key].dtype == window[key].dtype


def test_truth_and_margin(pool: torch.Tensor) -> None:
    sample = SceneSamples(pool, (48, 64), truth=True)[1]
    assert sample["flow_01"].shape == (2, 48, 64)
    assert sample["occlusion_10"].shape == (1, 48, 64)
    with pytest.raises(IndexError):
        SceneSamples(pool, 48, length=3)[3]


def test_to_device_makes_floats() -> None:
    moved = to_device({"one": torch.tensor([0, 255], dtype=torch.uint8), "t": torch.ones(1)}, "cpu")
    assert moved["one"].tolist() == [0.0, 1.0]
    assert moved["t"].dtype == torch.float32


@pytest.mark.parametrize(("middle", "times"), [(1.0, {0.5}), (0.0, {n / 8 for n in range(1, 8)})])
def test_the_share_of_middles(pool: torch.Tensor, middle: float, times: set[float]) -> None:
    samples = SceneSamples(pool, 16, middle=middle, shapes=8)
    assert {float(samples[index]["t"]) for index in range(12)} <= times
