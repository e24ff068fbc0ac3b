"""What travels beside the picture: audio, subtitles, chapters, attachments, covers and tags.

Everything is copied as it is where the container accepts it. Otherwise audio is encoded anew,
text subtitles are turned into the container's own kind, and what has no place is left out; each
of these is said in a note.
"""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from av.stream import Discard

from ...errors import VfiError
from ...stopping import look
from ..containers import Container
from ..video.demux import explain, is_cover, is_shown_with, open_input, video_stream
from .audio import EncodedAudio, is_lossless, keeps_all, same_encoder
from .beside import Beside
from .copy_options import FAILURES, CopyOptions, TimeMap
from .output_streams import CopiedStream, EncodedSubtitles, OutputStream
from .packet_times import Timed, has_time
from .tags import lasting_tags, timed_tags, unheld
from .trial import Trial

_COVER_FILES = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}
_NEGLIGIBLE = Fraction(1, 10)  # seconds
_NEVER = Fraction(10**12)  # seconds


class StreamCopier:
    """Carries the other streams of a source into an output, in step with its video."""

    def __init__(
        self,
        options: CopyOptions,
        output: OutputContainer,
        container: Container,
        notes: list[str],
        rate: Fraction = Fraction(25),
    ) -> None:
        """`rate`: frames a second of the output, for its timecode."""
        self.options = options
        self._rate = rate
        self.delay = Fraction(0)
        self._output = output
        self._kind = container.name
        self._facts = container
        self._notes = notes
        self._source: InputContainer | None = None
        self._kept: dict[int, OutputStream] = {}
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        self._stopped: list[OutputStream] = []  # they failed, and are not asked again
        self._origin = options.origin or Fraction(0)
        self._pipe = options.source if isinstance(options.source, Beside) else None
        if isinstance(options.source, Path):
            self._source = open_input(options.source)
        elif self._pipe is not None:
            self._source = self._pipe.container
        if self._source is not None:
            self._choose()

    def describe_video(self, stream: Any) -> None:
        """Copy the tags of the source's video stream, as far as they still hold."""
        video = self._video()
        if video is not None:
            stream.metadata.update(self._tags(video.metadata))

    def _tags(self, tags: dict[str, str]) -> dict[str, str]:
        """Return what still holds of tags, with the timecode of the first frame that is written."""
        video = self._video()
        rate = video and (video.average_rate or video.guessed_rate)
        return timed_tags(lasting_tags(tags), rate, self.options.part[0], self._rate)

    def _video(self) -> Any:
        """Return the video stream whose pictures are written anew; None where there is none."""
        if self._source is None or self.options.source is None:
            return None
        if self._pipe is not None:
            return self._pipe.video
        if all(is_cover(stream) for stream in self._source.streams.video):
            return None
        assert isinstance(self.options.source, Path)
        return video_stream(self._source, self.options.source)

    def advance(self, time: Fraction) -> None:
        """Write everything that comes before `time`, in seconds of the output."""
        while True:
            look()
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                return
            kept = self._kept[packet.stream.index]
            if kept.time_of(packet) > time:
                self._waiting = packet
                return
            self._write(kept, kept.packets_of(packet))

    def finish(self) -> None:
        """Write the rest: audio and subtitles may go on after the last picture."""
        self.advance(_NEVER)
        for kept in self._kept.values():
            self._write(kept, kept.flush())
        self._tell_gaps()
        self.close()

    def _write(self, kept: OutputStream, packets: Iterator[Any]) -> None:
        """Write the packets that a kept makes; the picture goes on if it fails."""
        if kept in self._stopped:
            return
        while True:
            try:
                ready = next(packets, None)
            except (*FAILURES, VfiError) as error:
                self._stopped.append(kept)
                self._notes.append(f"{_title(kept)} ends early: {explain(error)}")
                return
            if ready is None:
                return
            self._output.mux(ready)

    def _tell_gaps(self) -> None:
        for kept in self._kept.values():
            gaps = kept.gaps
            if gaps.count:
                packets = "a packet" if gaps.count == 1 else f"{gaps.count} packets"
                self._notes.append(
                    f"{_title(kept)}: {packets} that cannot be used left out, "
                    f"from {float(max(gaps.first, Fraction(0))):.2f} s on"
                )

    def close(self) -> None:
        """Close the source."""
        self._packets = iter(())
        source, self._source = self._source, None
        if source is not None and self._pipe is None:
            source.close()

    # ---- choosing

    def _choose(self) -> None:
        source, options, video = self._source, self.options, self._video()
        assert source is not None
        if options.origin is None and video is not None and video.start_time is not None:
            self._origin = video.start_time * video.time_base
        self.delay = self._delay()
        if options.extras:
            self._set_tags(self._tags(source.metadata))
            self._set_chapters()
        for stream in source.streams:
            kept = None if stream is video else self._kept_stream(stream)
            if kept is not None:
                self._kept[stream.index] = kept
            elif self._pipe is None:
                stream.discard = Discard.all  # where the container allows, it is not even read
        if self._pipe is not None:
            self._pipe.take(self._kept)
            self._packets = Timed(self._pipe)
            return
        read = [s for s in source.streams if s.index in self._kept]
        self._packets = self._read(read)

    def _set_tags(self, tags: dict[str, str]) -> None:
        """Write the tags of the file; those that the container cannot hold are said."""
        facts, source = self._facts, self._source
        assert source is not None
        self._output.metadata.update(tags)
        others = unheld(tags, facts.tags)
        # By their names MP4 and MOV hold all tags, but then no cover.
        has_cover = facts.covers == "streams" and any(map(is_cover, source.streams.video))
        if others and facts.named_tags and not has_cover:
            self._output.options["movflags"] = "use_metadata_tags"
        elif others:
            self._notes.append(
                f"left out: tags ({', '.join(others)}): {self._kind} files have no place for them"
            )

    def _delay(self) -> Fraction:
        """Return by how much the video starts later than the audio.

        A tenth of a second does not count: that is mostly the run-in of the audio's encoder,
        which players cut, and the video would no longer start at 0.
        """
        source, options = self._source, self.options
        assert source is not None
        if options.part[0] or options.mute:
            return Fraction(0)
        starts = [
            s.start_time * s.time_base
            for s in source.streams.audio
            if s.start_time is not None and s.time_base
        ]
        early = self._origin - min(starts, default=self._origin)
        return early * options.stretch if early > _NEGLIGIBLE else Fraction(0)

    def _kept_stream(self, stream: Any) -> OutputStream | None:
        if stream.type == "audio":
            return self._audio(stream)
        if not self.options.extras:
            return None
        if stream.type == "subtitle":
            return self._subtitles(stream)
        if stream.type == "video" and is_cover(stream):
            return self._cover(stream)
        if self._source is not None and is_shown_with(stream, self._video(), self._source):
            return None
        if stream.type == "data" and self._source is not None and self._source.chapters():
            return None  # MP4 keeps its chapters in such a track
        if stream.type == "data" and "timecode" in stream.metadata and self._facts.timecode:
            return None  # it is a tag of the video, too, and written from there
        if stream.type == "attachment" and self._facts.attachments:
            name, kind = stream.name or "attachment", stream.mimetype or "application/octet-stream"
            self._output.add_attachment(name, kind, stream.data)
            return None
        self._leave(stream, "")
        return None

    def _audio(self, stream: Any) -> OutputStream | None:
        options = self.options
        if options.mute:
            return None
        if self._facts.audio is None or stream.codec_context is None:
            self._leave(stream, "")
            return None
        if self._is_empty(stream):
            self._leave(stream, "there is nothing in it")
            return None
        name = stream.codec_context.codec.name
        if options.stretch == 1 and options.copy_audio and self._can_hold(stream):
            copied = self._copied(stream)
            if copied is not None:
                return copied
        lossless = keeps_all(stream)
        encoder = self._facts.audio
        if lossless and options.copy_audio:
            same = same_encoder(name) if self._can_hold(stream) else None
            encoder = same or self._facts.lossless_audio or encoder
        try:
            kept = EncodedAudio(stream, self._output, encoder, self._clock())
        except (*FAILURES, VfiError) as error:
            self._leave(stream, explain(error))
            return None
        if options.stretch == 1:
            self._notes.append(f"audio: {name} becomes {encoder}: {self._kind} needs it")
        elif lossless and not is_lossless(encoder):
            self._notes.append(
                f"audio: {name} becomes {encoder}, with a little loss: {self._kind} needs it"
            )
        _describe(kept.stream, stream)
        return kept

    def _is_empty(self, stream: Any) -> bool:
        """Tell whether an audio stream is declared, but has no packet."""
        context = stream.codec_context
        if not context.sample_rate or not context.layout.nb_channels:
            return True
        if self._pipe is not None:
            return False  # who knows
        return not stream.frames and not self._first_bytes(stream.index)

    def _can_hold(self, stream: Any) -> bool:
        codec = stream.codec_context.codec
        taken = self._facts.audio_codecs
        if taken is not None and codec.canonical_name not in taken:
            return False
        return codec.name in self._output.supported_codecs

    def _subtitles(self, stream: Any) -> OutputStream | None:
        if stream.codec_context is None:
            self._leave(stream, "")
            return None
        codec = stream.codec_context.codec
        encoder = self._facts.subtitles
        # FFmpeg would put MP4's own kind into other containers, too.
        held = codec.name in self._output.supported_codecs and codec.name != "mov_text"
        if held or codec.name == encoder:
            copied = self._copied(stream)
            if copied is not None:
                return copied
        if encoder is None or not codec.text_sub:
            self._leave(stream, f"{self._kind} files cannot hold {codec.name}")
            return None
        try:
            kept = EncodedSubtitles(stream, self._output, encoder, self._clock())
        except FAILURES as error:
            self._leave(stream, explain(error))
            return None
        self._notes.append(f"subtitles: {codec.name} becomes {encoder}: {self._kind} needs it")
        _describe(kept.stream, stream)
        return kept

    def _cover(self, stream: Any) -> OutputStream | None:
        if self._pipe is not None:
            self._leave(stream, "a cover does not come through a pipe")
            return None
        codec = stream.codec_context.codec.canonical_name
        if self._facts.covers == "attachments" and codec in _COVER_FILES:
            # Matroska's covers are attachments with this name.
            name, mimetype = _COVER_FILES[codec]
            self._output.add_attachment(name, mimetype, self._first_bytes(stream.index))
            return None
        copied = self._copied(stream) if self._facts.covers == "streams" else None
        if copied is None:
            self._leave(stream, "")
        return copied

    def _first_bytes(self, index: int) -> bytes:
        """Return the first packet of a stream; nothing if there is none."""
        assert isinstance(self.options.source, Path)
        with open_input(self.options.source) as again, contextlib.suppress(*FAILURES):
            found = (bytes(p) for p in again.demux(again.streams[index]) if p.size)
            return next(found, b"")
        return b""

    def _copied(self, stream: Any) -> OutputStream | None:
        try:
            trial = Trial(self._kind, stream)
            out = self._output.add_stream_from_template(stream, opaque=True)
        except FAILURES:
            return None
        _describe(out, stream)
        flag: Any = av.format.Flags.ts_nonstrict
        strict = not self._output.format.flags & flag.value
        return CopiedStream(stream, out, self._clock(), trial, strict)

    def _clock(self) -> TimeMap:
        options = self.options
        start, end = options.part
        return TimeMap(
            start=self._origin + start,
            end=None if end is None else self._origin + end,
            stretch=options.stretch,
            delay=self.delay,
            from_beginning=start == 0,
        )

    def _leave(self, stream: Any, why: str) -> None:
        name = getattr(stream.codec_context, "name", None) or "data"
        why = why or f"{self._kind} files have no place for it"
        self._notes.append(f"left out: {stream.type} stream {stream.index} ({name}): {why}")

    def _read(self, streams: list[Any]) -> Iterator[Any]:
        if not streams or self._source is None:
            return
        ends: dict[int, int] = {}
        try:
            for packet in self._source.demux(streams):
                # The flush packets at the end are empty.
                if packet.size and has_time(packet, ends):
                    yield packet
        except FAILURES as error:
            self._notes.append(f"what comes beside the picture ends early: {explain(error)}")

    def _set_chapters(self) -> None:
        """Move the chapters with the video, and cut them to the part that is written."""
        assert self._source is not None
        clock, chapters = self._clock(), []
        tick = Fraction(1, 1_000_000)
        for chapter in self._source.chapters():
            base = chapter["time_base"] or tick
            start = max(clock.to_output(chapter["start"] * base), Fraction(0))
            end = clock.to_output(min(chapter["end"] * base, clock.end or _NEVER))
            if end > start:
                times = {"start": round(start / tick), "end": round(end / tick), "time_base": tick}
                chapters.append(dict(chapter) | times)
        if chapters and self._facts.chapters:
            self._output.set_chapters(chapters)  # type: ignore[arg-type]
        elif chapters:
            number = "1 chapter" if len(chapters) == 1 else f"{len(chapters)} chapters"
            self._notes.append(f"left out: {number}: {self._kind} files have no place for them")


def _title(kept: OutputStream) -> str:
    kind = {"audio": "audio", "subtitle": "subtitles"}.get(kept.stream.type, "a cover")
    return f"{kind} (stream {kept.stream.index} of the result)"


def _describe(out: Any, stream: Any) -> None:
    """Give a stream the language, title and other tags of the one it comes from."""
    out.metadata.update(lasting_tags(stream.metadata))
    with contextlib.suppress(AttributeError, TypeError):
        out.disposition = stream.disposition
