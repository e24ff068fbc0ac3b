"""What the pictures of a comparison show, and what is said of how alike two videos are."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vfi.errors import UsageError
from vfi.media.frame import Colour, VideoInfo
from vfi.viewing.comparison import GAP, Comparison, Tally, over_black
from vfi.viewing.lined_up import Both, Seen


def info(name: str = "a.mp4", width: int = 64, height: int = 48, **facts: Any) -> VideoInfo:
    known = {
        "path": Path(name),
        "frame_rate": F(25),
        "time_base": F(1, 25),
        "duration": F(1),
        "frame_count": 25,
        "codec": "h264",
        "pixel_format": "yuv420p",
        "bit_depth": 8,
    }
    return VideoInfo(width=width, height=height, **(known | facts))


def flat(value: Any, width: int = 64, height: int = 48, dtype: Any = np.uint8) -> np.ndarray:
    return np.full((height, width, np.size(value) if np.size(value) > 1 else 3), value, dtype)


def pictured(
    how: str, one: np.ndarray, two: np.ndarray, time: F = F(0), **facts: Any
) -> tuple[Comparison, np.ndarray, np.ndarray]:
    """A comparison, and of its picture the bar and what is below it."""
    comparison = Comparison(info(**facts), info("b.mp4", **facts), how)
    both = Both(time, Seen(3, one), Seen(7, two))
    picture = comparison.compose(comparison.matched(both))
    assert picture.shape == (*comparison.size[::-1], 3)
    height = comparison.size[1] - comparison.picture_size[1]
    return comparison, picture[:height], picture[height:]


def test_side_by_side() -> None:
    _, bar, below = pictured("side", flat(50), flat(200))
    assert below.shape == (48, 2 * 64 + GAP, 3)
    assert (below[:, :64] == 50).all()
    assert (below[:, 64 + GAP :] == 200).all()
    assert bar.max() > 200  # there is text


def test_split_shows_the_left_of_one_and_the_right_of_the_other() -> None:
    _, _, below = pictured("split", flat(50), flat(200))
    assert (below[:, :31] == 50).all()
    assert (below[:, 33:] == 200).all()
    assert (below[:, 31:33] == 255).all()


def test_differences_are_four_times_as_large_and_end_at_white() -> None:
    _, _, below = pictured("difference", flat((50, 90, 10)), flat((60, 80, 200)))
    assert (below == (40, 40, 255)).all()


@pytest.mark.parametrize(
    ("time", "value"), [(F(0), 50), (F(49, 100), 50), (F(1, 2), 200), (F(99, 100), 200), (F(1), 50)]
)
def test_blinking_changes_every_half_second(time: F, value: int) -> None:
    assert (pictured("blink", flat(50), flat(200), time)[2] == value).all()


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(UsageError, match="side, split, difference, blink"):
        Comparison(info(), info(), "sideways")


def test_the_second_takes_the_size_of_the_first() -> None:
    comparison = Comparison(info(), info(width=128, height=96))
    both = Both(F(0), Seen(0, flat(50)), Seen(0, flat(200, 128, 96)))
    assert comparison.matched(both).two.shape == (48, 64, 3)


def test_pixels_become_square_and_large_pictures_small() -> None:
    wide = {"width": 720, "height": 576, "sample_aspect_ratio": F(16, 15)}
    comparison = Comparison(info(**wide), info(**wide))
    assert comparison.picture_size == (768, 576)
    assert comparison.like.sample_aspect_ratio == 1
    large = Comparison(info(width=3840, height=2160), info())
    assert large.picture_size == (1920, 1080)


def test_deep_ones_stay_deep() -> None:
    depth = {"bit_depth": 10, "pixel_format": "yuv420p10le"}
    deep = flat(514, dtype=np.uint16)
    comparison, _, below = pictured("side", deep, flat(3), **depth)  # 3 of 255 = 771 of 65535
    assert below.dtype == np.uint16
    assert (below[:, :64] == 514).all()
    assert (below[:, 64 + GAP :] == 771).all()
    assert comparison.like.bit_depth == 10


def test_what_is_transparent_is_seen_on_black() -> None:
    assert (over_black(flat((200, 100, 50, 51))) == (40, 20, 10)).all()
    assert (over_black(flat((200, 100, 50, 255))) == (200, 100, 50)).all()


def test_unlike_colours_are_said() -> None:
    one, two = info(colour=Colour(1, 1, 1, False)), info(colour=Colour(9, 16, 9, False))
    assert "described differently" in Comparison(one, two).notes[0]
    assert Comparison(one, one).notes == []


def test_the_tally_names_the_worst_moment() -> None:
    comparison = Comparison(info(), info())
    values = [(50, 50), (50, 60), (50, 51)]
    pairs = (
        comparison.matched(Both(F(number), Seen(number, flat(a)), Seen(number, flat(b))))
        for number, (a, b) in enumerate(values)
    )
    tally = Tally([], [])
    assert len(list(tally.watched(pairs))) == 3
    worst = 20 * np.log10(255 / 10)
    assert tally.line() == (
        f"3 moments, 1 of them equal; least alike at 00:00:01.000: {worst:.2f} dB"
    )
