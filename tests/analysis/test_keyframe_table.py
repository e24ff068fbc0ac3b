import csv
import io
import json
from fractions import Fraction

import numpy as np
import pytest

from tests.helpers.drawings import animation
from vfi.analysis.cadence import CadenceMeter, find_keyframes
from vfi.analysis.keyframe_table import as_csv, as_json, as_table, cadence_rows, threshold_rows
from vfi.analysis.keyframes import Decision
from vfi.errors import InputError
from vfi.figures.contact_sheet import BLUE, GREEN, RED, ContactSheet

TIMES = [Fraction(index * 1001, 24000) for index in range(6)]
DECISIONS = [Decision(frame, frame % 2 == 0, 100 * frame) for frame in range(6)]


def test_rows_of_a_threshold() -> None:
    rows = threshold_rows(DECISIONS, TIMES, cuts=[3])
    assert [row.kept for row in rows] == [True, False, True, True, True, False]
    assert [row.new_scene for row in rows] == [False, False, False, True, False, False]
    assert rows[2].differing == 200
    assert rows[2].time == Fraction(2002, 24000)


def test_csv_and_json_hold_the_same() -> None:
    rows = threshold_rows(DECISIONS, TIMES, cuts=[4])
    data = json.loads(as_json(rows))
    table = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert data["frames"] == 6
    assert data["kept"] == 3
    assert data["dropped"] == 3
    for line, row in zip(table, data["rows"], strict=True):
        assert int(line["frame"]) == row["frame"]
        assert bool(int(line["kept"])) == row["kept"]
        assert bool(int(line["new_scene"])) == row["new_scene"]
        assert Fraction(line["time"]) == Fraction(row["time"])
        assert line["change"] == ""
        assert row["change"] is None


def test_table_has_a_line_for_each_frame_and_totals() -> None:
    lines = as_table(threshold_rows(DECISIONS, TIMES, cuts=[4])).splitlines()
    assert len(lines) == 8
    assert "dropped" in lines[2]
    assert "100 px" in lines[2]
    assert "00:00:00.167" in lines[5]
    assert lines[5].endswith("new scene")
    assert lines[-1] == "6 frames: 3 kept, 3 dropped"


def test_rows_of_the_cadence() -> None:
    frames, new = animation([2], seed=1, count=12)
    meter = CadenceMeter()
    for frame in frames:
        meter.update(frame)
    times = [Fraction(index, 24) for index in range(12)]
    rows = cadence_rows(meter.changes(), find_keyframes(meter.changes()), times)
    assert [row.kept for row in rows] == new
    assert rows[0].change is None
    assert rows[1].change == 0
    assert rows[2].change > 20
    assert "levels" in as_table(rows)
    assert json.loads(as_json(rows))["rows"][1]["change"] == 0


def test_contact_sheet_marks_kept_and_dropped_frames_and_scenes() -> None:
    sheet = ContactSheet()
    for number in (0, 1, 0, 1, 2, 3):  # its times had to be found: the video began anew
        sheet.add(number, np.full((72, 128, 3), 90, np.uint8))
    picture = sheet.draw(kept=[0, 2], cuts=[2])
    cell_height, cell_width = 72 + 24, 128 + 8
    assert picture.dtype == np.uint8
    assert picture.shape[0] % cell_height == 0
    assert picture.shape[1] % cell_width == 0
    columns = picture.shape[1] // cell_width
    corners = [
        picture[i // columns * cell_height + 1, i % columns * cell_width + cell_width - 2]
        for i in range(4)
    ]
    assert [tuple(corner) for corner in corners] == [GREEN, RED, GREEN, RED]
    scene = (2 // columns * cell_height + 20, 2 % columns * cell_width + 1)
    assert tuple(picture[scene]) == BLUE
    assert picture[10, 20].tolist() == [90, 90, 90]
    top, left = 1 // columns * cell_height, 1 % columns * cell_width
    assert picture[top + 10, left + 40].max() <= 30  # dropped frames are dark


def test_contact_sheet_of_a_long_video_is_thinned_out_evenly() -> None:
    sheet = ContactSheet(most_frames=10)
    for index in range(1000):
        sheet.add(index, np.full((36, 64, 3), index % 256, np.uint8))
    assert len(sheet._thumbnails) <= 10
    levels = [int(thumbnail[0, 0, 0]) for thumbnail in sheet._thumbnails]
    assert levels == [index * sheet._stride % 256 for index in range(len(levels))]
    assert sheet.draw(kept=range(1000)).shape[2] == 3


def test_contact_sheet_takes_deep_and_grey_frames_and_needs_one() -> None:
    sheet = ContactSheet()
    with pytest.raises(InputError, match="at least one"):
        sheet.draw([])
    sheet.add(0, np.full((10, 10), 65535, np.uint16))
    assert sheet.draw([0]).max() == 255
