"""What is asked for on the page becomes a job, below the folders that were named."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.clips import make_clip
from vfi.errors import InputError, UsageError
from vfi.job import Job
from vfi.media.pictures.images import write_image
from vfi.pair_job import PairJob
from vfi.presets import shipped_preset
from vfi.web.roots import Roots
from vfi.web.wishes import Wishes, job_of


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    root = tmp_path / "root"
    (root / "pictures").mkdir(parents=True)
    make_clip(root / "clip.mp4", 4)
    for folder in (root, root / "pictures"):
        for number in range(3):
            write_image(folder / f"p{number}.png", np.full((16, 24, 3), 9 * number, np.uint8))
    return Roots([root])


def test_a_video(roots: Roots) -> None:
    settings = {"fps": "3", "mute": True, "quality": "20", "model": "direct", "yes": True}
    job = job_of(Wishes(("clip.mp4",), "new.mkv", settings), roots)
    assert isinstance(job, Job)
    with job:
        assert job.timeline.fps == 3
        assert (job.encoding.mute, job.encoding.quality) == (True, 20)
        assert (job.network, job.yes) == (("direct", "auto", "auto"), True)
        assert job.destination.path == roots.folders[0] / "new.mkv"
        assert len(job.outline()) == 12


def test_a_preset_is_under_what_is_set(roots: Roots) -> None:
    settings = {"preset_for": "film", "fps": "3", "model": "direct"}
    job = job_of(Wishes(("clip.mp4",), "", settings), roots)
    assert isinstance(job, Job)
    film = shipped_preset("film").wishes
    assert (job.encoding.codec, job.encoding.quality) == (film["codec"], film["quality"])
    assert (job.timeline.fps, job.network[0]) == (3, "direct")
    with pytest.raises(UsageError, match="there are"):
        job_of(Wishes(("clip.mp4",), "", {"preset_for": "nobody"}), roots)


def test_a_folder_and_a_pair(roots: Roots) -> None:
    job = job_of(Wishes(("pictures",), "", {"input_fps": "10"}), roots)
    assert isinstance(job, Job)
    assert job.destination.path == roots.folders[0] / "pictures_2x"
    pair = job_of(Wishes(("p0.png", "p1.png"), "", {"times": "1/4 3/4"}), roots)
    assert isinstance(pair, PairJob)
    assert pair.times == [Fraction(1, 4), Fraction(3, 4)]
    assert pair.results.places == [roots.folders[0] / f"p0-p1-{n}.png" for n in (1, 2)]


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(("../other.mp4",)),
        Wishes(("clip.mp4",), "/tmp/new.mp4"),
        Wishes(("clip.mp4",), "../new.mp4"),
        Wishes(("clip.mp4",), "", {"scenes": "/etc/passwd"}),
        Wishes(("clip.mp4",), "", {"mask": "../mask.png"}),
        Wishes((".",)),  # its result would lie beside the root
        Wishes(("linked/*.png",)),  # through a link out of it
        Wishes(("p0.png", "../x.png")),
        Wishes(("p0.png", "p1.png"), "../x.png"),
    ],
)
def test_nothing_outside(roots: Roots, tmp_path: Path, wishes: Wishes) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("a.png", "b.png"):
        write_image(outside / name, np.zeros((16, 24, 3), np.uint8))
    (roots.folders[0] / "linked").symlink_to(outside)
    with pytest.raises(InputError, match="lies outside"):
        job_of(wishes, roots)


def test_a_wrong_setting_is_one_line(roots: Roots) -> None:
    with pytest.raises(UsageError, match=r"^fps 'nine'"):
        job_of(Wishes(("clip.mp4",), "", {"fps": "nine"}), roots)


def test_wishes_survive_a_file() -> None:
    wishes = Wishes(("a.png", "b.png"), "c/", {"times": "1/2", "overwrite": True})
    assert Wishes.from_data(wishes.as_data()) == wishes
    for broken in ({}, {**wishes.as_data(), "sources": []}, {**wishes.as_data(), "settings": 3}):
        with pytest.raises((TypeError, KeyError, ValueError, AttributeError)):
            Wishes.from_data(broken)
