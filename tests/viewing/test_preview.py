"""The page of a preview: moments of a job as it would make them, and how long all will take."""

import base64
import re
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.helpers.clips import make_clip
from tests.helpers.pages import Page, opened
from tests.helpers.textures import texture
from vfi.errors import ExistsError, InputError
from vfi.job import Job
from vfi.media.pictures.images import read_image
from vfi.planning import TimelineOptions
from vfi.viewing.preview import _close_up, default_output, preview


class White:
    """An interpolator whose pictures are white."""

    model = "white"

    def pair(self, one: np.ndarray, two: np.ndarray) -> "White":
        self.picture = np.full_like(one, np.iinfo(one.dtype).max)
        return self

    def at(self, t: Any) -> np.ndarray:
        assert 0 < t < 1
        return self.picture


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two shots of textures that move, a dark one and a bright one."""
    dark = [texture(2 * k, 96, 128) // 2 for k in range(6)]
    shots = [*dark, *(200 - texture(2 * k, 96, 128, seed=9) // 2 for k in range(6))]
    path = tmp_path / "<clip>.mkv"
    return make_clip(path, pictures=shots, codec="ffv1", pixel_format="bgr0")


def job_of(clip: Path, **wishes: Any) -> Job:
    return Job(clip, timeline=TimelineOptions(2, **wishes), interpolator=White())


def pictures_of(page: Page) -> dict[str, list[np.ndarray]]:
    """The pictures of each layer, decoded."""
    found: dict[str, list[np.ndarray]] = {}
    for image in page.images:
        data = base64.b64decode(image["src"].partition(",")[2])
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        found.setdefault(image["data-layer"], []).append(picture)
    return found


def test_one_page_that_loads_nothing(clip: Path) -> None:
    made = preview(job_of(clip))
    assert made.path == clip.with_name("<clip>_preview.html")
    text = made.path.read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert "http" not in re.sub(r"data:[^\"']*", "", text)
    words = " ".join(" ".join(page.text).split())
    assert "<clip>.mkv" in words
    assert "1 cut" in words
    assert "made with white" in words
    assert "12 untouched, 10 interpolated" in words
    assert {moment.reason for moment in made.moments} == {
        "near a cut",
        "largest motion",
        "thin things move",
    }


def test_each_moment_shows_hold_blend_result_and_the_next(clip: Path) -> None:
    made = preview(job_of(clip))
    layers = pictures_of(Page(made.path.read_text("utf-8")))
    assert {name: len(row) for name, row in layers.items()} == dict.fromkeys(
        ("hold", "blend", "result", "next frame"), 2 * len(made.moments)
    )
    assert all(picture.min() > 250 for picture in layers["result"])
    ends = zip(layers["hold"], layers["next frame"], layers["blend"], strict=True)
    for hold, following, blend in ends:
        mean = (hold.astype(float) + following) / 2
        assert np.abs(blend - mean).mean() < 4  # JPEG of three


def test_nothing_of_the_job_is_written(clip: Path) -> None:
    preview(job_of(clip))
    assert sorted(path.name for path in clip.parent.iterdir()) == [
        "<clip>.mkv",
        "<clip>_preview.html",
    ]


def test_what_is_there_stays(clip: Path) -> None:
    preview(job_of(clip))
    with pytest.raises(ExistsError):
        preview(job_of(clip))
    preview(job_of(clip), overwrite=True)


def test_where_nothing_moves_that_is_said(tmp_path: Path) -> None:
    still = make_clip(tmp_path / "still.mkv", pictures=[texture()] * 4, codec="ffv1")
    with pytest.raises(InputError, match="nothing moves"):
        preview(job_of(still))
    assert [path.name for path in tmp_path.iterdir()] == ["still.mkv"]


def test_a_part_and_deep_samples(tmp_path: Path) -> None:
    frames = [texture(2 * k, 48, 64).astype(np.uint16) * 257 for k in range(8)]
    deep = make_clip(tmp_path / "d.mkv", pictures=frames, codec="ffv1", pixel_format="gbrp10le")
    made = preview(job_of(deep, start=F(1, 10)))
    assert all(moment.content.one >= 2 for moment in made.moments)


@pytest.mark.parametrize(
    ("place", "rows", "columns"),
    [
        ((0.5, 0.5), (270, 450), (480, 800)),
        ((0.0, 1.0), (540, 720), (0, 320)),
        ((1.0, 0.0), (0, 180), (960, 1280)),
    ],
)
def test_the_close_up_lies_inside_the_picture(
    place: tuple[float, float], rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    found = _close_up(np.zeros((720, 1280, 3), np.uint8), place)
    assert found == (slice(*rows), slice(*columns))
    small = _close_up(np.zeros((48, 64, 3), np.uint8), place)
    assert small == (slice(0, 48), slice(0, 64))


def test_the_page_of_a_folder_lies_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "shot.v2"
    folder.mkdir()
    assert default_output(folder) == tmp_path / "shot.v2_preview.html"


@pytest.mark.browser
def test_left_is_hold_and_right_the_result(clip: Path, tmp_path: Path, browser: str) -> None:
    made = preview(job_of(clip), each=1)
    page, seen = tmp_path / "page.html", tmp_path / "seen.png"
    made.path.rename(page)
    opened(browser, tmp_path, page, "--window-size=1000,1400", f"--screenshot={seen}")
    pixels = read_image(seen).pixels[..., :3].astype(int)
    row = pixels[700]  # in the first picture: the texture up to the border, then white
    inside = row[120:880]
    assert inside[:350].max() < 210
    assert (inside[400:] > 240).all()
