"""What people may ask of the file that is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UsageError, shown


@dataclass(frozen=True)
class EncodingOptions:
    """How a video is written; a folder of pictures takes no notice of it.

    Args:
        codec: h264, h265, av1, vp9, prores, ffv1, png, qtrle, gif, apng, webp; None takes the
            container's usual one (H.264; VP9 in WebM).
        quality: the encoder's own scale (crf; quantiser of ProRes), lower is better; None takes
            the codec's default (H.264: 16).
        preset: the encoder's own word for how hard it tries, such as slow; None takes its default.
        mute: leave the audio out.
        pixel_format: FFmpeg's name of how samples are stored, such as yuv444p; None takes what
            keeps most of the source and plays everywhere.
        container: what goes to standard output: y4m (the usual), nut, mkv or webm. Elsewhere the
            name of the file says it.
        encoder_options: further options by the encoder's own names; they win over all others.

    Raises:
        UsageError: a codec or preset that is no word, a quality that is no whole number. What the
            codec takes is seen when it is known where the result goes.
    """

    codec: str | None = None
    quality: int | None = None
    preset: str | None = None
    mute: bool = False
    pixel_format: str | None = None
    encoder_options: Mapping[str, str] = field(default_factory=dict, hash=False)
    container: str | None = None

    def __post_init__(self) -> None:
        words = {
            "codec": self.codec,
            "preset": self.preset,
            "pixel_format": self.pixel_format,
            "container": self.container,
        }
        for option, value in words.items():
            if not isinstance(value, str | None):
                raise UsageError(f"{option} {shown(value)} is no name", option=option)
        if not isinstance(self.encoder_options, Mapping):
            message = f"encoder_options {shown(self.encoder_options)} are no names with values"
            raise UsageError(message, option="encoder_options")
        quality = self.quality
        if not isinstance(quality, int | None):
            raise UsageError(f"quality {shown(quality)} is no whole number", option="quality")
