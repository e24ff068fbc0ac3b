"""Small clips made on the spot, straight with PyAV, so that they do not depend on vfi's writer."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

WIDTH, HEIGHT = 64, 48


def moving_square(count: int, width: int = WIDTH, height: int = HEIGHT) -> list[np.ndarray]:
    """A bright square that goes 3 pixels to the right with every frame, on a gradient."""
    frames = []
    ramp = np.linspace(40, 120, width).astype(np.uint8)
    for index in range(count):
        picture = np.repeat(np.tile(ramp, (height, 1))[:, :, None], 3, axis=2)
        left = 4 + 3 * index % (width - 16)
        picture[12:24, left : left + 12] = (220, 60, 30)
        frames.append(picture)
    return frames


def make_clip(
    path: Path,
    count: int = 10,
    *,
    times: Sequence[Fraction] | None = None,
    rate: Fraction = Fraction(25),
    time_base: Fraction | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    pictures: Sequence[np.ndarray] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    audio: Fraction | None = None,
    audio_start: Fraction = Fraction(0),
    rotation: int | None = None,
    colour: tuple[int, int, int, int] | None = None,
    aspect: Fraction | None = None,
    frame_pts_none: bool = False,
) -> Path:
    """Encode a clip. `audio`: seconds of a 440 Hz tone. `colour`: primaries, transfer, matrix,
    range, which also is how the pictures are converted.
    """
    pictures = moving_square(count) if pictures is None else pictures
    base = time_base or 1 / rate
    with av.open(str(path), "w", options=container_options or {}) as container:
        video: Any = container.add_stream(codec, rate=rate, time_base=base)
        height, width = pictures[0].shape[:2]
        video.width, video.height, video.pix_fmt = width, height, pixel_format
        video.codec_context.time_base = base
        if aspect is not None:
            video.codec_context.sample_aspect_ratio = aspect
        video.options = options or {}
        if colour is not None:
            context = video.codec_context
            context.color_primaries, context.color_trc = colour[0], colour[1]
            context.colorspace, context.color_range = colour[2], colour[3]
        if rotation is not None:
            video.set_display_rotation(rotation)
        tone = _add_tone(container, path) if audio is not None else None
        for index, picture in enumerate(pictures):
            frame = _frame(picture, pixel_format, colour)
            time = times[index] if times is not None else index / rate
            frame.pts, frame.time_base = round(time / base), base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if tone is not None and audio is not None:
            _mux_tone(container, tone, audio, audio_start)
    return path


def write_lossless(path: Path, pictures: Sequence[np.ndarray]) -> Path:
    """Encode pictures (H, W, 3) uint8 so that they come back as they are."""
    return make_clip(path, pictures=pictures, codec="ffv1", pixel_format="bgr0")


def _frame(
    picture: np.ndarray, pixel_format: str, colour: tuple[int, int, int, int] | None
) -> av.VideoFrame:
    deep = picture.dtype == np.uint16
    channels = picture.shape[2]
    given = {(False, 3): "rgb24", (False, 4): "rgba", (True, 3): "rgb48le", (True, 4): "rgba64le"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), given[deep, channels])
    if pixel_format == given[deep, channels]:
        return frame
    matrix, span = (colour[2], colour[3]) if colour else (5, 1)
    return frame.reformat(
        format=pixel_format, dst_colorspace=matrix, dst_color_range=span, src_color_range=2
    )


def _add_tone(container: Any, path: Path) -> Any:
    codec = "libopus" if path.suffix == ".webm" else "aac"
    return container.add_stream(codec, rate=48000)


def _mux_tone(container: Any, stream: Any, seconds: Fraction, start: Fraction) -> None:
    samples = int(seconds * 48000)
    wave = (0.3 * np.sin(2 * np.pi * 440 * np.arange(samples) / 48000)).astype(np.float32)
    for at in range(0, samples, 960):
        part = wave[at : at + 960]
        frame = av.AudioFrame.from_ndarray(np.stack([part, part]), "fltp", "stereo")
        frame.rate = 48000
        frame.pts, frame.time_base = at + int(start * 48000), Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def pts_of(path: Path) -> list[Fraction]:
    """Presentation times of the video packets, independent of vfi."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [p.pts * p.time_base for p in container.demux(stream) if p.pts is not None]
    return sorted(found)


def tone_of(path: Path) -> tuple[float, float]:
    """Return (seconds, strongest frequency in Hz) of the first audio track."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    wave = np.concatenate([_first_channel(f) for f in frames])
    rate = frames[0].sample_rate
    spectrum = np.abs(np.fft.rfft(wave.astype(np.float64) * np.hanning(len(wave))))
    return len(wave) / rate, float(spectrum.argmax() * rate / len(wave))


def _first_channel(frame: av.AudioFrame) -> np.ndarray:
    samples = frame.to_ndarray()
    return samples[0] if frame.format.is_planar else samples[0, :: frame.layout.nb_channels]


def leftovers(folder: Path) -> list[str]:
    """Names of temporary files and folders that should not be there."""
    return [p.name for p in folder.rglob("*") if ".part" in p.name]
