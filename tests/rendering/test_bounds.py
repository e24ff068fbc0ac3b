"""Within so much memory: fewer pairs, then bands, then one line that says how much is needed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vfi
from benchmarks.memory import ONE_PAIR
from tests.helpers.clips import make_clip
from vfi.interpolator import Interpolator
from vfi.job import Job
from vfi.models.need import HALO, Need
from vfi.rendering.bounds import (
    BASE,
    FIXED,
    ROWS,
    Bounds,
    bounded,
    bounds_in_words,
    bounds_within,
    parse_limit,
    shared,
)

WIDTH, HEIGHT = 7680, 4320
PIXELS = WIDTH * HEIGHT
NEED = Need(pair=200, prepared=100)
BESIDE = BASE + FIXED * PIXELS


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8GB", 8 * 10**9),
        ("8g", 8 * 10**9),
        ("8GiB", 8 << 30),
        ("1.5 GB", 1_500_000_000),
        ("500MB", 500 * 10**6),
        (2_000_000_000, 2_000_000_000),
        ("auto", "auto"),
    ],
)
def test_sizes_as_people_write_them(text: int | str, size: int | str) -> None:
    assert parse_limit(text) == size


@pytest.mark.parametrize("text", ["", "8", "GB", "8XB", "-1GB", "1e9", True, None, "inf", 0])
def test_what_is_no_size_is_one_line(text: object) -> None:
    with pytest.raises(vfi.UsageError, match=r"memory_limit .* is no amount of memory: give 8GB"):
        parse_limit(text)


def test_as_many_pairs_as_fit_and_are_wanted() -> None:
    def bounds(limit: int) -> Bounds | None:
        return bounds_within(limit, NEED, WIDTH, HEIGHT, 4)

    assert bounds(BESIDE + 9 * 200 * PIXELS) == Bounds(4, None)
    assert bounds(BESIDE + 3 * 200 * PIXELS) == Bounds(3, None)
    assert bounds(BESIDE + 200 * PIXELS) == Bounds(1, None)
    band = 100 * (ROWS + 2 * HALO) * WIDTH
    assert bounds(BESIDE + 200 * PIXELS - 1) == Bounds(1, ROWS)
    assert bounds(BESIDE + 100 * PIXELS + band) == Bounds(1, ROWS)
    assert bounds(BESIDE + 100 * PIXELS + band - 1) is None


def test_what_cannot_be_made_in_bands_needs_all() -> None:
    whole = BESIDE + 200 * PIXELS
    assert bounds_within(whole, Need(200), WIDTH, HEIGHT, 4) == Bounds(1, None)
    assert bounds_within(whole - 1, Need(200), WIDTH, HEIGHT, 4) is None


def test_an_interpolator_is_bounded_by_the_size_of_frames() -> None:
    given = Interpolator("direct")
    need = given.network.need
    made = bounded(given, BESIDE + need.pair * PIXELS, WIDTH, HEIGHT)
    assert isinstance(made, Interpolator)
    assert (made.pairs_at_once, made.rows, given.rows, given.most_pairs) == (1, None, None, None)
    assert made.network is given.network
    assert shared(given.bounded(6, 256), 4).most_pairs == 1
    assert shared(given.bounded(6, 256), 3).most_pairs == 2
    assert shared(given, 3) is given


def test_too_little_says_how_much_is_needed(tmp_path: Path) -> None:
    clip = tmp_path / "a.mkv"
    make_clip(clip, pictures=[np.zeros((48, 64, 3), np.uint8)] * 3)
    said = "memory_limit 0.3 GB: model direct needs 0.53 GB for frames of 64x48"
    with Job(clip, model="direct", memory_limit="300MB") as job:
        with pytest.raises(vfi.DeviceError, match=said):
            job.check()
        with pytest.raises(vfi.DeviceError, match=said):
            job.run()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]


def test_pairs_at_once_are_told() -> None:
    assert bounds_in_words(Interpolator("direct")) == []
    assert bounds_in_words(Interpolator("direct").bounded(1, 256)) == [
        "memory     1 pair at once, in bands of 256 rows"
    ]


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are counted anew there")
def test_what_a_pair_is_said_to_take_is_roughly_true(tmp_path: Path) -> None:
    one = np.random.default_rng(1).integers(0, 256, (540, 960, 3), np.uint8)
    np.save(tmp_path / "pair.npy", [one, np.roll(one, 3, 1)])
    call = [sys.executable, "-c", ONE_PAIR, str(tmp_path / "pair.npy"), "direct", "0"]
    ended = subprocess.run(call, capture_output=True, text=True, check=True, timeout=900)
    said = Interpolator("direct").network.need.pair
    assert 0.5 * said < int(ended.stdout) / one[..., 0].size < 1.25 * said
