"""Which tags of a source still hold in an output."""

import re
from fractions import Fraction

from .timecode import moved_timecode

# Written by the muxer itself, or true of the old file only.
_STALE_TAGS = {
    "encoder",
    "major_brand",
    "minor_version",
    "compatible_brands",
    "duration",
    "rotate",
    "vendor_id",
    "number_of_frames",
    "number_of_bytes",
    "bps",
    "handler_name",
    "alpha_mode",
    "encoder_settings",
}
_MADE = re.compile(r"vfi \d+\.\S+, model ")  # what vfi says of how it has made a file


def lasting_tags(tags: dict[str, str]) -> dict[str, str]:
    """Leave out what was true of the old file only."""
    return {
        key: value
        for key, value in tags.items()
        if key.lower().split("-")[0] not in _STALE_TAGS
        and not key.startswith("_STATISTICS")
        and not _MADE.match(value)
    }


def timed_tags(
    tags: dict[str, str], rate: Fraction | None, start: Fraction, new_rate: Fraction
) -> dict[str, str]:
    """Move a timecode to the frame at `start` seconds, counted at the new frame rate.

    One that cannot be moved is left out, since it would be wrong.
    """
    timed = {}
    for key, value in tags.items():
        if rate and key.lower() == "timecode":
            label = moved_timecode(value, rate, start, new_rate)
            if label is not None:
                timed[key] = label
        else:
            timed[key] = value
    return timed


def unheld(tags: dict[str, str], held: frozenset[str] | None) -> list[str]:
    """Return the tags, in order, that a container has no place for.

    Args:
        held: those it has a place for; None: for all.

    FFmpeg gives some tags twice, the second time with a language (location-eng): they are one.
    """
    if held is None:
        return []
    return sorted(key for key in tags if key.lower() not in held and not _is_twin(key, tags))


def _is_twin(key: str, tags: dict[str, str]) -> bool:
    plain, _, language = key.rpartition("-")
    return bool(plain and language) and tags.get(plain) == tags[key]
