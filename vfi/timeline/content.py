"""What one output frame is made of: the four kinds of picture that a schedule may ask for.

    SourceFrame(frame)          source frame, untouched, at its own time
    Interpolated(one, two, t)   interpolated picture, 0 < t < 1 of the way from `one` to `two`
    Hold(frame)            source frame repeated (cut, tail, pause)
    Blend(one, two, t)     cross-fade over a cut, only when `at_cut` is "blend"

Frame numbers are those of the file, from 0. `one < two`, except where a loop joins the last frame
to the first; needs never go back from one output frame to the next, so a reader that runs once,
front to back, and keeps the frames between `one` and `two` can serve a whole schedule.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

# The dictionary keys of `as_data` are the public plan format of `vfi video --dry-run --json`.
Data = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """Source frame `frame`, bit for bit, at its own time."""

    frame: int

    kind = "source"

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.frame,)

    def as_data(self) -> Data:
        return {"kind": self.kind, "frame": self.frame}


@dataclass(frozen=True, slots=True)
class Hold:
    """Source frame `frame` repeated at a time that is not its own."""

    frame: int

    kind = "hold"

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.frame,)

    def as_data(self) -> Data:
        return {"kind": self.kind, "frame": self.frame}


@dataclass(frozen=True, slots=True)
class Interpolated:
    """Interpolation, `t` (0 < t < 1, exact) of the way from frame `one` to frame `two`."""

    one: int
    two: int
    t: Fraction

    kind = "between"

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.one, self.two)

    def as_data(self) -> Data:
        return _pair_data(self.kind, self.one, self.two, self.t)


@dataclass(frozen=True, slots=True)
class Blend:
    """Cross-fade `(1 - t) * one + t * two`, 0 < t < 1, no motion."""

    one: int
    two: int
    t: Fraction

    kind = "blend"

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.one, self.two)

    def as_data(self) -> Data:
        return _pair_data(self.kind, self.one, self.two, self.t)


Content = SourceFrame | Interpolated | Hold | Blend


def _pair_data(kind: str, one: int, two: int, t: Fraction) -> Data:
    return {"kind": kind, "one": one, "two": two, "t": str(t), "t_decimal": float(t)}


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """Output frame `index`, shown from `time` (exact seconds in the output)."""

    index: int
    time: Fraction
    content: Content

    def as_data(self) -> Data:
        """Return the frame as plain values: exact fractions as strings, seconds also as floats."""
        head: Data = {"index": self.index, "time": str(self.time), "seconds": float(self.time)}
        return head | self.content.as_data()


def to_text_line(frame: OutputFrame, contents: Sequence[Content] = ()) -> str:
    """Return one line of the plan for people; `contents` as for `to_json_line`."""
    content = frame.content
    if isinstance(content, SourceFrame | Hold):
        place = f"frame={content.frame}"
    else:
        place = f"one={content.one} two={content.two} t={content.t}"
    blurred = f" mean of {len(contents)} moments around it" if len(contents) > 1 else ""
    return f"{frame.index:>7} {float(frame.time):>11.4f} s  {content.kind:<8} {place}{blurred}"


def to_json_line(frame: OutputFrame, contents: Sequence[Content] = ()) -> str:
    """Return one line of the plan as `--json` prints it (no line end).

    `contents`, if there are several, are the moments whose mean the frame is (see `shutter.py`).
    """
    data: dict[str, object] = dict(frame.as_data())
    if len(contents) > 1:
        data["mean_of"] = [content.as_data() for content in contents]
    return json.dumps(data)
