"""What has been decided of an encoding."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..containers import Container
from ..frame import Colour
from .codecs import Codec
from .colour import Converter, is_full_range, matrix_of
from .encoders import Encoder
from .field_order import FieldOrder
from .hdr import HdrMetadata


@dataclass(frozen=True)
class EncodingPlan:
    """All that has to be known to write a video, but its frames."""

    path: Path
    container: Container
    codec: Codec
    encoder: Encoder
    width: int
    height: int
    rate: Fraction | None  # frames a second; None: it varies
    tick: Fraction  # seconds
    pixel_format: str
    alpha: bool  # whether the frames have it, not the file
    premultiplied: bool  # the frames' colours are multiplied by it; those of a file never are
    colour: Colour
    sample_aspect_ratio: Fraction
    options: Mapping[str, str]  # for the encoder
    hdr: HdrMetadata | None = None
    field_order: FieldOrder | None = None  # frames are flagged as interlaced
    notes: tuple[str, ...] = ()  # what the file cannot show as it was wanted
    made_with: str = ""  # what else is said of its making in the file's own tags

    @property
    def shortest(self) -> int:
        """Ticks that a frame lasts at least."""
        return self.container.shortest if self.tick == self.container.tick else 1

    @property
    def in_words(self) -> str:
        """What encodes, in which pixel format, and what it is told."""
        told = (f"{name}={value}" for name, value in self.options.items())
        return " ".join([f"{self.encoder.name}, {self.pixel_format}", *told])

    @property
    def made_tags(self) -> dict[str, str]:
        """Names of tags that can say how the file was made, the best first, and what they say."""
        said = f"{self.made_with}, {self.in_words}"
        return dict.fromkeys(self.container.made_tags if self.made_with else (), said)

    def converter(self) -> Converter:
        """Return what makes the encoder's frames of RGB."""
        matrix = matrix_of(self.colour, self.width, self.height)
        return Converter(matrix, is_full_range(self.colour, self.pixel_format))
