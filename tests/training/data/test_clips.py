"""Windows: the target is where t says, and useless windows are left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from tests.helpers.training_clips import HEIGHT, SPEED, WIDTH, tiny_clips
from vfi.errors import InputError, UsageError
from vfi.models.ops import backwarp
from vfi.training.config import DataConfig
from vfi.training.data.augmentation import NO_AUGMENTATION, Augmentation
from vfi.training.data.clips import ClipWindows, WindowFilter, single_thread_worker
from vfi.training.data.samples import Sample
from vfi.training.data.sources import ClipSource
from vfi.training.data.steps import StepColumn
from vfi.training.data.store import ClipStore, pack_clips

WHOLE = (HEIGHT, WIDTH)
MOVING_ONLY = {"real": 1.0}


def place_of(picture: torch.Tensor) -> tuple[str, int]:
    """Which frame of which clip a whole, unchanged picture is."""
    pixels = picture.permute(1, 2, 0).numpy()
    for name, frames in tiny_clips().items():
        for number, frame in enumerate(frames):
            if np.array_equal(frame, pixels):
                return name, number
    raise AssertionError("the picture is no frame of the clips")


def same(one: Sample, two: Sample) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[key], two[key]) for key in one)


def test_target_is_at_t_and_windows_are_useful(clip_store: ClipStore) -> None:
    windows = ClipWindows(clip_store, WHOLE, augmentation=NO_AUGMENTATION)
    spans = set()
    for index in range(60):
        sample = windows[index]
        (clip, one), (_, target), (_, two) = (
            place_of(sample[key]) for key in ("one", "target", "two")
        )
        assert clip in ("moving", "cut")  # the others stand still at some step of every window
        assert clip != "cut" or (one < 6) == (two < 6)
        assert (target - one) / (two - one) == pytest.approx(float(sample["t"]))
        spans.add(two - one)
    assert spans >= {2, 3, 4, 5}


def test_sample_depends_on_seed_and_index_alone(clip_store: ClipStore) -> None:
    windows = ClipWindows(clip_store, 64, seed=3, initial_flow="dis")
    late = [windows[k] for k in (7, 8, 9)]
    again = ClipWindows(clip_store, 64, seed=3, initial_flow="dis")
    assert all(same(again[k], sample) for k, sample in zip((7, 8, 9), late, strict=True))
    assert not same(ClipWindows(clip_store, 64, seed=4, initial_flow="dis")[7], late[0])
    assert not same(late[0], late[1])


def test_kinds_of_ones_own_are_drawn_too(clip_folder: Path, tmp_path: Path) -> None:
    """As often as their clips would be under any name: none is left out without a word."""
    manifest = (clip_folder / "manifest.tsv").read_text().replace("\treal", "\tsport")
    for path in clip_folder.glob("shard-*"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "manifest.tsv").write_text(manifest)
    windows = ClipWindows(pack_clips(tmp_path, tmp_path / "store", processes=1), 64)
    assert set(windows._kinds) == {"animation", "sport"}
    assert windows._kind_shares.min() > 0


def test_worker_processes_make_the_same_samples(clip_store: ClipStore) -> None:
    windows = ClipWindows(clip_store, 64, seed=3, length=100)
    loader = DataLoader(
        windows,
        batch_size=2,
        sampler=range(10, 14),
        num_workers=1,
        worker_init_fn=single_thread_worker,
    )
    batches = list(loader)
    assert [batch["one"].shape for batch in batches] == [(2, 3, 64, 64)] * 2
    assert torch.equal(batches[1]["target"][1], windows[13]["target"])


@pytest.mark.parametrize("size", [(64, 64), (48, 80), (96, 96)])
@pytest.mark.parametrize(("shrink", "enlarge"), [(1, 0), (0, 1)])
def test_samples_have_the_size_and_types(
    clip_store: ClipStore, size: tuple[int, int], shrink: float, enlarge: float
) -> None:
    augmentation = Augmentation(
        transpose=1, shrink=shrink, enlarge=enlarge, noise=0.5, compress=0.5, fade=0.5
    )
    windows = ClipWindows(clip_store, size, initial_flow="dis", augmentation=augmentation)
    for index in range(8):
        sample = windows[index]
        for key in ("one", "two", "target"):
            assert sample[key].shape == (3, *size)
            assert sample[key].dtype == torch.uint8
        for key in ("dis_01", "dis_10"):
            assert sample[key].shape == (2, *size)
            assert sample[key].dtype == torch.float32
        assert 0 < float(sample["t"]) < 1


def test_dis_flow_of_a_known_motion(clip_store: ClipStore) -> None:
    windows = ClipWindows(
        clip_store,
        64,
        initial_flow="dis",
        triplets=1,
        kind_weights=MOVING_ONLY,
        augmentation=NO_AUGMENTATION,
    )
    for index in range(4):
        sample = windows[index]
        forward, backward = sample["dis_01"], sample["dis_10"]
        motion = float(forward[0].median())
        assert min(abs(motion - SPEED * span) for span in (2, 4, 6)) < 1
        assert float(backward[0].median()) == pytest.approx(-motion, abs=1)
        assert float(forward[1].median()) == pytest.approx(0, abs=0.3)


def test_motion_grows_with_the_pictures(clip_store: ClipStore) -> None:
    def motions(enlarge: float) -> list[float]:
        windows = ClipWindows(
            clip_store,
            64,
            initial_flow="dis",
            triplets=1,
            kind_weights=MOVING_ONLY,
            augmentation=replace(NO_AUGMENTATION, enlarge=enlarge),
        )
        return [float(windows[index]["dis_01"][0].median()) for index in range(8)]

    for motion, enlarged in zip(motions(0), motions(1), strict=True):
        assert 0.95 * motion < enlarged < 2.05 * motion
    assert sum(motions(1)) > 1.2 * sum(motions(0))


def test_dis_flow_is_turned_with_the_pictures(clip_store: ClipStore) -> None:
    augmentation = Augmentation(shrink=0.5, recolour=0, fade=0, noise=0, compress=0)
    windows = ClipWindows(
        clip_store,
        64,
        initial_flow="dis",
        kind_weights=MOVING_ONLY,
        augmentation=augmentation,
        window_filter=WindowFilter(most_motion=4.5 * SPEED),  # what DIS finds in so small a crop
    )
    for index in range(12):
        sample = windows[index]
        one, two = sample["one"].float()[None], sample["two"].float()[None]
        y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
        grid = torch.stack([x + sample["dis_01"][0], y + sample["dis_01"][1]], -1)
        grid = grid[None] / 31.5 - 1
        warped = functional.grid_sample(two, grid, align_corners=True)
        seen = (grid.abs() <= 1).all(-1)[:, None]
        assert ((warped - one).abs() * seen).sum() < 0.1 * ((two - one).abs() * seen).sum()


def test_time_reversal(clip_store: ClipStore) -> None:
    reversing = Augmentation(
        **{**vars(NO_AUGMENTATION), "reverse": 1.0},
    )
    plain = ClipWindows(clip_store, WHOLE, triplets=0, augmentation=NO_AUGMENTATION)
    turned = ClipWindows(clip_store, WHOLE, triplets=0, augmentation=reversing)
    for index in range(5):
        one, two = plain[index], turned[index]
        assert torch.equal(one["one"], two["two"])
        assert torch.equal(one["target"], two["target"])
        assert float(one["t"]) == pytest.approx(1 - float(two["t"]))


def test_kind_weights_and_include(clip_store: ClipStore) -> None:
    animation = ClipWindows(
        clip_store, WHOLE, kind_weights={"animation": 1}, augmentation=NO_AUGMENTATION
    )
    assert {place_of(animation[k]["one"])[0] for k in range(6)} == {"cut"}
    chosen = ClipWindows(
        clip_store,
        WHOLE,
        include=lambda clip: clip.name == "moving",
        augmentation=NO_AUGMENTATION,
    )
    assert {place_of(chosen[k]["one"])[0] for k in range(6)} == {"moving"}


def test_wrong_calls(clip_store: ClipStore) -> None:
    with pytest.raises(InputError, match="no moving window"):
        ClipWindows(clip_store, 100)
    with pytest.raises(UsageError, match="triplets"):
        ClipWindows(clip_store, 64, triplets=1.5)
    with pytest.raises(UsageError, match="16 pixels"):
        ClipWindows(clip_store, 8)
    with pytest.raises(UsageError, match="kind_weights"):
        ClipWindows(clip_store, 64, kind_weights={"drawings": 1})
    with pytest.raises(IndexError):
        ClipWindows(clip_store, 64, length=5)[5]


def test_window_filter_weighs_by_motion() -> None:
    steps = np.zeros((8, 4), np.float32)
    steps[:-1, StepColumn.DIFFERENCE] = 5
    steps[:-1, StepColumn.LARGE_MOTION] = [0.1, 0.1, 1, 1, 8, 8, 100]
    weights = WindowFilter().weights(steps, 2)
    np.testing.assert_allclose(weights, [0, 1.1 / 4, 0.5, 1, 1, 0, 0, 0], atol=1e-6)
    steps[3, StepColumn.RESIDUAL] = 40
    np.testing.assert_allclose(WindowFilter().weights(steps, 2)[2:5], [0, 0, 1])
    assert not WindowFilter().weights(steps, 8).any()


def test_a_kept_flow_is_that_of_the_crop(clip_store: ClipStore, tmp_path: Path) -> None:
    """However a window is cropped, enlarged, turned and reversed: the clip moves evenly."""
    windows = ClipWindows(
        clip_store,
        (64, 64),
        initial_flow="dis",
        kind_weights=MOVING_ONLY,
        windows=3,
        flows=tmp_path,
        augmentation=replace(NO_AUGMENTATION, enlarge=0.5, flip=0.5, transpose=0.5, reverse=0.5),
        include=lambda clip: clip.name.startswith("moving"),
    )
    assert len({float(windows[index]["dis_01"].abs().mean()) for index in range(12)}) > 3
    for index in range(12):
        sample = windows[index]
        one, two = (sample[name][None].float() for name in ("one", "two"))
        flow = sample["dis_01"][None]
        seen = backwarp(torch.ones_like(two), flow) > 0.99
        seen[..., :8], seen[..., -8:], seen[..., :8, :], seen[..., -8:, :] = (False,) * 4
        assert seen.float().mean() > 0.1
        missed = (backwarp(two, flow) - one).abs()[seen].median()  # DIS errs near the borders
        assert missed < 0.2 * (two - one).abs()[seen].median()
        there, back = (sample[name].flatten(1).median(1)[0] for name in ("dis_01", "dis_10"))
        torch.testing.assert_close(there, -back, atol=0.5, rtol=0.15)  # DIS near the borders


def test_limited_windows_come_again(clip_store: ClipStore, tmp_path: Path) -> None:
    windows = ClipWindows(
        clip_store,
        WHOLE,
        initial_flow="dis",
        windows=2,
        flows=tmp_path,
        augmentation=NO_AUGMENTATION,
    )
    samples = [windows[index] for index in range(10)]
    assert len({sample["one"].numpy().tobytes() for sample in samples}) <= 2
    again = ClipWindows(
        clip_store,
        WHOLE,
        initial_flow="dis",
        windows=2,
        flows=tmp_path,
        augmentation=NO_AUGMENTATION,
    )
    assert all(same(again[index], sample) for index, sample in enumerate(samples))


def test_clips_that_are_held_out_are_not_trained_on(clip_store: ClipStore) -> None:
    source = ClipSource(clip_store)
    data = DataConfig(crop=64, held_out=2)
    names = {
        held_out: {clip.name for clip in clip_store.clips if source._part(2, held_out)(clip)}  # type: ignore[misc]
        for held_out in (False, True)
    }
    assert not names[False] & names[True]
    assert names[False] | names[True] == {clip.name for clip in clip_store.clips}
    assert source._part(0, False) is None
    assert data.held_out == 2


def test_with_triplets_alone_every_target_is_half_way(clip_store: ClipStore) -> None:
    """The shots of `cut` have six frames: for the longest triplets they are too short."""
    windows = ClipWindows(clip_store, 32, triplets=1.0, kind_weights={"animation": 1.0})
    assert {float(windows[index]["t"]) for index in range(40)} == {0.5}
