from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenedetect import FrameTimecode
from scenedetect.output import write_scene_list

from vfi.analysis.scene_list import format_cuts, read_cuts
from vfi.errors import InputError
from vfi.timeline.times import ConstantTimes

RATE = Fraction(24000, 1001)
TIMES = ConstantTimes(Fraction(0), RATE, 480)
END = 480 / RATE


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".list"])
@settings(max_examples=20)
@given(cuts=st.sets(st.integers(1, 479)))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, suffix, cuts) -> None:
    path = tmp_path_factory.mktemp("cuts") / f"scenes{suffix}"
    path.write_text(format_cuts(cuts, TIMES, suffix), encoding="utf-8")
    assert read_cuts(path, TIMES, END) == sorted(cuts)


def test_text_with_frames_times_and_remarks(tmp_path: Path) -> None:
    path = tmp_path / "scenes.txt"
    path.write_text("# my cuts\n120\n\n0:10.01  # a time\n5.005\n0\n300,\n", encoding="utf-8")
    assert read_cuts(path, TIMES, END) == [120, 240, 300]
    path.write_bytes(b"\xef\xbb\xbf24\r\n48\r\n")
    assert read_cuts(path, TIMES, END) == [24, 48]


def test_json_lists_of_numbers_and_times(tmp_path: Path) -> None:
    path = tmp_path / "scenes.json"
    path.write_text('[24, "0:10.01", 15.015]')
    assert read_cuts(path, TIMES, END) == [24, 240, 360]


@pytest.mark.parametrize("cut_list", [True, False])
def test_the_csv_that_pyscenedetect_writes(tmp_path: Path, cut_list) -> None:
    path = tmp_path / "video-Scenes.csv"
    borders = [FrameTimecode(frame, fps=24.0) for frame in (0, 100, 250, 480)]
    scenes = list(pairwise(borders))
    with path.open("w") as file:
        write_scene_list(file, scenes, include_cut_list=cut_list)
    assert read_cuts(path, TIMES, END) == [100, 250]


def test_format_is_for_people_too() -> None:
    assert format_cuts([120], TIMES).splitlines()[-1] == "120  # 00:00:05.005"
    assert format_cuts([120], TIMES, ".csv") == "frame,time\n120,00:00:05.005\n"
    assert '"time": "1001/200"' in format_cuts([120], TIMES, ".json")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "480\n", "no frame 480, the video has 0 to 479"),
        ("a.txt", "soon\n", "'soon' is neither"),
        ("a.txt", "-5\n", "'-5' is neither"),
        ("a.txt", "9:59.0\n", "behind the video's end"),
        ("a.json", "{]", "not JSON"),
        ("a.json", '{"scenes": []}', "cuts"),
        ("a.json", "[true]", "neither a frame nor a time"),
        ("a.csv", "Scene Number,Start Frame\n1\n", "without a start frame"),
        ("a.txt", "9" * 5000, "'9+...9+' is neither"),
        ("a.txt", "9" * 30, "no frame 9+"),
        ("a.txt", "0:" + "9" * 5000, "is neither"),
        ("a.txt", "1." + "9" * 5000, "is neither"),
        ("a.txt", "²", "'²' is neither"),
        ("a.txt", "1e999999999", "is neither"),
        ("a.json", f"[{'9' * 5000}]", "not JSON"),
        ("a.json", f"[{'9' * 4000}]", "no frame 9+...9+,"),
        ("a.json", f'["{"9" * 5000}"]', "is neither"),
        ("a.json", f'[{{"frame": [{"1," * 5000}1]}}]', "is neither a frame nor a time"),
        ("a.json", "[1e999]", "'inf' is neither"),
        ("a.json", "[" * 100_000, "not JSON"),
        ("a.json", "[NaN]", "'nan' is neither"),
        ("a.csv", f"frame,time\n{'9' * 5000},0\n", "is neither"),
        ("a.csv", f"Start Frame,x\n{'9' * 5000},0\n", "without a start frame"),
        ("a.csv", f"frame,time\n{'9' * 200_000},0\n", "is not CSV"),
    ],
)
def test_lists_that_cannot_be_used_are_refused_by_name(tmp_path: Path, name, text, message) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_cuts(path, TIMES, END)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 200


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*none\.txt: No such file or directory$"):
        read_cuts(tmp_path / "none.txt", TIMES, END)
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="is no text file"):
        read_cuts(tmp_path / "binary.txt", TIMES, END)
