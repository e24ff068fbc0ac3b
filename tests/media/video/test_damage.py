"""Damaged, cut-off and wrong files: one clear line, never a video that is just shorter."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.clips import make_clip
from vfi.errors import InputError
from vfi.media.video.reader import VideoReader

NOISE = [np.random.default_rng(k).integers(0, 256, (48, 64, 3), dtype=np.uint8) for k in range(25)]
KINDS = {
    "plain.mp4": {},
    "index first.mp4": {"container_options": {"movflags": "faststart"}},
    "fragments.mp4": {
        "container_options": {"movflags": "frag_keyframe+empty_moov"},
        "options": {"g": "5"},
    },
    "h264.mkv": {},
    "ffv1.mkv": {"codec": "ffv1"},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"cpu-used": "8", "deadline": "realtime"}},
    "prores.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "0"}},
    "stream.ts": {},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    return {
        name: make_clip(folder / name, pictures=NOISE, **settings)
        for name, settings in KINDS.items()
    }


def read_all(path: Path) -> int:
    with VideoReader(path) as reader:
        times, _ = reader.times()
        assert len(list(reader)) == len(times)
        return len(times)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_all(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", KINDS)
def test_whole_files_are_read(whole: dict[str, Path], name: str) -> None:
    assert read_all(whole[name]) == 25


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", KINDS)
def test_cut_off(whole: dict[str, Path], tmp_path: Path, name: str, part: float) -> None:
    data = whole[name].read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * part)])
    if name == "stream.ts":
        # A transport stream has no length; only the frame that is cut through can be noticed.
        try:
            count = read_all(tmp_path / name)
        except InputError:
            return
        assert count < 25
    else:
        refusal(tmp_path / name)


@pytest.mark.parametrize("name", KINDS)
def test_hole_in_the_middle(whole: dict[str, Path], tmp_path: Path, name: str) -> None:
    data = bytearray(whole[name].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    (tmp_path / name).write_bytes(data)
    refusal(tmp_path / name)


def test_damage_is_found_before_the_first_frame_is_decoded(
    whole: dict[str, Path], tmp_path: Path
) -> None:
    """Hours of work are not spent on a file whose end is missing."""
    data = whole["h264.mkv"].read_bytes()
    path = tmp_path / "a.mkv"
    path.write_bytes(data[: len(data) * 9 // 10])
    with VideoReader(path) as reader, pytest.raises(InputError, match=r"cut off near 0\.8"):
        reader.times()


def cut_gif(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def hole_in_gif(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(500) + data[len(data) // 2 + 500 :]


@pytest.mark.parametrize("damage", [cut_gif, hole_in_gif])
def test_gif(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    make_clip(tmp_path / "a.gif", pictures=NOISE[:6], codec="gif", pixel_format="bgr8")
    assert read_all(tmp_path / "a.gif") == 6
    (tmp_path / "b.gif").write_bytes(damage((tmp_path / "a.gif").read_bytes()))
    refusal(tmp_path / "b.gif")


# ---- files that are no videos


def test_missing_empty_folder(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.mp4")
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in refusal(tmp_path / "empty.mp4")
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"some text\nof several lines\n" * 50,
        b"\0" * 5000,
        bytes(range(256)) * 30,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nhttp://example.com/a.ts\n",
        b"ffconcat version 1.0\nfile other.mp4\n",
    ],
)
def test_no_video_at_all(tmp_path: Path, content: bytes) -> None:
    for name in ("a.mp4", "a.txt", "a.m3u8"):
        (tmp_path / name).write_bytes(content)
        assert "video" in refusal(tmp_path / name)


def test_only_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000)
        for index in range(5):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
            frame.rate, frame.pts = 48000, index * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "only audio" in refusal(path)


def test_no_frames(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height = 64, 48
        container.start_encoding()
    message = refusal(path)
    assert "no frames" in message or "no video" in message


def test_changing_size(tmp_path: Path) -> None:
    """Two streams joined that do not fit."""
    one = make_clip(tmp_path / "a.h264", 3)
    two = make_clip(tmp_path / "b.h264", pictures=[n[:32, :32] for n in NOISE[:3]])
    both = tmp_path / "c.h264"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    message = refusal(both)
    assert "changes its size" in message
    assert "64x48 to 32x32" in message
