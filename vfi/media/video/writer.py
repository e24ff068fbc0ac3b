"""Writing a video: frames at exact times, and beside them all that the source had."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
from av.container import OutputContainer
from numpy.typing import NDArray

from ...errors import OutputError, UsageError, VfiError
from ...memory import blame_shortage
from ...stopping import look
from ..frame import VideoInfo
from ..options import EncodingOptions
from ..output import Unwanted, reason, replacing
from ..pipes import PipeOut, is_standard
from ..streams.copier import StreamCopier
from ..streams.copy_options import FAILURES, CopyOptions, fallbacks
from .decoded_frame import DecodedFrame
from .encoding import resolve_encoding
from .encoding_plan import EncodingPlan
from .frame_encoder import USUAL_RATE, FrameEncoder
from .joining import joined
from .matroska_head import describe_picture
from .opening import quiet_encoder
from .packet_file import PacketFile


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
        self._container: OutputContainer | None = None
        self._encoder: FrameEncoder | None = None
        self._joined = False
        self._streams: StreamCopier | None = None
        self._stack = contextlib.ExitStack()
        self._place: Path | PipeOut
        if is_standard(plan.path):
            self._place = self._stack.enter_context(contextlib.closing(PipeOut()))
        else:
            self._place = self._stack.enter_context(replacing(plan.path, overwrite))
        try:
            self._open(copied)
        except BaseException:
            self.abort()
            raise

    @property
    def path(self) -> Path:
        """The file's final name."""
        return self.plan.path

    # ---- opening

    def _open(self, copied: CopyOptions) -> None:
        """Write the header, taking along as much of the source as the container accepts."""
        attempts = fallbacks(copied)
        said = list(self.notes)
        for number, (options, note) in enumerate(attempts):
            self.notes[:] = [*said, note] if note else said
            try:
                self._try_open(options)
            except VfiError:
                raise
            except FAILURES as error:
                self._abandon()
                if isinstance(self._place, PipeOut):
                    self._place.forget()
                if number + 1 == len(attempts):
                    raise self._failure(error) from error
                continue
            if isinstance(self._place, PipeOut):
                self._place.start()
            return

    def _try_open(self, copied: CopyOptions) -> None:
        plan = self.plan
        self._container = av.open(
            self._place if isinstance(self._place, PipeOut) else f"file:{self._place}",
            "w",
            format=plan.container.name,
            options=dict(plan.container.options),
        )
        self._encoder = FrameEncoder(plan, self._container)
        rate = plan.rate or USUAL_RATE
        self._streams = StreamCopier(copied, self._container, plan.container, self.notes, rate)
        self._streams.describe_video(self._encoder.stream)
        self._say_how_made()
        self._encoder.offset = self._streams.delay
        with quiet_encoder():
            self._container.start_encoding()

    def _say_how_made(self) -> None:
        """Write how the file is made to the first tag for it that the source has not taken."""
        assert self._container is not None
        tags = self._container.metadata
        taken = {name.lower() for name in tags}
        free = [n for n in self.plan.made_tags if n.lower() not in taken]
        if free:
            tags[free[0]] = self.plan.made_tags[free[0]]
        elif self.plan.made_tags:
            self.notes.append("how it was made is not in the file: the source's tags are there")

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
        if self._container is None or self._encoder is None:
            raise UsageError(f"{self.path} is closed already")
        with self._failing():
            self._put(self._encoder.reached, self._encoder.push(pixels, time, decoded))

    @property
    def frames_written(self) -> int:
        """How many frames there are so far."""
        return self._encoder.count if self._encoder else 0

    def join(self, parts: Sequence[Path], times: Iterable[Fraction]) -> None:
        """Take over frames that were encoded by `PartWriter`s as planned, instead of writing any.

        parts: their files, in order.
        times: when each frame is shown, and last when the last one is over, in seconds.

        Raises:
            InputError: a file is damaged. OutputError: the disk is full.
        """
        encoder = self._encoder
        assert encoder is not None
        files = [PacketFile(path) for path in parts]
        head = encoder.stream.codec_context.extradata or b""
        if any(file.extradata != head for file in files):
            raise OutputError(f"cannot write {self.path}: its parts are of different encoders")
        with self._failing():
            for packet in joined(files, encoder.ticks(times)):
                packet.stream, packet.time_base = encoder.stream, self.plan.tick
                self._put(packet.dts * self.plan.tick, [packet])
                look()
        self._joined = True

    def _put(self, time: Fraction | None, packets: list[Any]) -> None:
        """Write packets, and before them what is beside the picture up to a time."""
        assert self._container is not None
        assert self._streams is not None
        if time is not None:
            self._streams.advance(time)
        for packet in packets:
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
            with self._failing():
                self._finish(end)
            self._stack.close()
        except BaseException:
            self.abort()
            raise

    def _finish(self, end: Fraction | None) -> None:
        assert self._encoder is not None
        assert self._streams is not None
        assert self._container is not None
        if not self._joined:
            self._put(self._encoder.reached, self._encoder.finish(end))
        self._streams.finish()
        container, self._container = self._container, None
        container.close()
        if self.plan.container.says_hdr and not self._describe():
            self.notes.append("the shape of the pixels and HDR metadata had no room in the file")

    def _describe(self) -> bool:
        """Add to the finished file what FFmpeg's muxer leaves out, if it finds room."""
        plan, aspect = self.plan, self.plan.sample_aspect_ratio
        if isinstance(self._place, PipeOut) or (aspect == 1 and plan.hdr is None):
            return True
        return describe_picture(self._place, plan.width, plan.height, aspect, plan.hdr)

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._abandon()
        with contextlib.suppress(Unwanted):
            self._stack.__exit__(Unwanted, Unwanted(), None)
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
        except (VfiError, BrokenPipeError):
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

    path: the suffix chooses the container: .mp4 .m4v .mov .mkv .webm .avi .gif .apng
        .webp .avif
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
        frame_rate: Fraction | float | None,
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
        rate = None if frame_rate is None else Fraction(frame_rate)
        info = like or _of_arrays(path, width, height, rate)
        info = replace(
            info,
            time_base=info.time_base if time_base is None else time_base,
            bit_depth=info.bit_depth if bit_depth is None else bit_depth,
            has_alpha=info.has_alpha if alpha is None else alpha,
        )
        asked = EncodingOptions(codec, quality, preset, False, pixel_format, encoder_options or {})
        plan = resolve_encoding(path, info, asked, rate, (width, height))
        source = Path(copy_from) if copy_from is not None else None
        origin = like.start if like is not None and like.path == source else None
        super().__init__(plan, CopyOptions(source, origin=origin), overwrite)


def _of_arrays(path: Path, width: int, height: int, rate: Fraction | None) -> VideoInfo:
    """Return what is known of frames that come from nowhere: they are RGB."""
    usual = rate or USUAL_RATE
    tick = 1 / usual if rate else Fraction(1, 90_000)
    return VideoInfo(
        path, width, height, usual, tick, Fraction(0), None, "", "", 8, is_sequence=True
    )
