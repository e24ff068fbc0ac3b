"""Writing a video: frames at exact times, and beside them all that the source had."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil, floor, lcm
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from ..errors import OutputError, UsageError, VfiError
from .codecs import (
    Codec,
    Wanted,
    check_pixel_format,
    choose_codec,
    choose_pixel_format,
    container_of,
)
from .colour import BT709, Converter, format_facts, info_matrix, is_full_range, matrix_of
from .companions import Companions, Policy, plans
from .frame import Colour, VideoInfo
from .output import reason, replacing

_FAILURES = (av.FFmpegError, OSError, ValueError)
_COARSEST_TICK = 10_000  # ticks a second
_FINEST_TICK = 10_000_000  # beyond that, 32-bit time scales run out of room


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
    quality: the encoder's own scale (crf), lower is better; None: 16 for H.264.
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
        self._name, chosen = choose_codec(codec, container)
        self._codec = chosen
        _check_size(width, height)
        _check_rate(frame_rate, container, time_base)
        self._shape = (height, width)
        self._rate = frame_rate
        self._tick = _tick_of(frame_rate, time_base, like, container)
        wanted = Wanted(
            bits=bit_depth or (like.bit_depth if like else 8),
            alpha=(like.has_alpha if like else False) if alpha is None else alpha,
            width=width,
            height=height,
            source_format=like.pixel_format if like else None,
        )
        self._format = self._pixel_format(pixel_format, wanted)
        self._colour = _output_colour(like, self._format, width, height, container)
        self._converter = Converter(
            matrix_of(self._colour, width, height), is_full_range(self._colour, self._format)
        )
        self._options = _encoder_options(chosen, quality, preset, options)
        self._aspect = like.sample_aspect_ratio if like else Fraction(1)
        source = Path(copy_from) if copy_from is not None else None
        policy = Policy(source, part, stretch, mute, like.start if like else Fraction(0))
        self._pending: tuple[av.VideoFrame, int] | None = None
        self._durations: dict[int, int] = {}
        self._stack = contextlib.ExitStack()
        temporary = self._stack.enter_context(replacing(self.path, overwrite))
        self._container: OutputContainer | None = None
        self._stream: Any = None
        self._companions: Companions | None = None
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

    def _open(self, temporary: Path, container: str, policy: Policy) -> None:
        """Write the header, taking along as much of the source as the container accepts."""
        attempts = plans(policy)
        for number, plan in enumerate(attempts):
            notes: list[str] = []
            try:
                self._try_open(temporary, container, plan, notes)
            except _FAILURES as error:
                self._abandon()
                if isinstance(error, UsageError) or number + 1 == len(attempts):
                    raise self._failure(error) from error
                continue
            self.notes += notes
            return

    def _try_open(self, temporary: Path, container: str, plan: Policy, notes: list[str]) -> None:
        self._container = av.open(f"file:{temporary}", "w", format=container)
        self._stream = self._container.add_stream(
            self._codec.encoder, rate=self._rate or 25, time_base=self._tick
        )
        context: Any = self._stream.codec_context
        context.width, context.height = self._shape[1], self._shape[0]
        context.pix_fmt = self._format
        context.time_base = self._tick
        context.sample_aspect_ratio = self._aspect
        context.options = dict(self._options)
        if self._codec.encoder == "prores_ks":
            context.options["profile"] = "4" if "444" in self._format else "3"
        colour = self._colour
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer
        context.colorspace = colour.matrix
        context.color_range = {None: 0, False: 1, True: 2}[colour.full_range]
        self._stream.time_base = self._tick
        self._companions = Companions(plan, self._container, container, notes)
        self._companions.describe_video(self._stream)
        with _quiet_encoder():
            self._container.start_encoding()

    def _failure(self, error: BaseException) -> BaseException:
        if isinstance(error, VfiError):
            return error
        why = reason(error) if isinstance(error, OSError) else str(error)
        return OutputError(f"cannot write {self.path}: {why}")

    # ---- frames

    def write(self, pixels: NDArray[Any], time: Fraction) -> None:
        """Add a frame, (H, W, 3 or 4) uint8 or uint16 RGB(A), shown from `time` seconds on.

        Times increase; each is rounded to the nearest tick of the file.
        """
        if self._container is None:
            raise UsageError(f"{self.path} is closed already")
        if pixels.shape[:2] != self._shape or pixels.ndim != 3:
            raise UsageError(f"a frame of {self.path} is {self._shape} pixels, not {pixels.shape}")
        if pixels.dtype not in (np.uint8, np.uint16):
            raise UsageError(f"a frame is uint8 or uint16, not {pixels.dtype}")
        tick = self._tick_at(time)
        if self._pending is not None and tick <= self._pending[1]:
            raise UsageError(f"frames come in order: {float(time):.6f} s is not after the last")
        frame = self._converter.from_rgb(pixels, self._format)
        frame.pts, frame.time_base = tick, self._tick
        frame.color_primaries, frame.color_trc = self._colour.primaries, self._colour.transfer
        frame.colorspace = self._colour.matrix
        with self._failing():
            self._encode_pending(tick)
        self._pending = (frame, tick)
        self.frames_written += 1

    @property
    def _delay(self) -> Fraction:
        """How long after the start of the file the first frame is shown."""
        return self._companions.delay if self._companions else Fraction(0)

    def _tick_at(self, time: Fraction) -> int:
        return floor((time + self._delay) / self._tick + Fraction(1, 2))

    def _encode_pending(self, next_tick: int) -> None:
        """Encode the frame that waited for its duration to be known."""
        if self._pending is None:
            return
        frame, tick = self._pending
        self._pending = None
        frame.duration = self._durations[tick] = next_tick - tick
        assert self._companions is not None
        self._companions.advance(tick * self._tick)
        self._mux(self._stream.encode(frame))

    def _mux(self, encoded: list[Any]) -> None:
        assert self._container is not None
        for packet in encoded:
            # Encoders forget durations; the last one decides where the file ends.
            ticks = packet.pts * packet.time_base / self._tick
            packet.duration = round(
                self._durations.pop(round(ticks), 0) * self._tick / packet.time_base
            )
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
        assert self._companions is not None
        assert self._container is not None
        tick = self._pending[1]
        if end is not None:
            stop = self._tick_at(end)
        elif self._rate is not None:
            stop = round((tick * self._tick + 1 / self._rate) / self._tick)
        else:
            stop = tick + max(self._durations.values(), default=round(Fraction(1, 25) / self._tick))
        stop = max(stop, tick + 1)
        self._encode_pending(stop)
        self._mux(self._stream.encode(None))
        self._companions.finish(stop * self._tick)
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
        companions, self._companions = self._companions, None
        if companions is not None:
            companions.close()
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(*_FAILURES):
                container.close()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except _FAILURES as error:
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


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= 65535 and 0 < height <= 65535):
        raise UsageError(f"a video of {width}x{height} pixels cannot be written")


def _check_rate(rate: Fraction | None, container: str, time_base: Fraction | None) -> None:
    if rate is not None and rate <= 0:
        raise UsageError(f"the frame rate must be positive, not {rate}")
    if time_base is not None and time_base <= 0:
        raise UsageError(f"the time base must be positive, not {time_base}")
    if rate is None and container == "avi":
        raise UsageError("AVI files have a constant frame rate; choose .mkv or .mp4")


def _tick_of(
    rate: Fraction | None, time_base: Fraction | None, like: VideoInfo | None, container: str
) -> Fraction:
    """Return a tick in which every frame of the rate, and every tick asked for, is whole.

    It is finer than 0.1 ms, so that frames off the grid of the rate have a place too; but in AVI,
    which knows only frame numbers, it is one frame.
    """
    if container == "avi" and rate is not None:
        return 1 / rate
    wanted = [1 / rate] if rate is not None else []
    if time_base is not None:
        wanted.append(time_base)
    elif rate is None:
        wanted.append(like.time_base if like else Fraction(1, 90_000))
    ticks = lcm(*(w.denominator for w in wanted))  # a second
    ticks *= ceil(Fraction(_COARSEST_TICK) / ticks)
    return Fraction(1, min(ticks, _FINEST_TICK))


def _output_colour(
    like: VideoInfo | None, pixel_format: str, width: int, height: int, container: str
) -> Colour:
    """Return the tags to write: the source's own, made explicit where a reader would guess wrong.

    Frames that were RGB on disk (pictures, GIF) become BT.709, limited range.
    """
    is_rgb, grey = format_facts(pixel_format)[1:3]
    if like is None or format_facts(like.pixel_format)[1]:
        source = like.colour if like else Colour()
        primaries, transfer = (
            1 if source.primaries == 2 else source.primaries,
            1 if source.transfer == 2 else source.transfer,
        )
        if is_rgb:
            return Colour(primaries, transfer, 0, True)
        return Colour(primaries, transfer, BT709, False)
    colour = like.colour
    if is_rgb:
        return Colour(colour.primaries, colour.transfer, 0, True)
    matrix = colour.matrix
    if matrix_of(colour, width, height) != info_matrix(like) or matrix in (0, 3):
        matrix = info_matrix(like)
    full = is_full_range(colour, like.pixel_format)
    said = full if full or grey or colour.full_range is not None else None
    return Colour(colour.primaries, colour.transfer, matrix, said)


def _encoder_options(
    codec: Codec, quality: int | None, preset: str | None, options: Mapping[str, str] | None
) -> dict[str, str]:
    if quality is not None and codec.quality_option is None:
        raise UsageError(f"{codec.encoder} has no quality setting")
    if preset is not None and codec.preset is None:
        raise UsageError(f"{codec.encoder} has no presets")
    chosen = dict(codec.options)
    level = codec.quality if quality is None else quality
    if codec.quality_option and level is not None:
        chosen[codec.quality_option] = str(level)
    if codec.preset:
        chosen["preset"] = preset or codec.preset
    return chosen | dict(options or {})


@contextlib.contextmanager
def _quiet_encoder() -> Iterator[None]:
    """Keep SVT-AV1 from printing its settings; it listens to nothing but this variable."""
    before = os.environ.get("SVT_LOG")
    os.environ["SVT_LOG"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SVT_LOG"]
        else:
            os.environ["SVT_LOG"] = before
