"""Sound, subtitles, chapters, attachments and tags on their way through."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.helpers.clips import leftovers, make_clip, tone_of
from tests.helpers.copying import copy
from vfi.errors import InputError
from vfi.media.pictures.images import write_image
from vfi.media.streams.audio import tempos
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter

SUBTITLES = """1
00:00:00,200 --> 00:00:00,900
Hello <i>world</i>

2
00:00:01,000 --> 00:00:01,500
Zwei
Zeilen
"""


def chapter(number: int, title: str) -> Any:
    """A chapter of one second."""
    span = {"start": 1000 * number - 1000, "end": 1000 * number, "time_base": F(1, 1000)}
    return {"id": number, "metadata": {"title": title}} | span


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Matroska file of two seconds with everything in it."""
    folder = tmp_path_factory.mktemp("film")
    picture = make_clip(folder / "v.mkv", 50, audio=F(2), options={"preset": "ultrafast"})
    (folder / "s.srt").write_text(SUBTITLES)
    path = folder / "film.mkv"
    with (
        av.open(str(picture)) as given,
        av.open(str(folder / "s.srt")) as text,
        av.open(str(path), "w") as out,
    ):
        video = out.add_stream_from_template(given.streams.video[0])
        audio = out.add_stream_from_template(given.streams.audio[0])
        words = out.add_stream_from_template(text.streams.subtitles[0])
        audio.metadata.update(language="ger", title="Ton")
        words.metadata["language"] = "eng"
        out.add_attachment("font.ttf", "font/ttf", b"not a font" * 9)
        out.metadata.update(title="Film", artist="Somebody")
        tick = F(1, 1000)
        out.set_chapters(
            [
                {"id": 1, "start": 0, "end": 1000, "time_base": tick, "metadata": {"title": "One"}},
                {
                    "id": 2,
                    "start": 1000,
                    "end": 2000,
                    "time_base": tick,
                    "metadata": {"title": "Two"},
                },
            ]
        )
        for packet in text.demux():
            if packet.dts is not None:
                packet.stream = words
                out.mux(packet)
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = video if packet.stream.type == "video" else audio
                out.mux(packet)
    return path


def kinds(path: Path) -> list[tuple[str, str]]:
    with av.open(str(path)) as container:
        return [
            (s.type, s.codec_context.codec.canonical_name)
            for s in container.streams
            if s.codec_context is not None
        ]


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(p) for p in container.demux(stream) if p.size]


def texts(path: Path) -> list[tuple[F, F, str]]:
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        shown = []
        for packet in container.demux(stream):
            content = bytes(packet)
            if stream.codec_context.name == "mov_text":
                content = content[2 : 2 + int.from_bytes(content[:2], "big")]
            if content:
                base = packet.time_base
                shown.append((packet.pts * base, packet.duration * base, content.decode()))
        return shown


def test_everything_is_copied_into_the_same_container(film: Path, tmp_path: Path) -> None:
    writer = copy(film, tmp_path / "a.mkv")
    assert writer.notes == []
    assert packets(tmp_path / "a.mkv", "audio") == packets(film, "audio")  # bit for bit
    assert packets(tmp_path / "a.mkv", "subtitle") == packets(film, "subtitle")
    assert texts(tmp_path / "a.mkv") == texts(film)
    with av.open(str(tmp_path / "a.mkv")) as out:
        assert out.metadata["title"] == "Film"
        assert out.metadata["ARTIST"] == "Somebody"
        assert out.streams.audio[0].metadata["language"] == "ger"
        assert out.streams.audio[0].metadata["title"] == "Ton"
        assert [c["metadata"]["title"] for c in out.chapters()] == ["One", "Two"]
        attachment: Any = next(s for s in out.streams if s.type == "attachment")
        assert (attachment.name, attachment.data) == ("font.ttf", b"not a font" * 9)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_text_subtitles_become_those_of_mp4(film: Path, tmp_path: Path, suffix: str) -> None:
    """Copied as they are they would abort the writing."""
    writer = copy(film, tmp_path / f"a{suffix}")
    assert ("subtitle", "mov_text") in kinds(tmp_path / f"a{suffix}")
    assert any("mov_text" in note for note in writer.notes)
    shown = texts(tmp_path / f"a{suffix}")
    assert [text for _, _, text in shown] == ["Hello world", "Zwei\nZeilen"]
    assert [length for _, length, _ in shown] == [F(7, 10), F(1, 2)]
    assert packets(tmp_path / f"a{suffix}", "audio") == packets(film, "audio")
    with av.open(str(tmp_path / f"a{suffix}")) as out:
        assert [c["metadata"]["title"] for c in out.chapters()] == ["One", "Two"]


def test_and_back_from_mp4(film: Path, tmp_path: Path) -> None:
    copy(film, tmp_path / "a.mp4")
    copy(tmp_path / "a.mp4", tmp_path / "b.mkv")
    assert [text for _, _, text in texts(tmp_path / "b.mkv") if text] == [
        "Hello <i>world</i>",
        "Zwei\nZeilen",
    ]
    copy(tmp_path / "a.mp4", tmp_path / "c.mp4")
    assert [text for _, _, text in texts(tmp_path / "c.mp4")] == ["Hello world", "Zwei\nZeilen"]


def test_webm_gets_opus_and_webvtt(film: Path, tmp_path: Path) -> None:
    writer = copy(film, tmp_path / "a.webm", encoder_options={"deadline": "realtime"})
    assert {("audio", "opus"), ("subtitle", "webvtt")} <= set(kinds(tmp_path / "a.webm"))
    assert sum("becomes" in note for note in writer.notes) == 2
    seconds, frequency = tone_of(tmp_path / "a.webm")
    assert abs(seconds - 2) < 0.06
    assert abs(frequency - 440) < 1


def test_what_has_no_place_is_said(film: Path, tmp_path: Path) -> None:
    notes = copy(film, tmp_path / "a.avi").notes
    assert any("subtitle stream" in note for note in notes)
    assert any("attachment" in note for note in notes)
    notes = copy(film, tmp_path / "a.gif").notes
    assert any("audio" in note for note in notes)


def test_sound_stays_in_step(film: Path, tmp_path: Path) -> None:
    """The distance between the first frame and the first audio is that of the source."""

    def distance(path: Path) -> F:
        with av.open(str(path)) as container:
            starts = {
                kind: next(
                    p.pts * p.time_base for p in container.demux(stream) if p.pts is not None
                )
                for kind, stream in (("v", 0), ("a", 1))
            }
        return starts["a"] - starts["v"]

    late = make_clip(tmp_path / "late.mkv", 10, audio=F(1), audio_start=F(1, 2))
    for suffix in (".mkv", ".mp4"):
        copy(late, tmp_path / f"b{suffix}")
        assert abs(distance(tmp_path / f"b{suffix}") - distance(late)) <= F(1, 1000)


def test_sound_before_the_first_frame_is_kept(tmp_path: Path) -> None:
    times = [F(1) + F(k, 25) for k in range(10)]
    source = make_clip(tmp_path / "a.mkv", 10, times=times, audio=F(3, 2), options={"bf": "0"})
    copy(source, tmp_path / "b.mp4")
    with VideoReader(source) as before, VideoReader(tmp_path / "b.mp4") as after:
        assert abs(before.info.start - after.info.start) <= F(1, 500)
        assert after.times()[0] == [F(k, 25) for k in range(10)]
    assert abs(tone_of(tmp_path / "b.mp4")[0] - 1.5) < 0.05


def cover_of(path: Path) -> bytes:
    with av.open(str(path)) as container:
        for stream in container.streams.video:
            if stream.disposition & av.stream.Disposition.attached_pic:
                return next(bytes(p) for p in container.demux(stream) if p.size)
    return b""


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_cover(tmp_path: Path, suffix: str) -> None:
    write_image(tmp_path / "cover.jpg", np.full((32, 32, 3), 77, np.uint8))
    clip = make_clip(tmp_path / "v.mp4", 5, audio=F(1, 5))
    with (
        av.open(str(clip)) as given,
        av.open(str(tmp_path / "cover.jpg")) as picture,
        av.open(str(tmp_path / "a.mp4"), "w") as out,
    ):
        cover = out.add_stream_from_template(picture.streams.video[0], opaque=True)
        cover.disposition = av.stream.Disposition.attached_pic
        video = out.add_stream_from_template(given.streams.video[0])
        for packet in picture.demux():
            if packet.size:
                packet.stream, packet.pts, packet.dts = cover, 0, 0
                out.mux(packet)
        for shown in given.demux(video=0):
            if shown.size:
                shown.stream = video
                out.mux(shown)
    expected = (tmp_path / "cover.jpg").read_bytes()
    assert cover_of(tmp_path / "a.mp4") == expected
    with VideoReader(tmp_path / "a.mp4") as reader:
        assert reader.info.codec == "h264"  # not the cover
        assert len(reader.times()[0]) == 5
    writer = copy(tmp_path / "a.mp4", tmp_path / f"b{suffix}")
    assert writer.notes == []
    assert cover_of(tmp_path / f"b{suffix}") == expected
    notes = copy(tmp_path / "a.mp4", tmp_path / "c.mov").notes
    assert any("mjpeg" in note for note in notes)


def test_sound_from_another_file(film: Path, tmp_path: Path) -> None:
    with av.open(str(film)) as given, av.open(str(tmp_path / "a.mka"), "w") as out:
        audio = out.add_stream_from_template(given.streams.audio[0])
        for packet in given.demux(audio=0):
            if packet.size:
                packet.stream = audio
                out.mux(packet)
    with VideoWriter(tmp_path / "b.mp4", 64, 48, F(25), copy_from=tmp_path / "a.mka") as writer:
        for index in range(50):
            writer.write(np.zeros((48, 64, 3), np.uint8), F(index, 25))
    assert tone_of(tmp_path / "b.mp4")[0] == pytest.approx(2, abs=0.05)


def test_pcm_becomes_aac_in_mp4_but_stays_in_mov(tmp_path: Path) -> None:
    source = tmp_path / "a.mkv"
    with av.open(str(source), "w") as out:
        video = out.add_stream("ffv1", rate=25)
        video.width, video.height = 64, 48
        audio = out.add_stream("pcm_s16le", rate=48000)
        for index in range(25):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = index
            out.mux(video.encode(frame))
        wave = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000) * 9000
        samples = np.repeat(wave.astype(np.int16), 2)[None]
        tone = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
        tone.rate, tone.pts = 48000, 0
        out.mux(audio.encode(tone))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    assert any("aac" in note for note in copy(source, tmp_path / "b.mp4").notes)
    seconds, frequency = tone_of(tmp_path / "b.mp4")
    assert seconds == pytest.approx(1, abs=0.05)
    assert frequency == pytest.approx(440, abs=2)
    assert copy(source, tmp_path / "b.mov").notes == []
    assert packets(tmp_path / "b.mov", "audio")[0][:64] == packets(source, "audio")[0][:64]


def test_sound_of_a_transport_stream(tmp_path: Path) -> None:
    source = make_clip(tmp_path / "a.ts", 25, audio=F(1))
    for suffix in (".mp4", ".mkv", ".mov"):
        assert copy(source, tmp_path / f"b{suffix}").notes == []
        assert tone_of(tmp_path / f"b{suffix}")[0] == pytest.approx(1, abs=0.05)


# ---- parts, slow motion, silence


def test_part(film: Path, tmp_path: Path) -> None:
    copy(film, tmp_path / "a.mkv", part=(F(1, 2), F(3, 2)))
    assert abs(tone_of(tmp_path / "a.mkv")[0] - 1) < 0.05
    start = texts(film)[1][0]
    shown = texts(tmp_path / "a.mkv")
    assert shown[0][0] == 0  # it was on already
    assert abs(shown[1][0] - (start - F(1, 2))) < F(3, 100)
    with av.open(str(tmp_path / "a.mkv")) as out:
        chapters = [
            (c["start"] * c["time_base"], c["end"] * c["time_base"]) for c in out.chapters()
        ]
    assert [round(float(one), 1) for one, _ in chapters] == [0.0, 0.5]
    assert float(chapters[-1][1]) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("stretch", [F(2), F(5, 2), F(8)])
def test_slow_motion_keeps_the_pitch(film: Path, tmp_path: Path, stretch: F) -> None:
    copy(film, tmp_path / "a.mp4", stretch=stretch)
    seconds, frequency = tone_of(tmp_path / "a.mp4")
    assert seconds == pytest.approx(float(2 * stretch), rel=0.02)
    assert abs(frequency - 440) < 2
    with VideoReader(tmp_path / "a.mp4") as reader:
        assert reader.times()[1] == 2 * stretch
    first = texts(film)[0]
    slow = texts(tmp_path / "a.mp4")[0]
    assert abs(slow[1] - first[1] * stretch) <= F(1, 100)


def lossless_clip(path: Path, codec: str) -> Path:
    """A clip whose audio, two seconds of a tone, is stored without loss."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = container.add_stream(codec, rate=48000)
        audio.codec_context.layout = "stereo"
        form = audio.codec_context.format.name
        wave = np.sin(np.arange(96_000) * 2 * np.pi * 440 / 48_000) * 0.3
        samples = np.round(wave * 2**31).astype(np.int32)
        if form.startswith("s16"):
            samples = (samples >> 16).astype(np.int16)
        for number in range(50):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, F(1, 25)
            container.mux(video.encode(frame))
        for at in range(0, 96_000, 960):
            part = np.repeat(samples[at : at + 960], 2)[None]
            tone = av.AudioFrame.from_ndarray(part, form, "stereo")
            tone.rate, tone.pts, tone.time_base = 48_000, at, F(1, 48_000)
            container.mux(audio.encode(tone))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


@pytest.mark.parametrize(
    ("codec", "source", "target", "becomes"),
    [
        ("flac", ".mkv", ".mkv", "flac"),
        ("pcm_s24le", ".mov", ".mov", "pcm_s24le"),
        ("pcm_s16le", ".mkv", ".mkv", "pcm_s16le"),
        ("pcm_s16le", ".avi", ".avi", "pcm_s16le"),
        ("flac", ".mkv", ".mp4", "flac"),
        ("pcm_s16le", ".mov", ".mp4", "aac"),
        ("flac", ".mkv", ".webm", "opus"),
    ],
)
def test_slow_audio_stays_lossless_or_a_note_says_so(
    tmp_path: Path, codec: str, source: str, target: str, becomes: str
) -> None:
    given = lossless_clip(tmp_path / f"a{source}", codec)
    writer = copy(given, tmp_path / f"b{target}", stretch=F(2))
    assert kinds(tmp_path / f"b{target}")[1] == ("audio", becomes)
    seconds, frequency = tone_of(tmp_path / f"b{target}")
    assert seconds == pytest.approx(4, abs=0.1)
    assert abs(frequency - 440) < 2
    lossy = [note for note in writer.notes if f"audio: {codec} becomes" in note]
    assert len(lossy) == (becomes in ("aac", "opus"))


def test_slow_audio_keeps_its_depth(tmp_path: Path) -> None:
    """24 bits do not become 16 on the way."""
    given = lossless_clip(tmp_path / "a.mov", "pcm_s24le")
    copy(given, tmp_path / "b.mov", stretch=F(2))
    with av.open(str(tmp_path / "b.mov")) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    low_bytes = np.concatenate([f.ravel() for f in frames]) >> 8 & 0xFF
    assert np.unique(low_bytes).size > 100


def test_chapters_that_have_no_place_are_said(film: Path, tmp_path: Path) -> None:
    writer = copy(film, tmp_path / "a.avi")
    assert "left out: 2 chapters: avi files have no place for them" in writer.notes
    writer = copy(film, tmp_path / "b.avi", part=(F(3, 2), None))
    assert "left out: 1 chapter: avi files have no place for them" in writer.notes


def test_tempos() -> None:
    for stretch in (F(2), F(7, 3), F(20), F(1, 3)):
        chain = tempos(stretch)
        assert np.prod(chain) == pytest.approx(float(1 / stretch))
        assert all(0.499 < tempo <= 100 for tempo in chain)
    assert tempos(F(1)) == []


def test_mute(film: Path, tmp_path: Path) -> None:
    writer = copy(film, tmp_path / "a.mp4", mute=True)
    assert not any(kind == "audio" for kind, _ in kinds(tmp_path / "a.mp4"))
    assert not any("audio" in note for note in writer.notes)


# ---- failures


def test_source_of_the_sound_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        VideoWriter(tmp_path / "a.mp4", 64, 48, F(25), copy_from=tmp_path / "none.mp4")
    assert list(tmp_path.iterdir()) == []


def test_interruption_leaves_nothing(film: Path, tmp_path: Path) -> None:
    def interrupted() -> None:
        with VideoWriter(tmp_path / "a.mp4", 64, 48, F(25), copy_from=film) as writer:
            for index in range(20):
                writer.write(np.zeros((48, 64, 3), np.uint8), F(index, 25))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
