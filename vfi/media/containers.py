"""What the kinds of video files can hold: one row each."""

from dataclasses import dataclass
from fractions import Fraction

from ..errors import UsageError

FINEST_TICK = Fraction(1, 10_000_000)  # seconds; beyond, 32-bit time scales run out of room


@dataclass(frozen=True)
class Container:
    """A kind of video file."""

    name: str  # FFmpeg's
    suffixes: tuple[str, ...]
    codec: str = "h264"  # the usual one
    tick: Fraction | None = None  # seconds: the clock of its times; None: as fine as it is asked
    shortest: int = 1  # ticks that a frame is shown at least
    reason: str = "keep times no finer"  # why there is a highest rate
    constant_rate: bool = False  # it numbers frames, and knows no times
    sound: str | None = "aac"  # the encoder of sound that it cannot hold as it is; None: no sound
    subtitles: str | None = None  # likewise of text subtitles
    chapters: bool = False
    timecode: bool = False
    tags: frozenset[str] | None = None  # those of the file that it has a place for; None: all
    named_tags: bool = False  # it can hold any other tag, if all are written by their names

    @property
    def highest_rate(self) -> Fraction:
        """Frames a second that it can show at most."""
        return 1 / (self.shortest * (self.tick or FINEST_TICK))


_MILLISECOND = Fraction(1, 1000)  # FFmpeg's muxer of Matroska writes no other clock
_MATROSKA_REASON = "keep times in milliseconds"

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
_MOV_TAGS = frozenset((*_COMMON_TAGS, "creation_time", "location", "make", "model", "timecode"))

CONTAINERS = {
    row.name: row
    for row in (
        Container(
            "mp4",
            (".mp4", ".m4v"),
            subtitles="mov_text",
            chapters=True,
            timecode=True,
            tags=_MP4_TAGS,
            named_tags=True,
        ),
        Container(
            "mov",
            (".mov",),
            subtitles="mov_text",
            chapters=True,
            timecode=True,
            tags=_MOV_TAGS,
            named_tags=True,
        ),
        Container(
            "matroska",
            (".mkv",),
            tick=_MILLISECOND,
            reason=_MATROSKA_REASON,
            subtitles="subrip",
            chapters=True,
            timecode=True,  # as a tag
        ),
        Container(
            "webm",
            (".webm",),
            codec="vp9",
            tick=_MILLISECOND,
            reason=_MATROSKA_REASON,
            sound="libopus",
            subtitles="webvtt",
            chapters=True,
        ),
        Container(
            "avi",
            (".avi",),
            constant_rate=True,
            sound="libmp3lame",
            tags=frozenset((*_COMMON_TAGS, "encoded_by", "language", "track")),
        ),
        Container(
            "gif",
            (".gif",),
            codec="gif",
            tick=Fraction(1, 100),
            shortest=2,
            reason="are shown ten times slower by players where a frame lasts less than 2/100 s",
            sound=None,
            tags=frozenset(),
        ),
    )
}
SUFFIXES = {suffix: row.name for row in CONTAINERS.values() for suffix in row.suffixes}


def container_of(suffix: str, path: object) -> str:
    """Return FFmpeg's name of the container for a suffix, or raise UsageError listing them."""
    container = SUFFIXES.get(suffix.lower())
    if container is None:
        raise UsageError(f"{path}: videos end in {', '.join(SUFFIXES)}", option="out")
    return container
