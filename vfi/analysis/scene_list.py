"""Lists of scene cuts as files, written as they are read.

    text   one cut a line: a frame number (120) or a time (5.005, 0:05.005); "#" begins a remark
    CSV    columns frame,time; PySceneDetect's scene list (detect-* list-scenes) is read, too
    JSON   {"cuts": [{"frame": 120, "time": "5005/1000", "seconds": 5.005}]} or a plain list

A whole number is a frame, counted from 0, the first of the new scene; a number with a point or a
colon is a time, which means the nearest frame. The file's ending chooses the format.
"""

import csv
import io
import json
import reprlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import InputError, UsageError
from ..timeline.rates import parse_count, parse_time, time_text
from ..timeline.times import Times, nearest_boundary

FORMATS = (".txt", ".csv", ".json")


def read_cuts(path: Path | str, times: Times, end: Fraction) -> list[int]:
    """Return the frames that begin a new scene, sorted, without frame 0.

    Args:
        path: a text, CSV or JSON file.
        times: presentation times of the video's frames, seconds.
        end: when the last frame goes off the screen, seconds.

    Raises:
        InputError: the file is missing or not such a list, or a cut is not in the video.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read scene list {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"scene list {path} is no text file") from error
    cuts = {_frame(entry, times, end, path) for entry in _entries(text, path)}
    return sorted(cuts - {0, len(times)})


def format_cuts(cuts: Iterable[int], times: Times, suffix: str = ".txt") -> str:
    """Return the text of a scene list, in the format of a suffix (.txt, .csv, .json)."""
    rows = [(cut, times[cut]) for cut in sorted(cuts)]
    if suffix == ".json":
        data = [{"frame": cut, "time": str(time), "seconds": float(time)} for cut, time in rows]
        return json.dumps({"cuts": data}, indent=2) + "\n"
    if suffix == ".csv":
        return "frame,time\n" + "".join(f"{cut},{time_text(time)}\n" for cut, time in rows)
    head = "# first frame of each new scene, counted from 0\n"
    return head + "".join(f"{cut}  # {time_text(time)}\n" for cut, time in rows)


def _entries(text: str, path: Path) -> Sequence[str | int]:
    if path.suffix.lower() == ".json":
        return _json_entries(text, path)
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    if path.suffix.lower() == ".csv" and any("," in line for line in lines):
        return _csv_entries(lines, path)
    return [line.rstrip(",") for line in lines if line.rstrip(",")]


def _json_entries(text: str, path: Path) -> list[str | int]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:  # numbers and brackets without end among them
        raise InputError(f"scene list {path} is not JSON: {error}") from error
    cuts = data.get("cuts") if isinstance(data, dict) else data
    if not isinstance(cuts, list):
        raise InputError(f'scene list {path}: a list, or {{"cuts": [...]}}, is expected')
    entries: list[Any] = [
        cut.get("frame", cut.get("time")) if isinstance(cut, dict) else cut for cut in cuts
    ]
    for entry in entries:
        if isinstance(entry, bool) or not isinstance(entry, str | int | float):
            raise InputError(f"scene list {path}: {_shown(entry)} is neither a frame nor a time")
    return [str(entry) if isinstance(entry, float) else entry for entry in entries]


def _csv_entries(lines: list[str], path: Path) -> list[str | int]:
    try:
        rows = [row for row in csv.reader(io.StringIO("\n".join(lines))) if row]
    except csv.Error as error:
        raise InputError(f"scene list {path} is not CSV: {error}") from error
    heads = [place for place, row in enumerate(rows) if "Start Frame" in row]
    if heads:  # PySceneDetect counts frames from 1
        column = rows[heads[0]].index("Start Frame")
        try:
            return [int(row[column]) - 1 for row in rows[heads[0] + 1 :]]
        except (ValueError, IndexError) as error:
            raise InputError(f"scene list {path}: a row without a start frame") from error
    body = rows[1:] if not rows[0][0][:1].isdigit() else rows
    return [row[0].strip() for row in body if row[0].strip()]


def _frame(entry: str | int, times: Times, end: Fraction, path: Path) -> int:
    number = entry if isinstance(entry, int) else parse_count(entry)
    if number is None:
        assert isinstance(entry, str)
        try:
            moment = parse_time(entry, "cut")
        except UsageError as error:
            raise InputError(
                f"scene list {path}: {_shown(entry)} is neither a frame number nor a time"
                " (0:05.005)"
            ) from error
        if moment > end:
            raise InputError(f"scene list {path}: cut at {entry} is behind the video's end")
        return nearest_boundary(times, end, moment)
    if not 0 <= number < len(times):
        last = len(times) - 1
        raise InputError(f"scene list {path}: no frame {_shown(number)}, the video has 0 to {last}")
    return number


def _shown(entry: Any) -> str:
    """Return an entry as a message can name it, however long it is."""
    return reprlib.repr(entry)
