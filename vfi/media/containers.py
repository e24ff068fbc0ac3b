"""What the kinds of video files can hold: one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from ..errors import UsageError, shown
from .pipes import is_standard

_NOTICED_TICK = Fraction(1, 200)  # seconds
FINEST_TICK = Fraction(1, 10_000_000)  # seconds; beyond, 32-bit time scales run out of room


@dataclass(frozen=True)
class Container:
    """A kind of video file."""

    name: str  # FFmpeg's
    suffixes: tuple[str, ...]
    codec: str = "h264"  # the usual one
    hdr_codec: str | None = None  # the usual one of HDR; None: the same
    tick: Fraction | None = None  # seconds: the clock of its times; None: as fine as it is asked
    tick_word: str = ""
    shortest: int = 1  # ticks that a frame is shown at least
    too_fast: str = ""  # what comes of frames that are shown for less
    constant_rate: bool = False  # it numbers frames, and knows no times
    pipes: bool = False  # it is written front to back, and can be read so
    formats: tuple[str, ...] | None = None  # pixel formats that it has words for; None: all
    reorders: bool = True  # frames can be stored in another order than they are shown in
    joins: bool = True  # what is encoded in parts can be put one after the other
    says_colour: bool = True  # it has a place for what the codec itself does not say of colours
    says_shape: bool = False  # and for the shape of pixels
    says_hdr: bool = False  # and for HDR metadata
    audio: str | None = "aac"  # the encoder of audio that it cannot hold as it is; None: no audio
    audio_codecs: frozenset[str] | None = None  # that players take; None: all that FFmpeg puts in
    lossless_audio: str | None = None  # the encoder of what has to stay lossless, if there is one
    subtitles: str | None = None  # the encoder of text subtitles that it cannot hold as they are
    chapters: bool = False
    timecode: bool = False
    attachments: bool = False
    covers: Literal["attachments", "streams"] | None = None  # what they are in it
    tags: frozenset[str] | None = None  # those of the file that it has a place for; None: all
    options: Mapping[str, str] = field(default_factory=dict)  # for FFmpeg's muxer
    guesses_last: bool = False  # the muxer is not told how long the last frame is shown
    made_tags: tuple[str, ...] = ()  # those that can say how it was made; the first free one does
    named_tags: bool = False  # it can hold any other tag, if all are written by their names

    @property
    def highest_rate(self) -> Fraction:
        """Frames a second that it can show at most."""
        return 1 / (self.shortest * (self.tick or FINEST_TICK))

    @property
    def is_coarse(self) -> bool:
        """Whether its clock is so coarse that one notices."""
        return self.tick is not None and self.tick > _NOTICED_TICK

    @property
    def rate_reason(self) -> str:
        """Why there is a highest rate."""
        return self.too_fast or f"keep times {f'in {self.tick_word}' if self.tick else 'no finer'}"


_MILLISECOND = Fraction(1, 1000)  # FFmpeg's muxer of Matroska writes no other clock

_TEN_TIMES_SLOWER = "are shown slower by browsers where a frame lasts 10 ms or less"

# What FFmpeg writes at the places that players look at.
_COMMON_TAGS = ("title", "artist", "album", "comment", "date", "genre", "copyright")
_MP4_TAGS = frozenset(
    (
        *_COMMON_TAGS,
        *("album_artist", "composer", "creation_time", "description", "disc", "episode_id"),
        *("grouping", "keywords", "location", "lyrics", "network", "show", "synopsis", "timecode"),
        "track",
    )
)
# FFmpeg would put more into MP4, but few players play it there.
_MP4_AUDIO = frozenset(("aac", "mp3", "mp2", "ac3", "eac3", "dts", "alac", "flac", "opus"))
_MOV_TAGS = frozenset((*_COMMON_TAGS, "creation_time", "location", "make", "model", "timecode"))
Y4M_FORMATS = (
    *(f"yuv444p{bits}" for bits in ("", "9le", "10le", "12le", "14le", "16le")),
    *(f"yuv422p{bits}" for bits in ("", "9le", "10le", "12le", "14le", "16le")),
    *(f"yuv420p{bits}" for bits in ("", "9le", "10le", "12le", "14le", "16le")),
    *(f"gray{bits}" for bits in ("", "9le", "10le", "12le", "16le")),
    *("yuv411p", "yuva444p"),
)

CONTAINERS = {
    row.name: row
    for row in (
        Container(
            "mp4",
            (".mp4", ".m4v"),
            hdr_codec="h265",
            says_shape=True,
            audio_codecs=_MP4_AUDIO,
            subtitles="mov_text",
            chapters=True,
            timecode=True,
            covers="streams",
            tags=_MP4_TAGS,
            named_tags=True,
            made_tags=("comment", "description"),
        ),
        Container(
            "mov",
            (".mov",),
            hdr_codec="h265",
            says_shape=True,
            subtitles="mov_text",
            chapters=True,
            timecode=True,
            tags=_MOV_TAGS,
            named_tags=True,
            made_tags=("comment",),
        ),
        Container(
            "matroska",
            (".mkv",),
            pipes=True,
            hdr_codec="h265",
            says_shape=True,
            says_hdr=True,
            tick=_MILLISECOND,
            tick_word="milliseconds",
            lossless_audio="flac",
            subtitles="subrip",
            chapters=True,
            timecode=True,  # as a tag
            attachments=True,
            covers="attachments",
            made_tags=("ENCODER_SETTINGS",),  # Matroska's word for it
        ),
        Container(
            "webm",
            (".webm",),
            pipes=True,
            codec="vp9",
            says_shape=True,
            says_hdr=True,
            tick=_MILLISECOND,
            tick_word="milliseconds",
            audio="libopus",
            subtitles="webvtt",
            chapters=True,
            made_tags=("ENCODER_SETTINGS",),
        ),
        Container(
            "avi",
            (".avi",),
            constant_rate=True,
            reorders=False,
            says_colour=False,
            audio="libmp3lame",
            tags=frozenset((*_COMMON_TAGS, "encoded_by", "language", "track")),
            made_tags=("encoded_by", "comment"),
        ),
        Container(
            "gif",
            (".gif",),
            says_colour=False,
            codec="gif",
            tick=Fraction(1, 100),
            tick_word="hundredths of a second",
            shortest=2,
            too_fast="are shown ten times slower by players where a frame lasts less than 2/100 s",
            joins=False,  # a picture holds what changed since the one before
            audio=None,
            tags=frozenset(),
        ),
        Container(
            "apng",
            (".apng",),
            codec="apng",
            tick=_MILLISECOND,
            tick_word="milliseconds",
            shortest=11,
            too_fast=_TEN_TIMES_SLOWER,
            joins=False,  # its pieces are numbered, and hold what changed
            options={"plays": "0"},  # for ever
            guesses_last=True,
            audio=None,
            tags=frozenset(),
        ),
        Container(
            "webp",
            (".webp",),
            codec="webp",
            tick=_MILLISECOND,
            tick_word="milliseconds",
            shortest=11,
            too_fast=_TEN_TIMES_SLOWER,
            joins=False,  # all of it is one packet
            options={"loop": "0"},
            guesses_last=True,
            audio=None,
            tags=frozenset(),
        ),
        Container(
            "nut",
            (".nut",),
            codec="raw",
            pipes=True,
            chapters=True,
            made_tags=("ENCODER_SETTINGS",),
        ),
        Container(
            "yuv4mpegpipe",
            (".y4m",),
            codec="raw",
            formats=Y4M_FORMATS,
            # FFmpeg calls all but the oldest formats unofficial; every reader of today knows them.
            options={"strict": "-1"},
            pipes=True,
            constant_rate=True,
            reorders=False,
            audio=None,
            tags=frozenset(),
        ),
        Container("avif", (".avif",), codec="av1", audio=None, tags=frozenset()),
    )
}
SUFFIXES = {suffix: row.name for row in CONTAINERS.values() for suffix in row.suffixes}


def container_of(path: Path, asked: str | None = None) -> Container:
    """Return the kind of file that a name's suffix asks for; of standard output, what is asked for.

    Args:
        asked: its usual suffix, such as mkv; y4m, if there is none.

    Raises:
        UsageError: there is no such kind, or it cannot go through a pipe.
    """
    if not is_standard(path):
        name = SUFFIXES.get(path.suffix.lower())
        if name is None:
            raise UsageError(f"{path}: videos end in {', '.join(SUFFIXES)}", option="out")
        return CONTAINERS[name]
    container = CONTAINERS.get(SUFFIXES.get(f".{asked or 'y4m'}".lower(), ""))
    if container is None or not container.pipes:
        there = ", ".join(s[1:] for row in CONTAINERS.values() if row.pipes for s in row.suffixes)
        raise UsageError(f"container {shown(asked)}: a pipe takes {there}", option="container")
    return container
