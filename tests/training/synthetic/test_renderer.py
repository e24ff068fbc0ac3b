"""Synthetic scenes: a scene whose answer is written out by hand, and laws that all obey."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from vfi.errors import UsageError
from vfi.training.data.pool import frame_pool
from vfi.training.data.samples import Sample
from vfi.training.data.store import ClipStore
from vfi.training.synthetic.layer_motion import LayerMotion
from vfi.training.synthetic.renderer import SyntheticScenes, render_pair
from vfi.training.synthetic.sampler import Draw
from vfi.training.synthetic.scenes import Scene, SceneOptions, draw_scene
from vfi.training.synthetic.shapes import TILE, ShapeBank, opaque_extents

SIZE = (48, 64)
TRUTH = ("flow_01", "flow_10", "occlusion_01", "occlusion_10")


def smooth_pool(count: int = 6) -> torch.Tensor:
    """Pictures so smooth that bilinear sampling loses next to nothing."""
    noise = torch.rand(count, 3, 9, 12, generator=torch.Generator().manual_seed(0))
    pool = functional.interpolate(noise, (144, 192), mode="bicubic", align_corners=True)
    return pool.clamp(0, 1).mul(255).to(torch.uint8)


@pytest.fixture(scope="module")
def scenes() -> SyntheticScenes:
    return SyntheticScenes(smooth_pool(), SceneOptions(blur=0), shapes=64)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def still(count: int) -> LayerMotion:
    eye = torch.eye(2).repeat(count, 1, 1)
    zero = torch.zeros(count, 2)
    waves = torch.zeros(count, 2, 1)
    centre = torch.tensor([(SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2]).repeat(count, 1)
    return LayerMotion(centre, zero, eye, eye, zero, waves, waves.transpose(1, 2), waves)


def two_squares() -> Scene:
    """A red square below a green one, both 10×10 in the middle at t = 1/2, on a still background.

    Red moves by (12, 6): from columns 21 to 30, rows 16 to 25, at t = 0. Green stands still on
    columns 27 to 36, rows 19 to 28.
    """
    cutouts = torch.zeros(2, 4, TILE, TILE)
    middle = slice(TILE // 2 - 5, TILE // 2 + 5)
    cutouts[0, 0] = 1
    cutouts[1, 1] = 1
    cutouts[:, 3, middle, middle] = 1
    background = torch.rand(1, 3, 80, 96, generator=generator()) * 0.5
    velocity = torch.tensor([[0.0, 0.0], [12.0, 6.0], [0.0, 0.0]])
    motion = replace(still(3), velocity=velocity)
    extents = torch.cat([torch.zeros(1, 4), opaque_extents(cutouts[:, 3])])
    depth = torch.tensor([0, 1, 2])
    return Scene(SIZE, motion, torch.zeros(3).long(), depth, background, cutouts, extents, 2)


def square(row: int, column: int) -> torch.Tensor:
    mask = torch.zeros(SIZE, dtype=torch.bool)
    mask[row : row + 10, column : column + 10] = True
    return mask


def test_known_scene() -> None:
    sample = render_pair(two_squares(), torch.tensor([2 / 3]))
    green = square(19, 27)
    red = {t: square(16 + round(6 * t), 21 + round(12 * t)) & ~green for t in (0, 1, 2 / 3)}
    for key, t in (("one", 0), ("two", 1), ("target", 2 / 3)):
        picture = sample[key][0]
        assert torch.allclose(picture[:, red[t]].mean(1), torch.tensor([1.0, 0, 0]), atol=1e-4)
        assert torch.allclose(picture[:, green].mean(1), torch.tensor([0, 1.0, 0]), atol=1e-4)
    flow = torch.zeros(2, *SIZE)
    flow[:, red[0]] = torch.tensor([[12.0], [6.0]])
    torch.testing.assert_close(sample["flow_01"][0], flow, atol=1e-3, rtol=0)
    hidden = red[1] & ~red[0] & ~green  # background that red comes to cover
    hidden |= red[0] & square(19 - 6, 27 - 12)  # red that moves below green
    assert torch.equal(sample["occlusion_01"][0, 0].bool(), hidden)


def test_depth_decides_who_is_in_front() -> None:
    scene = two_squares()
    scene = replace(scene, depth=torch.tensor([0, 2, 1]))
    picture = render_pair(scene, torch.tensor([0.5]))["one"][0]
    overlap = square(16, 21) & square(19, 27)
    assert overlap.any()
    assert torch.allclose(picture[:, overlap].mean(1), torch.tensor([1.0, 0, 0]), atol=1e-4)


def test_leaving_the_picture_is_occlusion() -> None:
    scene = two_squares()
    velocity = torch.tensor([[9.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    sample = render_pair(
        replace(scene, motion=replace(scene.motion, velocity=velocity)), torch.tensor([0.5])
    )
    assert sample["occlusion_01"][0, 0, :12, -9:].all()
    assert not sample["occlusion_01"][0, 0, :12, :-9].any()
    assert sample["occlusion_10"][0, 0, :12, :9].all()
    ahead = sample["two"][0, :, :12, 9:]
    torch.testing.assert_close(ahead, sample["one"][0, :, :12, :-9], atol=1e-4, rtol=0)


def backwarped(picture: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    height, width = picture.shape[2:]
    x = torch.arange(width) + flow[:, 0]
    y = torch.arange(height)[:, None] + flow[:, 1]
    grid = torch.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], -1)
    return functional.grid_sample(picture, grid, align_corners=True, padding_mode="border")


def inner_and_flat(sample: Sample, flow: torch.Tensor, occlusion: torch.Tensor) -> torch.Tensor:
    """Away from occlusions and from edges of cut-outs, where a pixel mixes two layers."""
    edge = functional.max_pool2d(flow, 9, 1, 4) + functional.max_pool2d(-flow, 9, 1, 4)
    near = functional.max_pool2d(occlusion, 9, 1, 4)
    return (edge.amax(1, keepdim=True) < 3) & (near == 0)


def test_flow_takes_one_frame_to_the_other() -> None:
    options = SceneOptions(blur=0, styles=(1, 0, 0), layers=(1, 3), most_motion=0.15)
    sample = SyntheticScenes(smooth_pool(), options, shapes=64).sample(8, (64, 80), generator())
    for one, two, way in (("one", "two", "01"), ("two", "one", "10")):
        flow, occlusion = sample[f"flow_{way}"], sample[f"occlusion_{way}"]
        where = inner_and_flat(sample, flow, occlusion)
        error = ((backwarped(sample[two], flow) - sample[one]) ** 2).mean(1, keepdim=True)
        assert where.float().mean() > 0.3
        assert -10 * torch.log10(error[where].mean()) > 35
        unmoved = ((sample[two] - sample[one]) ** 2).mean(1, keepdim=True)
        assert error[where].mean() < 0.05 * unmoved[where].mean()


def test_target_lies_on_the_straight_path() -> None:
    options = SceneOptions(blur=0, styles=(1, 0, 0), layers=(0, 0), most_camera_motion=0.1)
    maker = SyntheticScenes(smooth_pool(), options, shapes=8)
    sample = maker.sample(6, (64, 80), generator(), times=torch.full((6,), 0.25))
    flow = sample["flow_01"]
    rebuilt = backwarped(sample["target"], 0.25 * flow)  # a pixel of one, followed to the target
    inner = (..., slice(12, -12), slice(12, -12))
    error = ((rebuilt - sample["one"])[inner] ** 2).mean()
    assert -10 * torch.log10(error) > 38


def test_targets_at_the_ends_are_the_frames(scenes: SyntheticScenes) -> None:
    times = torch.tensor([[0.0, 0.5, 1.0]]).repeat(2, 1)
    sample = scenes.sample(2, SIZE, generator(4), times)
    assert sample["target"].shape == (2, 3, 3, *SIZE)
    torch.testing.assert_close(sample["target"][:, 0], sample["one"])
    torch.testing.assert_close(sample["target"][:, 2], sample["two"])


def test_shapes_ranges_and_times(scenes: SyntheticScenes) -> None:
    sample = scenes.sample(5, SIZE, generator(1))
    assert sample["one"].shape == sample["two"].shape == sample["target"].shape == (5, 3, *SIZE)
    assert [sample[key].shape[1] for key in TRUTH] == [2, 2, 1, 1]
    for key in ("one", "two", "target"):
        assert float(sample[key].min()) >= 0
        assert float(sample[key].max()) <= 1 + 1e-5
    assert set(sample["occlusion_01"].unique().tolist()) <= {0.0, 1.0}
    assert ((sample["t"] > 0) & (sample["t"] < 1)).all()
    assert all(torch.isfinite(tensor).all() for tensor in sample.values())


def test_generator_decides_everything(scenes: SyntheticScenes) -> None:
    one, again, other = (scenes.sample(2, SIZE, generator(seed)) for seed in (5, 5, 6))
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not torch.equal(one["one"], other["one"])


def test_grouped_rendering_equals_one_by_one(
    scenes: SyntheticScenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way a GPU takes (all layers of a depth at once) gives the same scenes."""
    one = scenes.sample(3, SIZE, generator(8))
    monkeypatch.setattr("vfi.training.synthetic.renderer.ONE_BY_ONE", ())
    two = scenes.sample(3, SIZE, generator(8))
    for key in one:
        torch.testing.assert_close(one[key], two[key], atol=1e-5, rtol=0)


def test_motion_blur_smears_what_moves() -> None:
    scene = two_squares()
    sharp = render_pair(scene, torch.tensor([0.5]))["one"]
    blurred = render_pair(scene, torch.tensor([0.5]), torch.tensor([0.5]))["one"]
    changed = (sharp - blurred).abs().amax(1)[0] > 0.05
    assert changed[16:26, 21:24].any()  # red's edge
    assert not changed[40:].any()  # the still background
    assert float(blurred.mean()) == pytest.approx(float(sharp.mean()), abs=0.01)


def test_background_has_no_empty_corners() -> None:
    options = SceneOptions(layers=(0, 0), styles=(1, 0, 0), most_camera_motion=0.5, still=0)
    white = torch.full((1, 3, 64, 64), 255, dtype=torch.uint8)
    sample = SyntheticScenes(white, options, shapes=4).sample(6, (64, 96), generator())
    assert sample["one"].min() > 0.5
    assert sample["two"].min() > 0.5


def test_part_of_a_batch_is_the_same_scene() -> None:
    draw = Draw(generator(3))
    scene = draw_scene(draw, 4, SIZE, SceneOptions(), smooth_pool(), ShapeBank.draw(16))
    whole = render_pair(scene, torch.full((4,), 0.5))
    part = render_pair(scene.take(torch.tensor([1, 3])), torch.full((2,), 0.5))
    for key in ("one", "target", *TRUTH):
        torch.testing.assert_close(part[key], whole[key][[1, 3]], atol=1e-5, rtol=0)


def test_pool_is_spread_over_the_clips(clip_store: ClipStore) -> None:
    pool = frame_pool(clip_store, count=20)
    assert pool.shape == (20, 3, 96, 128)
    assert torch.equal(frame_pool(clip_store, 20), pool)
    assert len(frame_pool(clip_store, 10_000)) == sum(clip.count for clip in clip_store.clips)


def test_wrong_calls(scenes: SyntheticScenes) -> None:
    with pytest.raises(UsageError, match="uint8"):
        SyntheticScenes(torch.zeros(2, 3, 8, 8))
    with pytest.raises(UsageError, match="times"):
        scenes.sample(2, SIZE, generator(), torch.zeros(3))
