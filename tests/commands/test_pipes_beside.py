"""Audio, subtitles and tags that come through a pipe beside the picture."""

import io
import os
import threading
from fractions import Fraction as F
from pathlib import Path

import av
import pytest

from tests.commands.test_pipes import called
from tests.helpers.clips import make_clip, tone_of
from vfi.media.video.pipe_reader import PipeReader

TITLE = "A title"
SUBTITLE = b"half a second in"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second at 25 a second, with as much of a tone, a line of text, a chapter and a title."""
    folder = tmp_path_factory.mktemp("clip")
    plain = make_clip(folder / "plain.mkv", 25, audio=F(1), options={"bf": "0"})
    words, path = folder / "s.srt", folder / "clip.mkv"
    words.write_bytes(b"1\n00:00:00,500 --> 00:00:00,800\n" + SUBTITLE + b"\n")
    with av.open(str(plain)) as one, av.open(str(words)) as two, av.open(str(path), "w") as out:
        out.metadata["title"] = TITLE
        chapter = {"id": 1, "start": 0, "end": 1000, "time_base": F(1, 1000), "metadata": {}}
        out.set_chapters([chapter])  # type: ignore[list-item]
        streams = [out.add_stream_from_template(s) for s in (*one.streams, *two.streams)]
        packets = [(p, streams[p.stream.index]) for p in one.demux() if p.size]
        packets += [(p, streams[2]) for p in two.demux() if p.size]
        for packet, stream in sorted(packets, key=lambda each: time_of(each[0])):
            packet.stream = stream
            out.mux(packet)
    return path


def time_of(packet: av.Packet) -> F:
    stamp = packet.pts if packet.dts is None else packet.dts
    assert stamp is not None
    return stamp * packet.time_base


def packets_of(path: Path, kind: str) -> list[tuple[F, bytes]]:
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(stream) if p.size]


def test_they_go_along_as_from_a_file(clip: Path, tmp_path: Path) -> None:
    by_pipe, by_file = tmp_path / "pipe.mkv", tmp_path / "file.mkv"
    ended = called("-", "-o", by_pipe, input=clip.read_bytes())
    assert ended.returncode == 0, ended.stderr
    assert called(clip, "-o", by_file).returncode == 0
    for kind in ("audio", "subtitle", "video"):
        assert packets_of(by_pipe, kind) == packets_of(by_file, kind)
    assert packets_of(by_pipe, "subtitle") == [(F(1, 2), SUBTITLE)]
    assert [data for _, data in packets_of(by_pipe, "audio")] == [
        data for _, data in packets_of(clip, "audio")
    ]
    with av.open(str(by_pipe)) as container:
        assert container.metadata["title"] == TITLE
        assert len(container.chapters()) == 1


def test_through_both_ends(clip: Path) -> None:
    ended = called("-", "-o", "-", "--container", "nut", input=clip.read_bytes())
    assert ended.returncode == 0, ended.stderr
    with av.open(io.BytesIO(ended.stdout)) as container:
        assert [s.type for s in container.streams] == ["video", "audio"]
    assert b"left out: subtitle stream 2 (srt)" in ended.stderr


def test_of_a_part_the_audio_is_that_of_the_part(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "part.mkv"
    words = ("--start", "0.2", "--seconds", "0.4")
    assert called("-", "-o", out, *words, input=clip.read_bytes()).returncode == 0
    seconds, tone = tone_of(out)
    assert abs(seconds - 0.4) < 0.05
    assert abs(tone - 440) < 10


def test_slow_motion_stretches_it(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "slow.mkv"
    assert called("-", "-o", out, "--slow", "2", input=clip.read_bytes()).returncode == 0
    seconds, tone = tone_of(out)
    assert abs(seconds - 2) < 0.1
    assert abs(tone - 440) < 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "OUT.y4m"), b"left out: audio stream 1 (aac): yuv4mpegpipe files have no place"),
        (("-o", "OUT/"), b"the audio of standard input is lost: pictures have none"),
        (("-o", "OUT.mkv", "--mute"), b""),
    ],
)
def test_where_they_have_no_place_it_is_said(
    clip: Path, tmp_path: Path, words: tuple[str, ...], said: bytes
) -> None:
    words = tuple(word.replace("OUT", str(tmp_path / "out")) for word in words)
    ended = called("-", *words, input=clip.read_bytes())
    assert ended.returncode == 0, ended.stderr
    assert said in ended.stderr
    if not said:
        assert b"audio" not in ended.stderr


def test_nothing_is_held_that_nobody_wants(clip: Path, tmp_path: Path) -> None:
    held = []
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(clip.read_bytes()))
    writer.start()
    with PipeReader(pipe) as reader:
        assert reader.beside is not None
        for _ in reader:
            held.append(next(reader.beside, None))
    writer.join()
    assert held == [None] * 25
