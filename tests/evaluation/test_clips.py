"""Videos as data sets: the right frames, in the right places, reduced the right way."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.evaluation.datasets import clips, withheld
from vfi.evaluation.datasets.catalogue import CATALOGUE
from vfi.evaluation.datasets.withheld import VALIDATION


def write_lossless(path, frames, size=(32, 24)):
    """Lossless; frame i is grey 8·i, so that a frame can be known by its brightness."""
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "bgr0"
        for i in range(frames):
            picture = np.full((size[1], size[0], 3), 8 * i, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def numbers(sample):
    return tuple(int(picture.mean()) // 8 for picture in (sample.one, sample.truth, sample.two))


@pytest.fixture
def folder(tmp_path):
    write_lossless(tmp_path / "b.mkv", 14)
    write_lossless(tmp_path / "a.mkv", 6)
    (tmp_path / "notes.txt").write_text("not a video")
    return tmp_path


def test_validation_triplets_start_at_every_sixth_frame(folder) -> None:
    triplets = clips.validation_clips(folder, gap=2)
    assert [numbers(s) for s in triplets] == [(0, 2, 4), (0, 2, 4), (6, 8, 10)]
    assert [s.name for s in triplets] == triplets.names
    assert triplets.names == ["a/000000+2of4", "b/000000+2of4", "b/000006+2of4"]
    assert [s.sequence for s in triplets] == ["a", "b", "b"]
    assert len(clips.validation_clips(folder, gap=1)) == 1 + 2
    assert {s.t for s in triplets} == {0.5}
    assert "i = 0, 6, 12" in triplets.protocol


def test_every_second_frame_is_withheld(folder) -> None:
    asked = [numbers(s) for s in clips.withheld_clips(folder / "a.mkv", [Fraction(1, 2)])]
    assert asked == [(0, 1, 2), (2, 3, 4)]


def test_several_times_take_a_wider_gap(folder) -> None:
    asked = list(clips.withheld_clips(folder / "a.mkv", [Fraction(1, 4), Fraction(1, 2)]))
    assert [(numbers(s), s.t) for s in asked] == [((0, 1, 4), 0.25), ((0, 2, 4), 0.5)]


def test_a_list_chooses_samples(folder) -> None:
    triplets = clips.validation_clips(folder, gap=2)
    chosen = triplets.only(["b/000006+2of4"])
    assert [numbers(s) for s in chosen] == [(6, 8, 10)]
    assert len(chosen) == 1
    with pytest.raises(InputError, match="no sample 'c/0'"):
        triplets.only(["c/0"])


def test_large_frames_are_reduced_by_area(tmp_path: Path) -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, ::2] = 200
    reduced = withheld.reduce_to_fit(picture, (3, 4))
    assert reduced.shape == (2, 3, 3)
    assert (reduced == 100).all()
    assert withheld.reduce_to_fit(picture, (6, 4)) is picture
    assert withheld.reduce_to_fit(picture, None) is picture


def test_both_decoders_agree_on_a_lossless_clip(folder) -> None:
    exact = list(clips.decode_exactly(folder / "a.mkv"))
    plain = list(clips.decode_plainly(folder / "a.mkv"))
    assert np.array_equal(exact, plain)


def test_a_damaged_video_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing of the kind" * 50)
    with pytest.raises(InputError, match=r"x\.mp4"):
        list(clips.decode_plainly(tmp_path / "x.mp4"))
    with pytest.raises(InputError, match=r"x\.mp4"):
        list(clips.validation_clips(tmp_path))


def test_frames_that_are_announced_but_missing_are_an_error(folder) -> None:
    few = clips.ClipSet(
        "cut off",
        (folder / "b.mkv",),
        withheld.Withheld.at([Fraction(1, 2)]),
        decode=lambda path: itertools.islice(clips.decode_plainly(path), 9),
    )
    with pytest.raises(InputError, match=r"b\.mkv is damaged: 2 samples"):
        list(few)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        clips.validation_clips(tmp_path / "none")
    with pytest.raises(InputError, match="holds no video"):
        clips.validation_clips(tmp_path)
    with pytest.raises(UsageError, match="between 0 and 1"):
        withheld.Withheld.at([Fraction(1)])


def test_validation_is_one_protocol() -> None:
    """What the training measures of a clip is what the benchmark asks for, and at that size."""
    for gap in VALIDATION.gaps:
        starts = VALIDATION.withheld(gap).starts(30)
        assert list(starts) == [i for i in (0, 6, 12, 18, 24) if i + 2 * gap < 30]
    assert VALIDATION.reduced(np.zeros((720, 1440, 3), np.uint8)).shape == (640, 1280, 3)
    assert VALIDATION.reduced(np.zeros((720, 1280, 3), np.uint8)).shape == (720, 1280, 3)
    assert CATALOGUE["validation-gap2"].protocol.startswith(
        "frames i and i+4 given, i+2 asked for, i = 0, 6, 12, ..."
    )
