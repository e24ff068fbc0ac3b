"""No result takes the place of what it is made from, nor of another result."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.cli import RunVfi
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from vfi.media.pictures.images import write_image


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: two pictures, a video, a folder of pictures, and links to them."""
    monkeypatch.chdir(tmp_path)
    for number in range(2):
        write_image(tmp_path / f"{number}.png", texture(2 * number))
        shots = tmp_path / "shots"
        shots.mkdir(exist_ok=True)
        write_image(shots / f"frame_{number + 1}.png", texture(2 * number))
    make_clip(tmp_path / "clip.mp4", pictures=[texture(0), texture(2)])
    (tmp_path / "link.png").symlink_to("0.png")
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    (tmp_path / "same").symlink_to("shots")
    return tmp_path


@pytest.fixture
def refused(run_vfi: RunVfi, place: Path) -> Any:
    """The one line that a call is refused with, all files being as they were."""

    def contents() -> dict[str, bytes | None]:
        return {str(p): p.read_bytes() if p.is_file() else None for p in place.rglob("*")}

    def call(words: str) -> str:
        before = contents()
        ended = run_vfi(*words.split(), "--overwrite")
        assert ended.code == 2, ended.err
        assert contents() == before
        return ended.complaint

    return call


PAIR = "--one 0.png --two 1.png"


@pytest.mark.parametrize(
    "words",
    [
        f"interpolate {PAIR} --out 0.png",
        f"interpolate {PAIR} --out ./1.png",
        f"interpolate {PAIR} --out link.png",
        "interpolate --one link.png --two 1.png --out 0.png",
        f"flow {PAIR} --show wheel --picture 1.png",
        f"splat {PAIR} --out shots/../0.png",
        "keyframes clip.mp4 --out clip.mp4",
        "keyframes shots --out shots/frame_2.png",
        "video clip.mp4 --out clip.mp4",
        "video clip.mp4 --out ./clip.mp4 --dry-run",
        "video link.mp4 --out clip.mp4",
        "video clip.mp4 --out link.mp4",
        "video shots --out shots",
        "video shots --out shots/ --dry-run",
        "video shots --out same",
        "video same --out shots",
        "video shots/frame_%d.png --out shots",
        "video shots/*.png --out same",
        "video clip.mp4 --write-scenes clip.mp4",
        "video clip.mp4 --mask 0.png --write-scenes 0.png",
        "batch . --out shots/..",
    ],
)
def test_a_result_never_replaces_what_it_is_made_from(refused: Any, words: str) -> None:
    assert " the input " in refused(words)


@pytest.mark.parametrize(
    ("words", "both"),
    [
        (f"interpolate {PAIR} --out a.flo --flow ./a.flo", "--out and --flow"),
        (f"flow {PAIR} --out a.png --show wheel --picture a.png", "--out and --picture"),
        (
            f"flow {PAIR} --out a-occlusion.png --show wheel --picture a.png --occlusion",
            "--out and --occlusion",
        ),
        ("video clip.mp4 --out a.mp4 --write-scenes a.mp4", "--out and --write-scenes"),
        ("benchmark middlebury --data shots --json a --csv a", "--json and --csv"),
        ("benchmark middlebury --data shots --csv a --report ./a", "--csv and --report"),
    ],
)
def test_two_results_never_share_a_file(refused: Any, words: str, both: str) -> None:
    assert f"{both} are the same file" in refused(words)


def test_a_batch_never_replaces_one_of_its_inputs(refused: Any, place: Path) -> None:
    """A result's name may be a link to an input."""
    for folder in ("in", "out"):
        (place / folder).mkdir()
    shutil.copy(place / "clip.mp4", place / "in" / "a.mp4")
    (place / "out" / "a.mp4").symlink_to(place / "in" / "a.mp4")
    assert "the result out/a.mp4 is the input itself" in refused("batch in --out out")
