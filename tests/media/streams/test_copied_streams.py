"""Copied streams keep their times, and never spoil the picture."""

from collections.abc import Iterator
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.helpers.clips import leftovers, make_clip, pts_of, tone_of
from tests.helpers.copying import copy
from vfi.media.streams.audio import EncodedAudio
from vfi.media.streams.copier import StreamCopier
from vfi.media.video.reader import VideoReader
from vfi.video import interpolate_video


def times_of(path: Path, kind: str) -> list[F]:
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [p.pts * p.time_base for p in container.demux(stream) if p.size]


def with_short_sound(path: Path) -> Path:
    """A Matroska whose packets of audio last 40 samples (as TrueHD's), stamped in milliseconds."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = out.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number in range(5):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for number in range(240):
            tone = av.AudioFrame.from_ndarray(np.full((1, 40), number, np.int16), "s16", "mono")
            tone.rate, tone.pts, tone.time_base = 48000, 40 * number, F(1, 48000)
            out.mux(audio.encode(tone))
    return path


def test_equal_times_of_audio_are_kept(tmp_path: Path) -> None:
    source = with_short_sound(tmp_path / "a.mkv")
    before = times_of(source, "audio")
    assert len(set(before)) < len(before) == 240
    assert copy(source, tmp_path / "b.mkv").notes == []
    assert times_of(tmp_path / "b.mkv", "audio") == before


def test_what_must_rise_catches_up(tmp_path: Path) -> None:
    """MOV refuses two packets at one time: only these move, by a tick, and the audio is as long."""
    source = with_short_sound(tmp_path / "a.mkv")
    assert copy(source, tmp_path / "b.mov").notes == []
    with av.open(str(tmp_path / "b.mov")) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples == 240 * 40
    moved = times_of(tmp_path / "b.mov", "audio")
    assert abs(moved[-1] - times_of(source, "audio")[-1]) < F(1, 40)


def test_simultaneous_subtitles_stay_simultaneous(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "v.mkv", 50)
    (tmp_path / "s.srt").write_text(
        "".join(f"{n}\n00:00:00,500 --> 00:00:01,500\nLine {n}\n\n" for n in range(1, 6))
    )
    with (
        av.open(str(clip)) as given,
        av.open(str(tmp_path / "s.srt")) as text,
        av.open(str(tmp_path / "a.mkv"), "w") as out,
    ):
        words = out.add_stream_from_template(text.streams.subtitles[0])
        video = out.add_stream_from_template(given.streams.video[0])
        for container, stream in ((text, words), (given, video)):
            for packet in container.demux():
                if packet.size:
                    packet.stream = stream
                    out.mux(packet)
    for suffix in (".mkv", ".mp4"):
        copy(tmp_path / "a.mkv", tmp_path / f"b{suffix}")
        shown = times_of(tmp_path / f"b{suffix}", "subtitle")
        assert shown.count(F(1, 2)) == 5


def without_a_packet(path: Path) -> Path:
    """A transport stream that has lost one of its packets of audio."""
    make_clip(path, 25, audio=F(1), options={"bf": "0", "g": "10"})
    data = path.read_bytes()
    parts = [data[i : i + 188] for i in range(0, len(data), 188)]
    audio = [i for i, p in enumerate(parts) if (p[1] & 31) << 8 | p[2] == 257]
    first_of_a_pes = [i for i in audio if parts[i][1] & 0x40]
    inside = [i for i in audio if i not in first_of_a_pes]
    lost = inside[len(inside) // 2]
    path.write_bytes(b"".join(parts[:lost] + parts[lost + 1 :]))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_a_lost_packet_of_audio_is_a_gap_and_a_note(tmp_path: Path, suffix: str) -> None:
    source = without_a_packet(tmp_path / "a.ts")
    notes = copy(source, tmp_path / f"b{suffix}").notes
    assert len(pts_of(tmp_path / f"b{suffix}")) == 25
    assert any("left out, from 0." in note for note in notes), notes
    before, after = (times_of(p, "audio") for p in (source, tmp_path / f"b{suffix}"))
    assert len(before) - 3 <= len(after) < len(before)
    assert abs((after[-1] - after[0]) - (before[-1] - before[0])) < F(1, 100)  # still in step


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_an_empty_stream_of_audio_is_left_out(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / "v.mkv", 5, audio=F(1, 5))
    with av.open(str(clip)) as given, av.open(str(tmp_path / "a.mkv"), "w") as out:
        out.add_stream_from_template(given.streams.audio[0])
        video = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = video
                out.mux(packet)
    writer = copy(tmp_path / "a.mkv", tmp_path / f"b{suffix}")
    assert "left out: audio stream 0 (aac): there is nothing in it" in writer.notes
    assert len(pts_of(tmp_path / f"b{suffix}")) == 5


@pytest.mark.parametrize("step", ["packets_of", "flush"])
def test_a_failing_encoder_of_audio_does_not_end_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> Iterator[Any]:
        raise av.error.InvalidDataError(1094995529, "Invalid data", "/tmp/x.part.webm")
        yield

    monkeypatch.setattr(EncodedAudio, step, fail)
    source = make_clip(tmp_path / "a.mp4", 10, audio=F(2, 5))
    notes = copy(source, tmp_path / "b.webm", encoder_options={"deadline": "realtime"}).notes
    assert len(pts_of(tmp_path / "b.webm")) == 10
    assert sum("ends early" in note for note in notes) == 1
    assert not any(".part" in note for note in notes)
    assert leftovers(tmp_path) == []


def test_a_failing_muxer_is_told_without_its_temporary_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vfi.errors import OutputError

    def fail(*_: object) -> None:
        raise av.error.ArgumentError(22, "Invalid argument", f"{tmp_path}/.b.xyz.part.mp4")

    source = make_clip(tmp_path / "a.mp4", 5, audio=F(1, 5))
    monkeypatch.setattr(StreamCopier, "finish", fail)
    with pytest.raises(OutputError) as caught:
        copy(source, tmp_path / "b.mp4")
    assert str(caught.value) == f"cannot write {tmp_path / 'b.mp4'}: Invalid argument"


def test_sound_after_the_last_picture_is_kept_unless_a_part_is_asked_for(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.mp4", 6, audio=F(2))
    interpolate_video(source, tmp_path / "b.mp4", model="direct", device="cpu")
    assert times_of(tmp_path / "b.mp4", "audio") == times_of(source, "audio")
    with VideoReader(tmp_path / "b.mp4") as reader:
        assert reader.times()[1] == F(6, 25)
    copy(source, tmp_path / "c.mp4", part=(F(0), F(6, 25)))
    assert tone_of(tmp_path / "c.mp4")[0] < 0.3
