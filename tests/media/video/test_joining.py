"""Parts that were encoded one by one become one file, and nothing tells where they meet."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.helpers.clips import leftovers, moving_square
from vfi.errors import InputError, OutputError
from vfi.media.frame import VideoInfo
from vfi.media.options import EncodingOptions
from vfi.media.streams.copy_options import CopyOptions
from vfi.media.video.encoding import resolve_encoding
from vfi.media.video.encoding_plan import EncodingPlan
from vfi.media.video.joining import PartWriter
from vfi.media.video.packet_file import PacketFile, decoding_delay
from vfi.media.video.writer import PlanWriter

COUNT = 23
PICTURES = moving_square(COUNT, 96, 64)
PARTS = (range(0, 9), range(9, 10), range(10, COUNT))
RATE = F(24000, 1001)


def plan_of(path: Path, codec: str, rate: F | None = RATE, **info: Any) -> EncodingPlan:
    like = VideoInfo(path, 96, 64, RATE, 1 / RATE, F(0), None, "", "", 8, is_sequence=True, **info)
    return resolve_encoding(path, like, EncodingOptions(codec), rate)


def part_of(plan: EncodingPlan, run: range, times: Sequence[F], folder: Path) -> Path:
    writer = PartWriter(plan, folder / f"{run.start}.packets")
    for number in run:
        writer.write(pictures_of(plan)[number], times[number])
    writer.close(times[run.stop])
    return writer.path


def pictures_of(plan: EncodingPlan) -> list[np.ndarray]:
    if not plan.alpha:
        return PICTURES
    return [np.dstack([p, np.full(p.shape[:2], 9 * n, np.uint8)]) for n, p in enumerate(PICTURES)]


def join(plan: EncodingPlan, parts: Sequence[range], times: Sequence[F]) -> Path:
    files = [part_of(plan, run, times, plan.path.parent) for run in parts]
    writer = PlanWriter(plan, CopyOptions(None))
    writer.join(files, times)
    writer.close()
    for file in files:
        file.unlink()
    return plan.path


def decoded(path: Path) -> list[F]:
    """When frames are shown, as a decoder says."""
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
        assert base is not None
        return [frame.pts * base for frame in container.decode(video=0)]


def packets(path: Path) -> list[tuple[Any, ...]]:
    with av.open(str(path)) as container:
        found = [p for p in container.demux(video=0) if p.size]
        return [(p.pts, p.dts, p.duration, p.is_keyframe, bytes(p)) for p in found]


ALL = [
    *(("h264", suffix) for suffix in (".mp4", ".mov", ".mkv", ".avi")),
    *(("h265", suffix) for suffix in (".mp4", ".mkv")),
    *(("av1", suffix) for suffix in (".mp4", ".mkv", ".webm")),
    *(("vp9", suffix) for suffix in (".mp4", ".webm")),
    *(("ffv1", suffix) for suffix in (".mkv", ".avi")),
    *(("prores", suffix) for suffix in (".mov", ".mkv")),
    *(("png", ".mov"), ("qtrle", ".mov")),
]


@pytest.mark.parametrize(("codec", "suffix"), ALL)
def test_a_joined_file_has_the_times_of_one_made_in_one_piece(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    times = [n / RATE for n in range(COUNT + 1)]
    whole = plan_of(tmp_path / f"whole{suffix}", codec)
    writer = PlanWriter(whole, CopyOptions(None))
    for number, picture in enumerate(PICTURES):
        writer.write(picture, times[number])
    writer.close(times[-1])
    made = join(plan_of(tmp_path / f"made{suffix}", codec), PARTS, times)
    single = join(plan_of(tmp_path / f"single{suffix}", codec), [range(COUNT)], times)
    assert packets(single) == packets(whole.path), "one part is what goes straight to its file"
    assert decoded(made) == decoded(whole.path)
    with av.open(str(made)) as one, av.open(str(whole.path)) as two:
        for name in ("average_rate", "duration", "start_time", "time_base"):
            assert getattr(one.streams.video[0], name) == getattr(two.streams.video[0], name), name
        assert one.duration == two.duration
    starts = [packet[3] for packet in sorted(packets(made))]
    assert all(starts[run.start] for run in PARTS), "every part can be decoded on its own"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(("codec", "suffix"), [("ffv1", ".mkv"), ("png", ".mov"), ("vp9", ".webm")])
def test_pictures_come_back_from_where_they_were_put(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    times = [n / RATE for n in range(COUNT + 1)]
    made = join(plan_of(tmp_path / f"made{suffix}", codec), PARTS, times)
    with av.open(str(made)) as container:
        found = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(found) == COUNT
    for picture, expected in zip(found, PICTURES, strict=True):
        assert np.abs(picture.astype(int) - expected).mean() < 3


def test_alpha_beside_the_picture_is_kept(tmp_path: Path) -> None:
    """WebM keeps it in data beside a packet."""
    times = [n / RATE for n in range(COUNT + 1)]
    made = join(plan_of(tmp_path / "made.webm", "vp9", has_alpha=True), PARTS, times)
    with av.open(str(made)) as container:
        coder = av.CodecContext.create("libvpx-vp9", "r")
        frames = [f for p in container.demux(video=0) if p.size for f in coder.decode(p)]
    levels = [frame.to_ndarray(format="rgba")[:, :, 3].mean() for frame in frames]
    np.testing.assert_allclose(levels, [9 * n for n in range(COUNT)], atol=2)


@pytest.mark.parametrize(
    ("codec", "suffix"), [("h264", ".mp4"), ("h265", ".mkv"), ("av1", ".webm")]
)
def test_varying_times_are_kept(tmp_path: Path, codec: str, suffix: str) -> None:
    steps = np.random.default_rng(3).integers(10, 90, COUNT)
    times = [F(int(n), 1000) for n in [0, *np.cumsum(steps)]]
    plan = plan_of(tmp_path / f"made{suffix}", codec, rate=None)
    assert decoded(join(plan, PARTS, times)) == times[:-1]


def test_decoding_is_ahead_by_as_much_as_frames_are_reordered() -> None:
    assert decoding_delay([0, 1, 2, 3]) == 0
    assert decoding_delay([0, 4, 2, 1, 3]) == 2  # a pyramid of two levels
    assert decoding_delay([0, 2, 1, 4, 3]) == 1


def test_a_damaged_part_is_noticed(tmp_path: Path) -> None:
    times = [n / RATE for n in range(COUNT + 1)]
    part = part_of(plan_of(tmp_path / "a.mkv", "ffv1"), range(3), times, tmp_path)
    PacketFile(part).check()
    data = part.read_bytes()
    for broken in (data[:-1], data[: len(data) // 2], data + b"x", b"", data[1:],
                   data[:300] + bytes([data[300] ^ 1]) + data[301:]):  # fmt: skip
        part.write_bytes(broken)
        with pytest.raises(InputError, match="no whole file of encoded pictures"):
            PacketFile(part).check()


def test_parts_of_another_encoder_are_refused(tmp_path: Path) -> None:
    times = [n / RATE for n in range(COUNT + 1)]
    plan = plan_of(tmp_path / "a.mp4", "h264")
    other = part_of(plan_of(tmp_path / "b.mp4", "h265"), range(3), times, tmp_path)
    with (
        pytest.raises(OutputError, match="different encoders"),
        PlanWriter(plan, CopyOptions(None)) as writer,
    ):
        writer.join([other], times)
    assert [p.name for p in tmp_path.iterdir()] == ["0.packets"]


def test_a_part_that_fails_leaves_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "a.mp4", "h264")
    writer = PartWriter(plan, tmp_path / "0.packets")
    writer.write(PICTURES[0], F(0))
    writer.abort()
    writer = PartWriter(plan, tmp_path / "0.packets")
    with pytest.raises(OutputError, match="there are no frames"):
        writer.close()
    writer.abort()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("codec", "suffix"), [("h264", ".mp4"), ("h265", ".mp4"), ("vp9", ".webm")]
)
def test_the_same_frames_become_the_same_packets_each_time(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    """Else a part that is made again would not be what it was; x264 has to be told."""
    pictures = moving_square(24, 320, 240)
    made = set()
    for number in range(4):
        plan = replace(plan_of(tmp_path / f"a{suffix}", codec), width=320, height=240)
        writer = PartWriter(plan, tmp_path / f"{number}.packets")
        for place, picture in enumerate(pictures):
            writer.write(picture, place / RATE)
        writer.close(24 / RATE)
        made.add(writer.path.read_bytes())
    assert len(made) == 1
