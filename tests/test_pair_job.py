"""Two pictures and what is asked of them: refused early, made whole, told as it goes."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vfi.errors import ExistsError, UsageError
from vfi.media.pictures.images import read_image, write_image
from vfi.pair_job import PairJob, moments
from vfi.progress import Progress


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name, value in (("one.png", 10), ("two.png", 90)):
        write_image(tmp_path / name, np.full((16, 24, 3), value, np.uint8))
    return tmp_path / "one.png", tmp_path / "two.png"


def test_it_is_named_beside_the_first(pair: tuple[Path, Path]) -> None:
    made = PairJob(*pair, model="direct").run()
    assert made.places == [pair[0].with_name("one-two.png")]
    assert read_image(made.places[0]).pixels.shape == (16, 24, 3)
    assert made.notes == []


def test_progress_is_told(pair: tuple[Path, Path], tmp_path: Path) -> None:
    told: list[Progress] = []
    times = moments([], 3)
    made = PairJob(*pair, f"{tmp_path}/between/", times, model="direct").run(told.append)
    assert [(step.done, step.total) for step in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert sorted(path.name for path in made.places[0].iterdir()) == [
        f"frame_{number}.png" for number in (1, 2, 3)
    ]


def test_whoever_is_told_can_end_it(pair: tuple[Path, Path], tmp_path: Path) -> None:
    def enough(step: Progress) -> None:
        if step.done == 2:
            raise KeyError("enough")

    with pytest.raises(KeyError):
        PairJob(*pair, tmp_path / "c.png", moments([], 3), model="direct").run(enough)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "two.png"]


def test_what_is_there_is_refused_at_once(pair: tuple[Path, Path]) -> None:
    with pytest.raises(ExistsError):
        PairJob(*pair, pair[0].with_name("one.png"), model="direct", overwrite=False).results.check(
            overwrite=False
        )
    with pytest.raises(UsageError, match="is the input itself"):
        PairJob(*pair, pair[0], model="direct", overwrite=True).check()


def test_moments() -> None:
    assert moments([]) == [Fraction(1, 2)]
    assert moments([], 3) == [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    assert moments(["1/3", "0.25"]) == [Fraction(1, 3), Fraction(1, 4)]
    for wrong in ("1.5", "-1/3", "soon"):
        with pytest.raises(UsageError, match=f"times {wrong}"):
            moments([wrong])
