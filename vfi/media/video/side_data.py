"""What a decoder says beside a frame: how it is to be turned, its HDR, and much else."""

from typing import Any, cast

import av
from av.sidedata.sidedata import Type


def _unknown(cls: type[Type], value: int) -> Type:
    """Make a nameless kind."""
    kind: Any = object.__new__(cls)
    kind._name_, kind._value_ = f"KIND_{value}", value
    return cast(Type, kind)


# FFmpeg knows more kinds (Exif, for one) than PyAV 18, which then gives none of a frame's data at
# all: ValueError. A kind that nobody here asks for must not hide the others.
Type._missing_ = classmethod(_unknown)  # type: ignore[assignment, method-assign]


def side_data(frame: av.VideoFrame, kind: str) -> bytes | None:
    """Return the first side data of a kind, by FFmpeg's name of it, such as DISPLAYMATRIX."""
    entries: Any = frame.side_data  # the stubs take it for a dictionary
    return next((bytes(entry) for entry in entries if entry.type.name == kind), None)
