"""What people may ask of the file that is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UsageError, shown


@dataclass(frozen=True)
class EncodingOptions:
    """How a video is written; a folder of pictures takes no notice of it.

    Args:
        codec: h264, h265, av1, vp9, prores, dnxhr, ffv1, png, qtrle, gif, apng, webp or raw, or
            an encoder by FFmpeg's name, such as libx265 or h264_nvenc; where hardware that is asked
            for is missing, software encodes, and a note says so. None takes the container's usual
            one (H.264; VP9 in WebM).
        quality: the codec's scale (crf; quantiser of ProRes), lower is better, whatever encodes;
            None takes the codec's default (H.264: 16).
        preset: the encoder's own word for how hard it tries, such as slow; None takes its default.
        mute: leave the audio out.
        pixel_format: FFmpeg's name of how samples are stored, such as yuv444p; None takes what
            keeps most of the source and plays everywhere.
        container: what goes to standard output: y4m (the usual), nut, mkv or webm. Elsewhere the
            name of the file says it.
        encoder_options: further options by the encoder's own names; they win over all others.
        tags: write into the file what it was made with: version, model and digest of its weights,
            encoder and its options. The tags of the source are taken along in any case.

    Raises:
        UsageError: a codec or preset that is no word, a quality that is no whole number, options
            that are no text. What the codec takes is seen when it is known where the result goes.
    """

    codec: str | None = None
    quality: int | None = None
    preset: str | None = None
    mute: bool = False
    pixel_format: str | None = None
    encoder_options: Mapping[str, str] = field(default_factory=dict, hash=False)
    container: str | None = None
    tags: bool = True

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
        options = {name: _text(name, value) for name, value in self.encoder_options.items()}
        object.__setattr__(self, "encoder_options", options)
        quality = self.quality
        if not isinstance(quality, int | None):
            raise UsageError(f"quality {shown(quality)} is no whole number", option="quality")


def _text(name: object, value: object) -> str:
    """Return an encoder's option as FFmpeg takes it."""
    if not isinstance(name, str) or not name or not isinstance(value, str | int | float):
        message = f"encoder_options {shown(name)}={shown(value)}: give names, and text or numbers"
        raise UsageError(message, option="encoder_options")
    return str(int(value)) if isinstance(value, bool) else str(value)
