"""Writing a video: frames at exact times, and beside them all that the source had."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from ...errors import OutputError, UsageError, VfiError
from ...memory import blame_shortage
from ..containers import CONTAINERS, container_of
from ..frame import VideoInfo
from ..output import reason, replacing
from ..pictures.images import convert_depth
from ..streams.copier import StreamCopier
from ..streams.copy_options import FAILURES, CopyOptions, fallbacks
from .codecs import choose_codec
from .colour import Converter, is_full_range, matrix_of
from .decoded_frame import DecodedFrame
from .encoding import (
    check_rate,
    check_size,
    encoder_options,
    output_colour,
    quiet_encoder,
    tick_of,
    usual_codec,
)
from .gif_encoder import GifEncoder
from .palette import Palette
from .pixel_formats import Wanted, check_pixel_format, choose_pixel_format

_USUAL_RATE = Fraction(25)  # in the header of a file without a rate
_ABSURD = 100_000  # seconds between decoding and showing a frame


class VideoWriter:
    """Writes one video file; a context manager.

    The file has a temporary name until the block is left without an exception, and an exception
    (KeyboardInterrupt too) removes it. What the container and the codec cannot do is found out
    here, before the first frame; what they do differently is said in `notes`.

    path: the suffix chooses the container: .mp4 .m4v .mov .mkv .webm .avi .gif
    width, height: of the frames, in pixels; kept exactly, odd ones too.
    frame_rate: frames a second; None for a variable rate, where `time_base` is the tick.
    like: the video that the frames come from: its colour tags, matrix, range, depth, pixel shape
        and (for lossless codecs) pixel format are kept.
    codec: h264 (default), h265, av1, vp9 (default in WebM), prores, ffv1, png, qtrle, gif.
    quality: the encoder's own scale (crf; quantiser of ProRes), lower is better; None: 16 for
        H.264.
    bit_depth, alpha: of the frames; None: as `like` has them, 8 and none without it.
    copy_from: the file whose sound, subtitles, chapters, attachments and tags are taken along.
    part: (start, end) in seconds of that file's video, if only that part is written.
    stretch: how many times longer everything lasts (slow motion; the pitch of the sound is kept).
    mute: leave the sound out.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        width: int,
        height: int,
        frame_rate: Fraction | None,
        like: VideoInfo | None = None,
        codec: str | None = None,
        quality: int | None = None,
        preset: str | None = None,
        pixel_format: str | None = None,
        copy_from: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
        *,
        time_base: Fraction | None = None,
        bit_depth: int | None = None,
        alpha: bool | None = None,
        part: tuple[Fraction, Fraction | None] = (Fraction(0), None),
        stretch: Fraction = Fraction(1),
        mute: bool = False,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path)
        self.notes: list[str] = []
        self.frames_written = 0
        container = container_of(self.path.suffix, self.path)
        self._name, chosen = choose_codec(codec or usual_codec(container, like), container)
        self._codec = chosen
        check_size(width, height)
        check_rate(frame_rate, container, time_base)
        self._shape = (height, width)
        self._rate = frame_rate
        self._tick = tick_of(frame_rate, time_base, like, container)
        facts = CONTAINERS[container]
        self._shortest = facts.shortest if self._tick == facts.tick else 1  # ticks of a frame
        self._last_time: Fraction | None = None
        wanted = Wanted(
            bits=bit_depth or (like.bit_depth if like else 8),
            alpha=(like.has_alpha if like else False) if alpha is None else alpha,
            width=width,
            height=height,
            source_format=like.pixel_format if like else None,
            container=container,
        )
        self._format = self._pixel_format(pixel_format, wanted)
        self._colour = output_colour(like, self._format, width, height, container, chosen)
        self._converter = Converter(
            matrix_of(self._colour, width, height), is_full_range(self._colour, self._format)
        )
        self._palette = Palette(width, height, wanted.alpha) if self._format == "pal8" else None
        self._options = encoder_options(
            chosen, container, quality, preset, like.hdr if like else None, options
        )
        self._aspect = like.sample_aspect_ratio if like else Fraction(1)
        source = Path(copy_from) if copy_from is not None else None
        origin = like.start if like is not None and like.path == source else None
        policy = CopyOptions(source, part, stretch, mute, origin)
        self._pending: tuple[av.VideoFrame, int] | None = None
        self._durations: dict[int, int] = {}
        self._stack = contextlib.ExitStack()
        temporary = self._stack.enter_context(replacing(self.path, overwrite))
        self._container: OutputContainer | None = None
        self._stream: Any = None
        self._encoder: Any = None
        self._alpha = wanted.alpha
        self._streams: StreamCopier | None = None
        try:
            self._open(temporary, container, policy)
        except BaseException:
            self.abort()
            raise

    # ---- opening

    def _pixel_format(self, asked: str | None, wanted: Wanted) -> str:
        if asked is not None:
            check_pixel_format(asked, self._codec, wanted.width, wanted.height)
            return asked
        chosen, notes = choose_pixel_format(self._codec, wanted)
        self.notes += notes
        return chosen

    def _open(self, temporary: Path, container: str, policy: CopyOptions) -> None:
        """Write the header, taking along as much of the source as the container accepts."""
        attempts = fallbacks(policy)
        said = list(self.notes)
        for number, (plan, note) in enumerate(attempts):
            self.notes[:] = [*said, note] if note else said
            try:
                self._try_open(temporary, container, plan)
            except VfiError:
                raise
            except FAILURES as error:
                self._abandon()
                if number + 1 == len(attempts):
                    raise self._failure(error) from error
                continue
            return

    def _try_open(self, temporary: Path, container: str, plan: CopyOptions) -> None:
        self._container = av.open(f"file:{temporary}", "w", format=container)
        self._stream = self._container.add_stream(
            self._codec.encoder, rate=self._rate or _USUAL_RATE, time_base=self._tick
        )
        context: Any = self._stream.codec_context
        context.width, context.height = self._shape[1], self._shape[0]
        context.pix_fmt = self._format
        context.time_base = self._tick
        context.sample_aspect_ratio = self._aspect
        context.options = dict(self._options)
        if self._codec.encoder == "libx265" and container in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # the only one that Apple's players take
        if self._codec.encoder == "prores_ks":
            context.options["profile"] = "4" if "444" in self._format else "3"
        colour = self._colour
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer
        context.colorspace = colour.matrix
        context.color_range = {None: 0, False: 1, True: 2}[colour.full_range]
        self._stream.time_base = self._tick
        self._encoder = self._stream
        if self._palette is not None:
            height, width = self._shape
            self._encoder = GifEncoder(self._stream, width, height, self._alpha)
        self._streams = StreamCopier(
            plan, self._container, container, self.notes, self._rate or _USUAL_RATE
        )
        self._streams.describe_video(self._stream)
        with quiet_encoder():
            self._container.start_encoding()

    def _failure(self, error: Exception) -> OutputError:
        blame_shortage(error)
        return OutputError(f"cannot write {self.path}: {reason(error)}")

    # ---- frames

    def write(
        self, pixels: NDArray[Any], time: Fraction, native: DecodedFrame | None = None
    ) -> None:
        """Add a frame, (H, W, 3 or 4) uint8 or uint16 RGB(A), shown from `time` seconds on.

        Floats (1.0 = white), as sequences of EXR pictures have them, are clipped to 16 bits.
        Times increase; each is rounded to the nearest tick of the file that is free.
        native: the same frame as it was decoded, whose samples are taken over as they are where
        this file stores frames in the same way.
        """
        if self._container is None:
            raise UsageError(f"{self.path} is closed already")
        if pixels.shape[:2] != self._shape or pixels.ndim != 3:
            raise UsageError(f"a frame of {self.path} is {self._shape} pixels, not {pixels.shape}")
        if pixels.dtype == np.float32:
            pixels = convert_depth(pixels, ".png")
        if pixels.dtype not in (np.uint8, np.uint16):
            raise UsageError(f"a frame is uint8 or uint16, not {pixels.dtype}")
        if self._last_time is not None and time <= self._last_time:
            raise UsageError(f"frames come in order: {float(time):.6f} s is not after the last")
        self._last_time = time
        tick = self._tick_at(time)
        if self._pending is not None:
            tick = max(tick, self._pending[1] + self._shortest)
        frame = self._frame_of(pixels, native)
        frame.pts, frame.time_base = tick, self._tick
        with self._failing():
            self._encode_pending(tick)
        self._pending = (frame, tick)
        self.frames_written += 1

    def _frame_of(self, pixels: NDArray[Any], native: DecodedFrame | None) -> av.VideoFrame:
        if self._palette is not None:
            return self._palette.frame(pixels)
        converter, frame = self._converter, None
        if native is not None:
            frame = native.copy_for(
                self._format, self._shape, converter.matrix, converter.full_range
            )
        if frame is None:
            frame = converter.from_rgb(pixels, self._format)
        frame.color_primaries, frame.color_trc = self._colour.primaries, self._colour.transfer
        frame.colorspace = self._colour.matrix
        return frame

    @property
    def _delay(self) -> Fraction:
        """How long after the start of the file the first frame is shown."""
        return self._streams.delay if self._streams else Fraction(0)

    def _tick_at(self, time: Fraction) -> int:
        return floor((time + self._delay) / self._tick + Fraction(1, 2))

    def _encode_pending(self, next_tick: int) -> None:
        """Encode the frame that waited for its duration to be known."""
        if self._pending is None:
            return
        frame, tick = self._pending
        self._pending = None
        frame.duration = self._durations[tick] = next_tick - tick
        assert self._streams is not None
        self._streams.advance(tick * self._tick)
        self._mux(self._encoder.encode(frame))

    def _mux(self, encoded: list[Any]) -> None:
        assert self._container is not None
        for packet in encoded:
            # Encoders forget durations; the last one decides where the file ends.
            ticks = packet.pts * packet.time_base / self._tick
            packet.duration = round(
                self._durations.pop(round(ticks), 0) * self._tick / packet.time_base
            )
            # x265 leaves the decoding times of a clip of two frames to chance.
            if packet.dts is None or not 0 <= packet.pts - packet.dts < _ABSURD / packet.time_base:
                packet.dts = packet.pts
            self._container.mux(packet)

    # ---- closing

    def close(self, end: Fraction | None = None) -> None:
        """Finish the file and give it its name. `end`: when the last frame is over, in seconds.

        Without it the last frame lasts one frame of the rate, or as long as the one before.
        Raises OutputError if no frame was written or the disk is full.
        """
        if self._container is None:
            return
        try:
            if self._pending is None:
                raise OutputError(f"cannot write {self.path}: there are no frames")
            with self._failing():
                self._finish(end)
            self._stack.close()
        except BaseException:
            self.abort()
            raise

    def _finish(self, end: Fraction | None) -> None:
        assert self._pending is not None
        assert self._streams is not None
        assert self._container is not None
        tick = self._pending[1]
        if end is not None:
            stop = self._tick_at(end)
        elif self._rate is not None:
            stop = round((tick * self._tick + 1 / self._rate) / self._tick)
        else:
            stop = tick + max(self._durations.values(), default=round(Fraction(1, 25) / self._tick))
        stop = max(stop, tick + self._shortest)
        self._encode_pending(stop)
        self._mux(self._encoder.encode(None))
        self._streams.finish()
        container, self._container = self._container, None
        container.close()

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._pending = None
        self._abandon()
        with contextlib.suppress(_Abort):
            self._stack.__exit__(_Abort, _Abort(), None)
        self._stack = contextlib.ExitStack()

    def _abandon(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams.close()
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(*FAILURES):
                container.close()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except VfiError:
            raise
        except FAILURES as error:
            raise self._failure(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


class _Abort(Exception):
    """Tells `replacing` that the file is not wanted."""
