"""When frames are shown: where packets do not tell it, the decoder does."""

import zlib
from fractions import Fraction as F
from pathlib import Path

import av
import pytest

from tests.helpers.clips import make_clip
from vfi.errors import InputError
from vfi.media.video.reader import VideoReader


def read(path: Path) -> tuple[list[F], F, list[str]]:
    with VideoReader(path) as video:
        times, end = video.times()
        assert [frame.time for frame in video] == times
        return times, end, video.notes


def test_a_raw_stream_has_the_rate_that_it_states(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.h264", 6, rate=F(50), options={"bf": "0"})
    times, end, _ = read(path)
    assert times == [F(number, 50) for number in range(6)]
    assert end == F(6, 50)
    with VideoReader(path) as video:
        assert video.info.frame_rate == 50


def test_a_last_packet_of_a_millisecond_is_not_meant(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", 4, rate=F(25), options={"bf": "0"})
    with av.open(str(path)) as given, av.open(str(tmp_path / "b.mkv"), "w") as changed:
        source = given.streams.video[0]
        target = changed.add_stream_from_template(source)
        packets = [packet for packet in given.demux(source) if packet.size]
        for packet in packets:
            packet.stream = target
            if packet is packets[-1]:
                packet.duration = max(1, round(F(1, 1000) / packet.time_base))
            changed.mux(packet)
    times, end, _ = read(tmp_path / "b.mkv")
    assert end - times[-1] == F(1, 25)


def test_one_stamp_for_all_frames_says_as_little_as_none(tmp_path: Path) -> None:
    """They last as long as the file states: 25 a second, not all of them one frame's time."""
    clip = make_clip(tmp_path / "a.mp4", 5, rate=F(25), options={"bf": "0", "g": "1"})
    data = clip.read_bytes()
    at = data.index(b"stts") + 12  # one entry: how many, and how long each is
    delta = int.from_bytes(data[at + 4 : at + 8], "big")
    assert delta > 0
    (tmp_path / "b.mp4").write_bytes(data[: at + 4] + bytes(4) + data[at + 8 :])
    times, end, _ = read(tmp_path / "b.mp4")
    assert times == [F(number, 25) for number in range(5)]
    assert end == F(5, 25)


def test_a_cluster_of_unknown_size_ends_where_the_next_begins(tmp_path: Path) -> None:
    """As live streams have them: sizes of segment and clusters all ones (RFC 8794, 6.2)."""
    data = make_clip(tmp_path / "a.mkv", 30, options={"g": "5"}).read_bytes()
    at = data.index(bytes.fromhex("1f43b675"))
    changed = bytearray(data)
    length = 9 - changed[at + 4].bit_length()
    body = at + 4 + length
    changed[at + 4 : body] = ((1 << 7 * length + 1) - 1).to_bytes(length, "big")
    if changed[body] == 0xBF:  # its checksum stays: only whole parts of known size are summed
        assert zlib.crc32(b"") == 0
    (tmp_path / "b.mkv").write_bytes(changed)
    assert len(read(tmp_path / "b.mkv")[0]) == 30


def test_a_flipped_bit_in_a_cluster_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", 12, codec="ffv1")
    data = bytearray(path.read_bytes())
    data[data.index(bytes.fromhex("1f43b675")) + 400] ^= 0x10
    (tmp_path / "b.mkv").write_bytes(data)
    with VideoReader(tmp_path / "b.mkv") as video, pytest.raises(InputError, match="damaged"):
        video.times()


CLUSTER = bytes.fromhex("1f43b675")
FOREIGN = bytes.fromhex("7abc 85") + b"hello"  # a number that nothing has, five bytes


def streamed(path: Path) -> bytes:
    """Thirty frames in a segment of unknown size, without checksums: parts can be put in."""
    options = {"live": "1", "write_crc32": "0"}
    return make_clip(path, 30, options={"g": "5"}, container_options=options).read_bytes()


@pytest.mark.parametrize("where", ["between two clusters", "in a cluster", "before the first"])
def test_elements_of_a_later_or_private_kind_are_skipped(tmp_path: Path, where: str) -> None:
    data = streamed(tmp_path / "a.mkv")
    first = data.index(CLUSTER)
    at = data.index(CLUSTER, first + 1) if where == "between two clusters" else first
    if where == "in a cluster":
        octets = 9 - data[first + 4].bit_length()
        size = ((1 << 7 * octets + 1) - 1).to_bytes(octets, "big")  # unknown, as of a live stream
        data = data[: first + 4] + size + data[first + 4 + octets :]
        timestamp = data.index(0xE7, first)
        at = timestamp + 2 + (data[timestamp + 1] & 0x7F)
    (tmp_path / "b.mkv").write_bytes(data[:at] + FOREIGN + data[at:])
    times, _, notes = read(tmp_path / "b.mkv")
    assert len(times) == 30
    kind = "has an element of a kind that is not known here; every frame is there"
    assert notes == [f"{tmp_path / 'b.mkv'} {kind}"]


def test_an_element_of_a_private_kind_in_a_cluster_of_known_size(tmp_path: Path) -> None:
    """In the place of a Void of the same length, which FFmpeg leaves for its index."""
    data = make_clip(tmp_path / "a.mkv", 5).read_bytes()
    at = data.index(bytes.fromhex("ec01"))
    size = int.from_bytes(data[at + 2 : at + 9], "big")
    (tmp_path / "b.mkv").write_bytes(
        data[:at] + b"\x7a\xbc" + (size | 1 << 49).to_bytes(7, "big") + data[at + 9 :]
    )
    times, _, notes = read(tmp_path / "b.mkv")
    assert len(times) == 5
    assert len(notes) == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"\xe2\x85hello",  # as a changed bit makes it of a block
        bytes.fromhex("4000 85") + b"hello",  # a number that is written too long
        bytes.fromhex("7fff 85") + b"hello",  # all ones are none
        bytes.fromhex("7abc ff") + b"hello",  # only known kinds may be of unknown size
        bytes.fromhex("7abc 86") + b"hello",  # what follows is none
        bytes.fromhex("1f43b674 88 e7 81 00") + b"hello",  # a cluster but for its name
    ],
)
def test_what_only_looks_like_an_element_is_damage(tmp_path: Path, broken: bytes) -> None:
    data = streamed(tmp_path / "a.mkv")
    at = data.index(CLUSTER, data.index(CLUSTER) + 1)
    (tmp_path / "b.mkv").write_bytes(data[:at] + broken + data[at:])
    with VideoReader(tmp_path / "b.mkv") as video, pytest.raises(InputError, match="is damaged"):
        video.times()


def test_a_gif_with_a_broken_picture_is_found(tmp_path: Path) -> None:
    from PIL import Image

    frames = [Image.effect_noise((32, 24), 60 + number).convert("P") for number in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=100)
    data = bytearray((tmp_path / "a.gif").read_bytes())
    half = len(data) // 2
    data[half : half + 40] = bytes([255]) * 40  # the blocks' lengths no longer fit
    (tmp_path / "b.gif").write_bytes(data)
    assert len(read(tmp_path / "a.gif")[0]) == 3
    with pytest.raises(InputError):
        read(tmp_path / "b.gif")


def test_a_last_millisecond_among_milliseconds(tmp_path: Path) -> None:
    """At 600 frames a second Matroska steps by one and two milliseconds; 30 frames take 50."""
    times = [F(round(F(1000 * number, 600)), 1000) for number in range(30)]
    clip = make_clip(tmp_path / "a.mp4", 30, rate=F(600), options={"bf": "0"})
    with av.open(str(clip)) as given, av.open(str(tmp_path / "a.mkv"), "w") as changed:
        source = given.streams.video[0]
        target = changed.add_stream_from_template(source)
        for packet in given.demux(source):
            if packet.size:
                packet.stream = target
                changed.mux(packet)
    found, end, _ = read(tmp_path / "a.mkv")
    assert found == times
    assert end == F(50, 1000)
