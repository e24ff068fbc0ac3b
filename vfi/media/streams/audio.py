"""Audio that is encoded anew: for containers that cannot hold it, and for slow motion."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.filter import Graph

from ...errors import OutputError
from .copy_options import FAILURES, TimeMap
from .output_streams import Gaps, stamp

_BITS_PER_CHANNEL = {"aac": 96_000, "libopus": 80_000, "libmp3lame": 96_000}
_MOST_CHANNELS = {"libmp3lame": 2}
_RATES = {"libopus": (48_000,), "libmp3lame": (32_000, 44_100, 48_000)}
_SLOWEST = 0.5  # of one atempo filter; slower needs several


class EncodedAudio:
    """An audio track, decoded, cut to the sample, stretched with its pitch kept, and encoded."""

    def __init__(self, source: Any, output: OutputContainer, encoder: str, clock: TimeMap) -> None:
        self.gaps = Gaps()
        self._source = source
        self._base: Fraction = source.time_base
        self._clock = clock
        context = source.codec_context
        self._rate = _fitting_rate(encoder, context.sample_rate)
        layout = _fitting_layout(encoder, context.layout)
        self.stream: Any = output.add_stream(encoder, rate=self._rate)
        coder: Any = self.stream.codec_context
        coder.layout = layout
        if encoder in _BITS_PER_CHANNEL:
            coder.bit_rate = _BITS_PER_CHANNEL[encoder] * coder.layout.nb_channels
        else:
            coder.format = _fitting_format(encoder, context.format)
        self._graph: Graph | None = None
        self._samples = 0  # written so far, which is where the next ones belong
        self._done = False

    def time_of(self, packet: Any) -> Fraction:
        return self._clock.to_output(stamp(packet) * self._base)

    def packets_of(self, packet: Any) -> Iterator[Any]:
        clock, base = self._clock, self._base
        begin = stamp(packet) * base
        end = begin + (packet.duration or 0) * base
        # Decoders need a few packets before the first sample that counts.
        needed = clock.start - clock.delay / clock.stretch - 1
        if self._done or end < needed or (clock.end is not None and begin > clock.end):
            return
        try:
            frames = packet.decode()
        except FAILURES:
            self.gaps.add(self.time_of(packet))
            return  # a damaged bit of audio becomes silence: the filter fills the gap
        for frame in frames:
            yield from self._encode(self._filter(frame))

    def flush(self) -> Iterator[Any]:
        if self._done:
            return
        self._done = True
        for frame in self._last_frames():
            yield from self._encode(self._filter(frame))
        if self._graph is not None:
            self._graph.push(None)
            yield from self._encode(self._pull())
        yield from self.stream.encode(None)

    def _last_frames(self) -> list[Any]:
        try:
            return list(self._source.codec_context.decode(None))
        except FAILURES:
            return []

    def _filter(self, frame: Any) -> list[Any]:
        """Put a decoded frame in at its time from the start of the part, take out what is ready."""
        if frame.pts is None:
            return []
        clock = self._clock
        time = frame.pts * frame.time_base - clock.start + clock.delay / clock.stretch
        rate = frame.sample_rate
        frame.time_base = Fraction(1, rate)
        frame.pts = round(time * rate)
        if self._graph is None:
            self._graph = self._graph_for(frame)
        self._graph.push(frame)
        return self._pull()

    def _graph_for(self, frame: Any) -> Graph:
        clock = self._clock
        graph = Graph()
        trim: dict[str, str] = {"start": "0"}
        if clock.end is not None:
            trim["end"] = f"{float(clock.end - clock.start + clock.delay / clock.stretch):.9f}"
        nodes = [
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format,
                layout=frame.layout,
                time_base=frame.time_base,
            ),
            graph.add("atrim", **trim),
            # Silence where the audio starts late or has gaps; samples are never squeezed.
            graph.add("aresample", **{"async": "1", "first_pts": "0", "min_hard_comp": "0.05"}),
            *(graph.add("atempo", f"{tempo:.12f}") for tempo in tempos(clock.stretch)),
            graph.add(
                "aformat",
                sample_fmts=self.stream.codec_context.format.name,
                sample_rates=str(self._rate),
                channel_layouts=self.stream.codec_context.layout.name,
            ),
            graph.add("abuffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph

    def _pull(self) -> list[Any]:
        frames: list[Any] = []
        while self._graph is not None:
            try:
                frames.append(self._graph.pull())
            except (av.BlockingIOError, av.EOFError):
                break
        return frames

    def _encode(self, frames: list[Any]) -> Iterator[Any]:
        for frame in frames:
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._samples
            self._samples += frame.samples
            yield from self.stream.encode(frame)


def keeps_all(stream: Any) -> bool:
    """Tell whether a stream is stored without loss (DTS may be or not)."""
    codec = stream.codec_context.codec
    return bool(codec.lossless) and codec.canonical_name != "dts"


def is_lossless(encoder: str) -> bool:
    """Tell whether one of our encoders loses nothing."""
    return encoder not in _BITS_PER_CHANNEL


def same_encoder(codec: str) -> str | None:
    """Return what writes this very kind of lossless audio; None: nothing."""
    if codec in ("flac", "alac") or codec.startswith("pcm_"):
        with contextlib.suppress(ValueError, av.FFmpegError):
            return av.Codec(codec, "w").name
    return None


def tempos(stretch: Fraction) -> list[float]:
    """Return the tempos of a chain of filters that together slow down by `stretch`."""
    if stretch == 1:
        return []
    count = 1
    while float(1 / stretch) ** (1 / count) < _SLOWEST:
        count += 1
    return [float(1 / stretch) ** (1 / count)] * count


def _fitting_rate(encoder: str, rate: int) -> int:
    there = _RATES.get(encoder)
    if there is None:
        there = tuple(av.Codec(encoder, "w").audio_rates or ())
    if not there or rate in there:
        return rate
    return min((r for r in there if r >= rate), default=max(there))


def _fitting_format(encoder: str, source: Any) -> str:
    """Return the encoder's sample format that is as deep as the source's, or deeper."""
    there = [f.name for f in av.Codec(encoder, "w").audio_formats or []]
    deep = [f for f in there if av.AudioFormat(f).bytes >= source.bytes]
    if not deep:
        return max(there, key=lambda f: av.AudioFormat(f).bytes)
    return min(deep, key=lambda f: (av.AudioFormat(f).bytes, f != source.name))


def _fitting_layout(encoder: str, layout: Any) -> str:
    """Return a layout of channels that the encoder takes."""
    if layout.nb_channels > _MOST_CHANNELS.get(encoder, 8):
        return "stereo"
    known = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
    try:
        return known[layout.nb_channels]
    except KeyError:
        raise OutputError(f"audio of {layout.nb_channels} channels cannot be encoded") from None
