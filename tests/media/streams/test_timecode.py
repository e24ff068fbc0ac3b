from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import pytest

from tests.helpers.clips import make_clip
from tests.helpers.copying import copy
from vfi.media.streams.timecode import moved_timecode

NTSC = F(30_000, 1001)


@pytest.mark.parametrize(
    ("label", "rate", "start", "new_rate", "moved"),
    [
        ("01:00:00:00", F(25), F(0), F(25), "01:00:00:00"),
        ("01:00:00:00", F(25), F(1, 5), F(25), "01:00:00:05"),
        ("00:00:10:12", F(25), F(0), F(50), "00:00:10:24"),
        ("00:00:59:20", F(24_000, 1001), F(4 * 1001, 24_000), F(48_000, 1001), "00:01:00:00"),
        ("23:59:59:24", F(25), F(1, 25), F(25), "00:00:00:00"),
        ("00:00:59;29", NTSC, 1 / NTSC, NTSC, "00:01:00;02"),
        ("00:09:59;29", NTSC, 1 / NTSC, NTSC, "00:10:00;00"),
        ("00:00:59;29", NTSC, 1 / NTSC, 2 * NTSC, "00:01:00;04"),
        ("00:10:00;15", NTSC, F(0), F(50), "00:10:00:25"),
    ],
)
def test_labels(label: str, rate: F, start: F, new_rate: F, moved: str) -> None:
    assert moved_timecode(label, rate, start, new_rate) == moved


def test_dropped_labels_are_those_of_the_standard() -> None:
    """Counted up by its words: two labels fall out each minute but every tenth."""
    minutes = seconds = frames = 0
    for number in range(20_000):
        counted = f"00:{minutes:02d}:{seconds:02d};{frames:02d}"
        assert moved_timecode("00:00:00;00", NTSC, number / NTSC) == counted
        frames += 1
        if frames == 30:
            frames, seconds = 0, seconds + 1
        if seconds == 60:
            seconds, minutes = 0, minutes + 1
            frames = 2 if minutes % 10 else 0


def test_what_is_no_timecode_cannot_be_moved() -> None:
    assert moved_timecode("later", F(25), F(1)) is None


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv"])
def test_a_part_begins_with_the_timecode_of_its_first_frame(tmp_path: Path, suffix: str) -> None:
    plain = make_clip(tmp_path / "plain.mp4", 10)
    with av.open(str(plain)) as given, av.open(str(tmp_path / "a.mov"), "w") as out:
        stream: Any = out.add_stream_from_template(given.streams.video[0])
        stream.metadata["timecode"] = "10:00:00:23"
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    writer = copy(tmp_path / "a.mov", tmp_path / f"b{suffix}", part=(F(4, 25), None))
    with av.open(str(tmp_path / f"b{suffix}")) as container:
        tags = {key.lower(): value for key, value in container.streams.video[0].metadata.items()}
        tracks = [stream for stream in container.streams if stream.type == "data"]
        assert [s.metadata["timecode"] for s in tracks] == ["10:00:01:02"] * (suffix != ".mkv")
    assert tags["timecode"] == "10:00:01:02"
    assert writer.notes == []
