"""From frames to packets: what a video file, or a part of one, is made of."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from ...errors import OutputError, UsageError
from ..depth import converted
from ..pictures.alpha import straight
from .decoded_frame import DecodedFrame
from .encoding_plan import EncodingPlan
from .field_order import FieldFlags
from .gif_encoder import GifEncoder
from .palette import Palette

USUAL_RATE = Fraction(25)  # in the header of a file without a rate
_ABSURD = 100_000  # seconds between decoding and showing a frame


class FrameEncoder:
    """Encodes frames as planned, each when it is known how long it is shown.

    The stream is added to the container, but nothing is written there.
    """

    def __init__(self, plan: EncodingPlan, container: OutputContainer) -> None:
        self.plan = plan
        self.offset = Fraction(0)  # seconds by which frames are shown later than is said
        self.count = 0
        self._shape = (plan.height, plan.width)
        self._converter = plan.converter()
        uses_palette = plan.pixel_format == "pal8"
        self._palette = Palette(plan.width, plan.height, plan.alpha) if uses_palette else None
        self._flags = FieldFlags(plan.field_order) if plan.field_order else None
        self._last_time: Fraction | None = None
        self._pending: tuple[av.VideoFrame, int] | None = None
        self._durations: dict[int, int] = {}
        self.stream: Any = container.add_stream(
            plan.encoder.name, rate=plan.rate or USUAL_RATE, time_base=plan.tick
        )
        self._describe(self.stream.codec_context)
        self.stream.time_base = plan.tick
        self._encoder: Any = self.stream
        if self._palette is not None:
            self._encoder = GifEncoder(self.stream, plan.width, plan.height, plan.alpha)

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

    def push(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> list[Any]:
        """Take a frame, as `VideoWriter.write` does; return the packets that are ready."""
        if pixels.shape[:2] != self._shape or pixels.ndim != 3:
            shape = f"{self._shape} pixels, not {pixels.shape}"
            raise UsageError(f"a frame of {self.plan.path} is {shape}")
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
        frame.pts, frame.time_base = tick, self.plan.tick
        packets = self._encode_pending(tick)
        self._pending = (frame, tick)
        self.count += 1
        return packets

    def finish(self, end: Fraction | None = None) -> list[Any]:
        """Return the last packets. `end`: when the last frame is over, in seconds.

        Without it the last frame lasts one frame of the rate, or as long as the one before.

        Raises:
            OutputError: there are no frames.
        """
        plan = self.plan
        if self._pending is None:
            raise OutputError(f"cannot write {plan.path}: there are no frames")
        tick = self._pending[1]
        if end is not None:
            stop = self._tick_at(end)
        elif plan.rate is not None:
            stop = round((tick * plan.tick + 1 / plan.rate) / plan.tick)
        else:
            stop = tick + max(self._durations.values(), default=round(Fraction(1, 25) / plan.tick))
        packets = self._encode_pending(max(stop, tick + plan.shortest))
        return packets + self._timed(self._encoder.encode(None))

    @property
    def reached(self) -> Fraction | None:
        """When, in seconds of the file, the frame is shown that waits for its duration."""
        return None if self._pending is None else self._pending[1] * self.plan.tick

    def ticks(self, times: Iterable[Fraction]) -> Iterator[int]:
        """Yield the tick of the file at which each of the frames at these times is shown."""
        placed: int | None = None
        for time in times:
            tick = self._tick_at(time)
            placed = tick if placed is None else max(tick, placed + self.plan.shortest)
            yield placed

    def _tick_at(self, time: Fraction) -> int:
        return floor((time + self.offset) / self.plan.tick + Fraction(1, 2))

    def _frame_of(self, pixels: NDArray[Any], decoded: DecodedFrame | None) -> av.VideoFrame:
        if self.plan.premultiplied and pixels.shape[2] == 4:
            pixels = straight(pixels)
        if self._palette is not None:
            return self._palette.frame(pixels)
        converter, frame, plan = self._converter, None, self.plan
        if decoded is not None:
            frame = decoded.copy_for(
                plan.pixel_format, self._shape, converter.matrix, converter.full_range
            )
        if frame is None:
            frame = converter.from_rgb(pixels, plan.pixel_format)
        if self._flags is not None:
            span = frame.color_range
            frame = self._flags.flagged(frame)
            frame.color_range = span
        frame.color_primaries, frame.color_trc = plan.colour.primaries, plan.colour.transfer
        frame.colorspace = plan.colour.matrix
        return frame

    def _encode_pending(self, next_tick: int) -> list[Any]:
        """Encode the frame that waited for its duration to be known."""
        if self._pending is None:
            return []
        frame, tick = self._pending
        self._pending = None
        frame.duration = self._durations[tick] = next_tick - tick
        return self._timed(self._encoder.encode(frame))

    def _timed(self, packets: list[Any]) -> list[Any]:
        for packet in packets:
            # Encoders forget durations; the last one decides where the file ends.
            ticks = packet.pts * packet.time_base / self.plan.tick
            packet.duration = round(
                self._durations.pop(round(ticks), 0) * self.plan.tick / packet.time_base
            )
            # x265 leaves the decoding times of a clip of two frames to chance.
            if packet.dts is None or not 0 <= packet.pts - packet.dts < _ABSURD / packet.time_base:
                packet.dts = packet.pts
        return packets
