"""Writing a video: frames at exact times, and beside them all that the source had."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from ..depth import converted
from ..frame import VideoInfo
from ..options import EncodingOptions
from ..output import reason, replacing
from ..streams.copier import StreamCopier
from ..streams.copy_options import FAILURES, CopyOptions, fallbacks
from .decoded_frame import DecodedFrame
from .encoding import EncodingPlan, quiet_encoder, resolve_encoding
from .gif_encoder import GifEncoder
from .palette import Palette

_USUAL_RATE = Fraction(25)  # in the header of a file without a rate
_ABSURD = 100_000  # seconds between decoding and showing a frame


class PlanWriter:
    """Writes one video file as planned; a context manager.

    The file has a temporary name until the block is left without an exception, and an exception
    (KeyboardInterrupt too) removes it. `notes` say what the file does differently than wanted.

    plan: how; see `resolve_encoding`.
    copied: what is taken along from where, beside the picture.
    """

    def __init__(self, plan: EncodingPlan, copied: CopyOptions, overwrite: bool = False) -> None:
        self.plan = plan
        self.notes = list(plan.notes)
        self.frames_written = 0
        self._shape = (plan.height, plan.width)
        self._rate, self._tick = plan.rate, plan.tick
        self._converter = plan.converter()
        uses_palette = plan.pixel_format == "pal8"
        self._palette = Palette(plan.width, plan.height, plan.alpha) if uses_palette else None
        self._last_time: Fraction | None = None
        self._pending: tuple[av.VideoFrame, int] | None = None
        self._durations: dict[int, int] = {}
        self._container: OutputContainer | None = None
        self._stream: Any = None
        self._encoder: Any = None
        self._streams: StreamCopier | None = None
        self._stack = contextlib.ExitStack()
        temporary = self._stack.enter_context(replacing(plan.path, overwrite))
        try:
            self._open(temporary, copied)
        except BaseException:
            self.abort()
            raise

    @property
    def path(self) -> Path:
        """The file's final name."""
        return self.plan.path

    # ---- opening

    def _open(self, temporary: Path, copied: CopyOptions) -> None:
        """Write the header, taking along as much of the source as the container accepts."""
        attempts = fallbacks(copied)
        said = list(self.notes)
        for number, (options, note) in enumerate(attempts):
            self.notes[:] = [*said, note] if note else said
            try:
                self._try_open(temporary, options)
            except VfiError:
                raise
            except FAILURES as error:
                self._abandon()
                if number + 1 == len(attempts):
                    raise self._failure(error) from error
                continue
            return

    def _try_open(self, temporary: Path, copied: CopyOptions) -> None:
        plan = self.plan
        rate = plan.rate or _USUAL_RATE
        self._container = av.open(f"file:{temporary}", "w", format=plan.container.name)
        self._stream = self._container.add_stream(plan.encoder.name, rate=rate, time_base=plan.tick)
        self._describe(self._stream.codec_context)
        self._stream.time_base = plan.tick
        self._encoder = self._stream
        if self._palette is not None:
            self._encoder = GifEncoder(self._stream, plan.width, plan.height, plan.alpha)
        self._streams = StreamCopier(copied, self._container, plan.container, self.notes, rate)
        self._streams.describe_video(self._stream)
        with quiet_encoder():
            self._container.start_encoding()

    def _describe(self, context: Any) -> None:
        """Tell the encoder what it is to make."""
        plan, colour = self.plan, self.plan.colour
        context.width, context.height = plan.width, plan.height
        context.pix_fmt = plan.pixel_format
        context.time_base = plan.tick
        context.sample_aspect_ratio = plan.sample_aspect_ratio
        context.options = dict(plan.options)
        tag = plan.codec.tags.get(plan.container.name)
        if tag is not None:
            context.codec_tag = tag
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer
        context.colorspace = colour.matrix
        context.color_range = {None: 0, False: 1, True: 2}[colour.full_range]

    def _failure(self, error: Exception) -> OutputError:
        blame_shortage(error)
        return OutputError(f"cannot write {self.path}: {reason(error)}")

    # ---- frames

    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        """Add a frame, (H, W, 3 or 4) uint8 or uint16 RGB(A), shown from `time` seconds on.

        Floats (1.0 = white), as sequences of EXR pictures have them, are clipped to 16 bits.
        Times increase; each is rounded to the nearest tick of the file that is free.
        decoded: the same frame as it was decoded, whose samples are taken over as they are where
        this file stores frames in the same way.
        """
        if self._container is None:
            raise UsageError(f"{self.path} is closed already")
        if pixels.shape[:2] != self._shape or pixels.ndim != 3:
            raise UsageError(f"a frame of {self.path} is {self._shape} pixels, not {pixels.shape}")
        if pixels.dtype == np.float32:
            pixels = converted(pixels, np.uint16)
        if pixels.dtype not in (np.uint8, np.uint16):
            raise UsageError(f"a frame is uint8 or uint16, not {pixels.dtype}")
        if self._last_time is not None and time <= self._last_time:
            raise UsageError(f"frames come in order: {float(time):.6f} s is not after the last")
        self._last_time = time
        tick = self._tick_at(time)
        if self._pending is not None:
            tick = max(tick, self._pending[1] + self.plan.shortest)
        frame = self._frame_of(pixels, decoded)
        frame.pts, frame.time_base = tick, self._tick
        with self._failing():
            self._encode_pending(tick)
        self._pending = (frame, tick)
        self.frames_written += 1

    def _frame_of(self, pixels: NDArray[Any], decoded: DecodedFrame | None) -> av.VideoFrame:
        if self._palette is not None:
            return self._palette.frame(pixels)
        converter, frame = self._converter, None
        if decoded is not None:
            frame = decoded.copy_for(
                self.plan.pixel_format, self._shape, converter.matrix, converter.full_range
            )
        if frame is None:
            frame = converter.from_rgb(pixels, self.plan.pixel_format)
        frame.color_primaries, frame.color_trc = (
            self.plan.colour.primaries,
            self.plan.colour.transfer,
        )
        frame.colorspace = self.plan.colour.matrix
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
        stop = max(stop, tick + self.plan.shortest)
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


class VideoWriter(PlanWriter):
    """Writes one video file; a context manager.

    The file has a temporary name until the block is left without an exception, and an exception
    (KeyboardInterrupt too) removes it. What the container and the codec cannot do is found out
    here, before the first frame; what they do differently is said in `notes`.

    path: the suffix chooses the container: .mp4 .m4v .mov .mkv .webm .avi .gif
    width, height: of the frames, in pixels; kept exactly, odd ones too.
    frame_rate: frames a second; None for a variable rate, where `time_base` is the tick.
    like: the video that the frames come from: its colour tags, matrix, range, depth, pixel shape
        and (for lossless codecs) pixel format are kept.
    codec, quality, preset, pixel_format, encoder_options: as in `EncodingOptions`.
    copy_from: the file whose audio, subtitles, chapters, attachments and tags are taken along.
    bit_depth, alpha: of the frames; None: as `like` has them, 8 and none without it.
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
        encoder_options: Mapping[str, str] | None = None,
    ) -> None:
        path = Path(path)
        info = like or _of_arrays(path, width, height, frame_rate)
        info = replace(
            info,
            time_base=info.time_base if time_base is None else time_base,
            bit_depth=info.bit_depth if bit_depth is None else bit_depth,
            has_alpha=info.has_alpha if alpha is None else alpha,
        )
        asked = EncodingOptions(codec, quality, preset, False, pixel_format, encoder_options or {})
        plan = resolve_encoding(path, info, asked, frame_rate, (width, height))
        source = Path(copy_from) if copy_from is not None else None
        origin = like.start if like is not None and like.path == source else None
        super().__init__(plan, CopyOptions(source, origin=origin), overwrite)


def _of_arrays(path: Path, width: int, height: int, rate: Fraction | None) -> VideoInfo:
    """What is known of frames that come from nowhere: they are RGB."""
    usual = rate or _USUAL_RATE
    tick = 1 / usual if rate else Fraction(1, 90_000)
    return VideoInfo(
        path, width, height, usual, tick, Fraction(0), None, "", "", 8, is_sequence=True
    )


class _Abort(Exception):
    """Tells `replacing` that the file is not wanted."""
