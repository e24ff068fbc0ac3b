"""A model that makes the middle of two frames alone: what can be asked of it, and what cannot."""

from pathlib import Path

import numpy as np
import pytest
import torch

import vfi
from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi.errors import UsageError
from vfi.media.pictures.images import write_image
from vfi.model_files import save_weights
from vfi.models.registry import build

SETTINGS = {
    "adaptive": {"architecture": "adaptive", "rows": [8, 8], "columns": 2, "taps": 3},
    "sepconv": {"architecture": "sepconv", "channels": [4, 4], "taps": 5},
}
MAKES = "makes the middle of two frames, and between its own results again: 1/2, 1/4, 3/4, 1/8 …"


@pytest.fixture(params=sorted(SETTINGS))
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / f"{request.param}.safetensors"
    settings = SETTINGS[request.param]
    save_weights(build(settings), file, settings)
    return file


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three frames at 25 a second, the last two of which are the same."""
    return make_clip(tmp_path / "clip.mkv", pictures=[texture(0), texture(2), texture(2)])


def test_four_for_one_are_made(run_vfi: RunVfi, clip: Path, model: Path) -> None:
    assert run_vfi("video", clip, "--fps", "4", "--model", model).code == 0
    assert len(pts_of(clip.with_name("clip_4x.mkv"))) == 12


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_three_for_one_are_refused_before_anything_is_done(
    run_vfi: RunVfi, clip: Path, model: Path, dry: tuple[str, ...]
) -> None:
    ended = run_vfi("video", clip, "--fps", "3", "--model", model, *dry)
    assert ended.code == 2
    assert ended.complaint == (
        f"Error: --fps 3 needs a frame at 1/3 of the way, but model {model} {MAKES}; "
        "--fps 2, 4 and 8 are possible; for others give another --model"
    )
    assert names_in(clip.parent) == ["clip.mkv"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--slow", "4"), ""),
        (("--target-fps", "100"), ""),
        (("--target-fps", "60"), "--target-fps 60 needs a frame at 5/12 of the way"),
        (("--slow", "3"), "--slow 3 needs a frame at 1/3 of the way"),
        (("--shutter", "180"), "--shutter 180 needs a frame at 1/36 of the way"),
    ],
)
def test_which_wish_is_to_blame(
    run_vfi: RunVfi, clip: Path, model: Path, words: tuple[str, ...], complaint: str
) -> None:
    ended = run_vfi("video", clip, *words, "--model", model, "--dry-run")
    assert (ended.code == 0) == (not complaint)
    assert complaint in ended.err


def test_repeated_drawings_are_seen_first(run_vfi: RunVfi, tmp_path: Path, model: Path) -> None:
    """A drawing that is held for three frames is left after three intervals: sixths of them."""
    pictures = [texture(0), texture(0), texture(0), texture(4)]
    clip = make_clip(tmp_path / "threes.mkv", pictures=pictures)
    ended = run_vfi("video", clip, "--threshold", "1", "--scene-threshold", "0", "--model", model)
    assert ended.code == 2
    assert "--threshold 1 needs a frame at 1/6 of the way" in ended.err
    assert names_in(tmp_path) == ["threes.mkv"]


def test_two_pictures(run_vfi: RunVfi, tmp_path: Path, model: Path) -> None:
    for number in (0, 1):
        write_image(tmp_path / f"{number}.png", texture(2 * number))
    words = ("interpolate", tmp_path / "0.png", tmp_path / "1.png", "--model", model)
    assert run_vfi(*words, "--time", "3/8").code == 0
    ended = run_vfi(*words, "--count", "2", "--out", tmp_path / "more.png")
    assert (ended.code, "1/3" in ended.complaint, MAKES in ended.complaint) == (2, True, True)


def test_python_says_the_same(model: Path) -> None:
    interpolator = vfi.Interpolator(model, "cpu")
    one, two = texture(0), texture(2)
    assert np.array_equal(interpolator(one, two, [0, 0.25, 1])[0], one)
    with pytest.raises(UsageError, match=r"^t 0\.3: model .* makes the middle of two frames"):
        interpolator(one, two, 0.3)


def test_alpha_is_made_at_every_moment(model: Path) -> None:
    """The colours are alike, and nothing moves: half way, alpha is the mean."""
    one = np.dstack([texture(0), np.full(texture(0).shape[:2], 255, np.uint8)])
    two = one.copy()
    two[..., 3] = 55
    alphas = [frame[..., 3] for frame in vfi.Interpolator(model, "cpu")(one, two, [0.25, 0.5])]
    assert [round(float(np.median(alpha))) for alpha in alphas] == [205, 155]


def test_flow_is_had_of_those_that_have_one(run_vfi: RunVfi, tmp_path: Path, model: Path) -> None:
    for number in (0, 1):
        write_image(tmp_path / f"{number}.png", texture(2 * number))
    words = ("flow", tmp_path / "0.png", tmp_path / "1.png", "--model", model)
    ended = run_vfi(*words, "--out", tmp_path / "flow.flo")
    assert ended.code == (0 if model.stem == "adaptive" else 2)
    if ended.code:
        assert "sepconv.safetensors makes frames without flow; direct measures" in ended.complaint


def test_it_is_measured_with_others_motion_where_it_has_none(
    run_vfi: RunVfi, tmp_path: Path, model: Path
) -> None:
    for number in range(3):
        (tmp_path / "triplets" / "one").mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / "triplets" / "one" / f"{number}.png", texture(2 * number))
    words = ("benchmark", "triplets", "--data", tmp_path / "triplets", "--measures", "psnr")
    ended = run_vfi(*words, "--model", model, "--no-progress")
    assert ended.code == 0, ended.err
    assert model.stem in ended.out
