"""Every loader on a tiny tree of the layout in which its data set comes."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.evaluation.datasets import layouts
from vfi.evaluation.datasets.catalogue import CATALOGUE, open_data_set
from vfi.media.pictures.images import write_image


def picture(path, value, size=(6, 8)):
    """A grey picture that can be known by its brightness."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, np.full((*size, 3), value, np.uint8), overwrite=True)


def values(sample):
    return tuple(int(p.mean()) for p in (sample.one, sample.truth, sample.two))


def make_middlebury(root):
    for number, scene in enumerate(layouts.MIDDLEBURY_SCENES):
        picture(root / "other-data" / scene / "frame10.png", number)
        picture(root / "other-data" / scene / "frame11.png", number + 100)
        picture(root / "other-gt-interp" / scene / "frame10i11.png", number + 50)


def test_middlebury(tmp_path: Path) -> None:
    make_middlebury(tmp_path)
    samples = list(open_data_set("middlebury", tmp_path))
    assert len(samples) == 12
    assert samples[1].name == "Dimetrodon"
    assert values(samples[1]) == (1, 51, 101)


def make_vimeo(root):
    lines = ["00001/0389", "00002/0001", ""]
    (root / "tri_testlist.txt").write_text("\n".join(lines) + "\n")
    for base, name in enumerate(lines[:2]):
        for number in (1, 2, 3):
            picture(root / "sequences" / name / f"im{number}.png", 10 * base + number)


def test_vimeo90k(tmp_path: Path) -> None:
    make_vimeo(tmp_path)
    samples = list(open_data_set("vimeo90k", tmp_path))
    assert [values(s) for s in samples] == [(1, 2, 3), (11, 12, 13)]
    assert samples[0].name == "00001/0389"


def test_ucf101_in_the_order_of_numbers(tmp_path: Path) -> None:
    for number in (1, 2, 11):
        for value, name in enumerate(("frame_00", "frame_01_gt", "frame_02")):
            picture(tmp_path / str(number) / f"{name}.png", number * 10 + value)
    data = open_data_set("ucf101", tmp_path)
    assert data.names == ["1", "2", "11"]
    assert values(list(data)[2]) == (110, 111, 112)


def make_snu(root, level="hard"):
    lines = []
    for clip in ("GOPRO_test/GOPR0384_11_05", "YouTube_test/0000"):
        for number in (1, 5, 9):
            picture(root / "test" / clip / f"{number:06d}.png", number)
        paths = [f"data/SNU-FILM/test/{clip}/{number:06d}.png" for number in (1, 5, 9)]
        lines.append(" ".join(paths))
    (root / f"test-{level}.txt").write_text("\n".join(lines) + "\n")
    return lines


@pytest.mark.parametrize("level", ["easy", "medium", "hard", "extreme"])
def test_snu_film_lists_written_in_another_working_folder(tmp_path: Path, level) -> None:
    make_snu(tmp_path, level)
    samples = list(open_data_set(f"snu-film-{level}", tmp_path))
    assert [values(s) for s in samples] == [(1, 5, 9)] * 2
    assert samples[0].name == "test/GOPRO_test/GOPR0384_11_05/000005"


def test_the_harder_half_comes_from_a_published_list_or_from_our_own(tmp_path: Path) -> None:
    lines = make_snu(tmp_path)
    with pytest.raises(InputError, match=r"top-half-motion-sufficiency_test-hard\.txt is missing"):
        open_data_set("snu-film-hard-l", tmp_path)
    (tmp_path / CATALOGUE["snu-film-hard-l"].harder_list).write_text(lines[1])
    assert open_data_set("snu-film-hard-l", tmp_path).names == ["test/YouTube_test/0000/000005"]
    own = tmp_path / "own.txt"
    own.write_text("# the harder half\ntest/GOPRO_test/GOPR0384_11_05/000005\n")
    for name in ("snu-film-hard-l", "snu-film-hard"):
        data = open_data_set(name, tmp_path, listed=own)
        assert data.names == ["test/GOPRO_test/GOPR0384_11_05/000005"]
    own.write_text("no/such/sample\n")
    with pytest.raises(InputError, match="no sample 'no/such/sample'"):
        open_data_set("snu-film-hard", tmp_path, listed=own)


def make_xiph(root, monkeypatch, size=(6, 8)):
    monkeypatch.setattr(layouts, "XIPH_CLIPS", ("Tango",))
    for frame in range(1, 100):
        picture(root / f"Tango-{frame:03d}.png", frame, size)


def test_xiph_takes_even_frames_and_reduces_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_xiph(tmp_path, monkeypatch)
    data = open_data_set("xiph-2k", tmp_path)
    assert len(data) == 49
    first = next(iter(data))
    assert values(first) == (1, 2, 3)
    assert first.truth.shape == (1080, 2048, 3)
    assert (data.names[-1], first.sequence) == ("Tango-098", "Tango")


def test_xiph_4k_is_the_centre(tmp_path: Path) -> None:
    whole = np.zeros((2160, 4096, 3), np.uint8)
    whole[540:1620, 1024:3072] = 7
    cropped = layouts.centre_of_4k(whole)
    assert cropped.shape == (1080, 2048, 3)
    assert (cropped == 7).all()
    with pytest.raises(InputError, match="4096x2160, not 8x6"):
        layouts.centre_of_4k(np.zeros((6, 8, 3), np.uint8))


def test_xiph_l_needs_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_xiph(tmp_path, monkeypatch)
    listed = tmp_path / CATALOGUE["xiph-l-2k"].harder_list
    listed.write_text("./xiph/Tango-010.png ./xiph/Tango-012.png ./xiph/Tango-014.png\n")
    (sample,) = open_data_set("xiph-l-2k", tmp_path)
    assert values(sample) == (10, 12, 14)
    assert open_data_set("xiph-l-4k", tmp_path).names == ["Tango-012"]


def make_x_test(root):
    for scene in ("Type1/TEST01_003_f0433", "Type2/TEST06_001_f0273"):
        for frame in range(33):
            picture(root / scene / f"{frame:04d}.png", frame)


@pytest.mark.parametrize("below", [".", "test"])
def test_x_test_at_eighths(tmp_path: Path, below) -> None:
    make_x_test(tmp_path / below)
    samples = list(open_data_set("x-test-4k", tmp_path))
    assert len(samples) == 2 * 7
    assert [values(s) for s in samples[:2]] == [(0, 4, 32), (0, 8, 32)]
    assert [s.t for s in samples[:7]] == [k / 8 for k in range(1, 8)]
    assert samples[0].one is samples[1].one  # read once for all t of a pair
    assert open_data_set("x-test-l-2k", tmp_path).names == [
        "Type1/TEST01_003_f0433/0016",
        "Type2/TEST06_001_f0273/0016",
    ]
    chosen = open_data_set("x-test-2k", tmp_path, times=[Fraction(1, 4)])
    assert [values(s)[1] for s in chosen] == [8, 8]
    with pytest.raises(UsageError, match="no frame at t = 1/3"):
        open_data_set("x-test-4k", tmp_path, times=[Fraction(1, 3)])


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_atd_12k(tmp_path: Path, suffix) -> None:
    for name in ("Disney_v4_1", "Japan_v2_0"):
        for number in (1, 2, 3):
            picture(tmp_path / "test_2k_540p" / name / f"frame{number}{suffix}", number, (6, 8))
    samples = list(open_data_set("atd-12k", tmp_path))
    assert [values(s) for s in samples] == [(1, 2, 3)] * 2


def test_davis_clips_as_folders(tmp_path: Path) -> None:
    for clip, count in (("bear", 6), ("bus", 3)):
        for frame in range(count):
            picture(tmp_path / "JPEGImages" / "480p" / clip / f"{frame:05d}.jpg", 10 * frame)
    data = open_data_set("davis", tmp_path)
    assert data.names == ["bear/00001", "bear/00003", "bus/00001"]
    assert [values(s) for s in data] == [(0, 10, 20), (20, 30, 40), (0, 10, 20)]
    wide = open_data_set("davis", tmp_path, times=[Fraction(1, 4), Fraction(3, 4)])
    assert [(s.t, values(s)) for s in wide] == [(0.25, (0, 10, 40)), (0.75, (0, 30, 40))]
    assert "i+4 given, i+1, i+3 asked for" in wide.protocol


def test_any_folder_of_triplets(tmp_path: Path) -> None:
    for name in ("b/x", "a"):
        for number in range(3):
            picture(tmp_path / name / f"{number}.png", number)
    picture(tmp_path / "c" / "alone.png", 9)
    data = open_data_set("triplets", tmp_path)
    assert data.names == ["a", "b/x"]
    assert values(next(iter(data))) == (0, 1, 2)


def test_grey_alpha_and_deep_pictures_become_8_bit_rgb(tmp_path: Path) -> None:
    write_image(tmp_path / "0.png", np.full((4, 4), 5, np.uint8))
    write_image(tmp_path / "1.png", np.full((4, 4, 3), 257 * 6, np.uint16))
    write_image(tmp_path / "2.png", np.full((4, 4, 4), 7, np.uint8))
    (sample,) = open_data_set("triplets", tmp_path)
    assert values(sample) == (5, 6, 7)
    assert {p.shape for p in (sample.one, sample.two, sample.truth)} == {(4, 4, 3)}


@pytest.mark.parametrize(
    ("name", "make", "remove"),
    [
        ("middlebury", make_middlebury, "other-gt-interp/Venus/frame10i11.png"),
        ("vimeo90k", make_vimeo, "sequences/00002/0001/im2.png"),
        ("snu-film-hard", make_snu, "test/YouTube_test/0000/000009.png"),
        ("x-test-4k", make_x_test, "Type2/TEST06_001_f0273/0032.png"),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, name, make, remove) -> None:
    make(tmp_path)
    (tmp_path / remove).unlink()
    with pytest.raises(InputError, match=f"{remove} is missing"):
        open_data_set(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("middlebury", "other-data"),
        ("vimeo90k", "tri_testlist.txt"),
        ("ucf101", "1/frame_01_gt.png"),
        ("snu-film-easy", "test-easy.txt"),
        ("snu-film-extreme-l", CATALOGUE["snu-film-extreme-l"].harder_list),
        ("xiph-2k", "BoxingPractice-001.png"),
        ("xiph-l-4k", CATALOGUE["xiph-l-4k"].harder_list),
        ("x-test-2k", "Type1"),
        ("atd-12k", "test_2k_540p"),
        ("davis", "3 pictures or more"),
        ("triplets", "exactly three pictures"),
        ("frames", "3 pictures or more"),
        ("clips", "no video"),
        ("validation", "no video"),
    ],
)
def test_an_empty_folder_is_told_what_it_lacks(tmp_path: Path, name, missing) -> None:
    with pytest.raises(InputError, match=missing):
        open_data_set(name, tmp_path)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_folder_that_is_not_there(tmp_path: Path, name) -> None:
    with pytest.raises(InputError, match="nowhere does not exist"):
        open_data_set(name, tmp_path / "nowhere")


def test_wrong_calls(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no data set 'vimeo'; there are: validation"):
        open_data_set("vimeo", tmp_path)
    with pytest.raises(UsageError, match="t = 1/2 alone"):
        open_data_set("ucf101", tmp_path, times=[Fraction(1, 4)])
    picture(tmp_path / "0.png", 0)
    with pytest.raises(InputError, match="is a file"):
        open_data_set("ucf101", tmp_path / "0.png")
    for number in range(3):
        picture(tmp_path / f"{number}.png", 0, size=(4, 4 + number))
    with pytest.raises(InputError, match="differ in size"):
        list(open_data_set("triplets", tmp_path))
