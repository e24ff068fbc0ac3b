"""Every script of `examples/` does what it says."""

import importlib.util
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture

EXAMPLES = Path(__file__).parent.parent / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clip(tmp_path: Path) -> str:
    """Six frames in a quarter of a second."""
    pictures = [texture(2 * number) for number in range(6)]
    return str(make_clip(tmp_path / "in.mp4", pictures=pictures, rate=Fraction(24)))


def test_a_pair(tmp_path: Path) -> None:
    for name, right in (("one", 0), ("two", 8)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), texture(right)[..., ::-1])
    out = tmp_path / "between"
    example("pair").main(str(tmp_path / "one.png"), str(tmp_path / "two.png"), str(out))
    assert sorted(path.name for path in out.iterdir()) == ["0.25.png", "0.5.png", "0.75.png"]
    for t in (0.25, 0.5, 0.75):
        made = cv2.imread(str(out / f"{t:g}.png"))[..., ::-1]
        truth = texture(round(8 * t))
        assert np.abs(made.astype(float) - truth)[8:-8, 16:-16].mean() < 6


def test_a_video(clip: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example("video").main(clip, str(tmp_path / "out.mp4"))
    assert pts_of(tmp_path / "out.mp4") == [Fraction(k, 60) for k in range(15)]
    assert capsys.readouterr().out == f"{tmp_path / 'out.mp4'}: 15 frames\n"


def test_lazily(clip: str, tmp_path: Path) -> None:
    example("lazily").main(clip, str(tmp_path / "out.mkv"))
    assert len(pts_of(tmp_path / "out.mkv")) == 12


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # moviepy leaves its pipes to the collector
def test_with_moviepy(clip: str, tmp_path: Path) -> None:
    pytest.importorskip("moviepy")
    example("with_moviepy").main(clip, str(tmp_path / "out.mp4"))
    assert len(pts_of(tmp_path / "out.mp4")) == 9  # three of six frames, three-fold


def test_learning_through_softsplat() -> None:
    assert example("learn_with_softsplat").main() == pytest.approx(3, abs=0.2)


def test_all_of_them_are_tested() -> None:
    tested = {"pair", "video", "lazily", "with_moviepy", "learn_with_softsplat"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested
