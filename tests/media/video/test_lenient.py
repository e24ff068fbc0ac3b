"""A damaged video is read as far as it can be, in time, and what is missing is known."""

import os
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import vfi
from tests.helpers.clips import make_clip, pts_of
from tests.helpers.textures import texture
from vfi.errors import InputError, UsageError
from vfi.job import Job
from vfi.media.pictures.images import write_image
from vfi.media.pictures.lenient_sequence import LenientSequence
from vfi.media.video.lenient import LenientReader
from vfi.planning import TimelineOptions
from vfi.rendering.render import RenderOptions
from vfi.source_scan import SourceScan, runs

COUNT, RATE = 30, F(10)


def clip_of(path: Path, **more: Any) -> Path:
    pictures = [texture(number) for number in range(COUNT)]
    return make_clip(path, pictures=pictures, rate=RATE, **more)


def spoil(path: Path, *numbers: int) -> Path:
    """Overwrite the packets of frames, in order of decoding, with what nothing can decode."""
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for number in numbers:
        start, size = places[number]
        data[start : start + size] = b"\xff" * size
    path.write_bytes(data)
    return path


INTRA: dict[str, Any] = {"codec": "png", "pixel_format": "rgb24"}
GROUPS: dict[str, Any] = {"codec": "mpeg4", "options": {"g": "10", "bf": "0"}}


@pytest.mark.parametrize(
    ("suffix", "kind", "spoiled", "holes"),
    [
        (".mov", INTRA, [5], [5]),
        (".mov", INTRA, [5, 6, 7, 20], [5, 6, 7, 20]),
        (".mov", INTRA, [28, 29], [28, 29]),
        (".mp4", GROUPS, [14], [14, 15, 16, 17, 18, 19]),  # until the next key frame
    ],
)
def test_holes_are_known_and_every_frame_keeps_its_number_and_time(
    tmp_path: Path, suffix: str, kind: dict[str, Any], spoiled: list[int], holes: list[int]
) -> None:
    whole = clip_of(tmp_path / f"whole{suffix}", **kind)
    damaged = tmp_path / f"damaged{suffix}"
    damaged.write_bytes(whole.read_bytes())
    spoil(damaged, *spoiled)
    with pytest.raises(InputError), vfi.open_video(damaged) as strict:
        list(strict)
    with vfi.open_video(whole) as source:
        expected = [(frame.time, frame.pixels) for frame in source]
    with LenientReader(damaged) as source:
        found = [(frame.time, frame.pixels) for frame in source]
        assert source.holes == holes
    assert [time for time, _ in found] == [time for time, _ in expected]
    last = 0
    for number, (_, pixels) in enumerate(found):
        last = last if number in holes else number
        np.testing.assert_array_equal(pixels, expected[last][1], f"frame {number}")


def test_an_avi_says_why_nothing_is_passed_over(tmp_path: Path) -> None:
    damaged = spoil(clip_of(tmp_path / "damaged.avi", **INTRA), 5)
    with LenientReader(damaged) as source, pytest.raises(InputError) as raised:
        list(source)
    assert str(raised.value).startswith(f"{damaged} ")
    assert str(raised.value).endswith(
        "; on_error skip: an AVI does not tell which frames are missing, so that nothing can be "
        "passed over"
    )


def test_a_pipe_that_is_to_be_read_leniently_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^on_error skip: - is a pipe, which is read once"):
        vfi.open_video("-", lenient=True)


@pytest.mark.parametrize("holes", [[3], [3, 4, 9], [8, 9]])
def test_damaged_pictures_are_holes(tmp_path: Path, holes: list[int]) -> None:
    pictures = [texture(number) for number in range(10)]
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, pixels in enumerate(pictures):
        write_image(folder / f"{number:02}.png", pixels)
    for number in holes:
        path = folder / f"{number:02}.png"
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError), vfi.open_video(folder) as strict:
        [frame.pixels for frame in strict]
    with LenientSequence(folder) as source:
        found = [frame.pixels for frame in source]
        assert source.holes == holes
        again = source.reopen()
        assert len([frame.pixels for frame in again]) == 10
        assert again.holes == holes
    last = 0
    for number, pixels in enumerate(found):
        last = last if number in holes else number
        np.testing.assert_array_equal(pixels, pictures[last])
    timeline = TimelineOptions(1, input_fps=10, scene_threshold=0)
    skip = RenderOptions(still=0, on_error="skip")
    out = f"{tmp_path}/out/"
    rendered = Job(folder, out, timeline, rendering=skip, model="direct").run()
    assert rendered.lost == len(holes)
    assert sum("lost, " in note for note in rendered.notes) == len(runs(holes))
    with vfi.open_video(tmp_path / "out") as result:
        made = [frame.pixels for frame in result]
    assert len(made) == 10
    for number in set(range(10)) - set(holes):
        np.testing.assert_array_equal(made[number], pictures[number])


def test_a_picture_of_another_size_is_no_hole(tmp_path: Path) -> None:
    for number in range(3):
        write_image(tmp_path / f"{number}.png", texture(number)[: 20 + number // 2])
    with vfi.open_video(tmp_path, lenient=True) as source, pytest.raises(InputError, match="but"):
        [frame.pixels for frame in source]


def test_a_whole_file_is_read_as_ever(tmp_path: Path) -> None:
    clip = clip_of(tmp_path / "clip.mp4", codec="libx264")
    with vfi.open_video(clip) as strict, LenientReader(clip) as lenient:
        one, two = ([(f.time, f.pixels.tobytes()) for f in each] for each in (strict, lenient))
        assert one == two
        assert lenient.holes == []


def scan_of(holes: list[int], cuts: tuple[int, ...] = ()) -> SourceScan:
    return SourceScan([n / RATE for n in range(COUNT)], COUNT / RATE, cuts, None, None, holes)


def test_short_holes_are_interpolated_across_and_long_ones_held() -> None:
    assert runs([1, 2, 5, 7, 8, 9]) == [range(1, 3), range(5, 6), range(7, 10)]
    short = scan_of([5, 6, 7]).without_holes()  # 0.4 s between the frames around it
    assert short.kept == [n for n in range(COUNT) if n not in (5, 6, 7)]
    assert list(short.cuts) == []
    long = scan_of([5, 6, 7, 8, 9]).without_holes()  # 0.6 s
    assert list(long.cuts) == [10]
    inside = scan_of([5, 6], cuts=(6, 12)).without_holes()
    assert list(inside.cuts) == [7, 12], "a scene begins with the first frame that there is of it"
    end = scan_of([28, 29])
    assert list(end.without_holes().cuts) == []
    (note,) = end.hole_notes(Path("a.mov"))
    assert note == (
        "a.mov is damaged from 2.800 to 3.000 s: 2 frames lost, the last one before is held"
    )


class Mean:
    def pair(self, one: Any, two: Any) -> "Mean":
        self.middle = ((one.astype(np.uint16) + two) // 2).astype(one.dtype)
        return self

    def at(self, t: Any) -> Any:
        return self.middle


def test_a_job_stops_or_skips(tmp_path: Path) -> None:
    damaged = spoil(clip_of(tmp_path / "damaged.mov", **INTRA), 5, 6, 12, 13, 14, 15, 16, 17, 18)
    how: dict[str, Any] = {
        "timeline": TimelineOptions(2, scene_threshold=0),
        "interpolator": Mean(),
    }
    with pytest.raises(InputError, match="damaged"):
        Job(damaged, tmp_path / "a.mov", rendering=RenderOptions(still=0), **how).run()
    assert os.listdir(tmp_path) == ["damaged.mov"]
    skip = RenderOptions(still=0, on_error="skip")
    rendered = Job(damaged, tmp_path / "a.mkv", rendering=skip, **how).run()
    assert [note for note in rendered.notes if "lost" in note] == [
        f"{damaged} is damaged from 0.500 to 0.700 s: 2 frames lost, interpolated across",
        f"{damaged} is damaged from 1.200 to 1.900 s: 7 frames lost, the last one before is held",
    ]
    assert pts_of(tmp_path / "a.mkv") == [n / (2 * RATE) for n in range(2 * COUNT)]
    kinds = [frame.content.kind for frame in rendered.schedule]
    assert set(kinds[9:14]) == {"between"}
    assert set(kinds[23:38]) == {"hold"}
    assert rendered.lost == 9
