"""What a schedule amounts to, on one screen."""

from collections import Counter
from dataclasses import asdict, dataclass
from fractions import Fraction

from .content import Hold, SourceFrame
from .schedule import Schedule


@dataclass(frozen=True)
class Summary:
    """Counts, rates (frames a second) and durations (seconds) of a schedule."""

    source_frames: int
    output_frames: int
    source_rate: Fraction
    output_rate: Fraction
    constant_rate: bool
    source_duration: Fraction
    output_duration: Fraction
    untouched: int
    interpolated: int
    held: int
    blended: int
    dropped: int  # source frames that only repeat a drawing
    cuts: int
    longest_hold: Fraction  # seconds of output during which one picture stands still

    def as_data(self) -> dict[str, str | int | float | bool]:
        """Return plain values; each fraction as an exact string and, `_decimal`, as a float."""
        data: dict[str, str | int | float | bool] = {}
        for name, value in asdict(self).items():
            data[name] = str(value) if isinstance(value, Fraction) else value
            if isinstance(value, Fraction):
                data[f"{name}_decimal"] = float(value)
        return data

    def lines(self) -> list[str]:
        """Return the summary as lines of text for people."""
        kind = "" if self.constant_rate else " on average (variable)"
        return [
            f"source     {self.source_frames} frames, {_rate(self.source_rate)}, "
            f"{_seconds(self.source_duration)}",
            f"output     {self.output_frames} frames, {_rate(self.output_rate)}{kind}, "
            f"{_seconds(self.output_duration)}",
            f"frames     {self.untouched} untouched, {self.interpolated} interpolated, "
            f"{self.held} held, {self.blended} blended",
            f"scenes     {self.cuts} cut{'' if self.cuts == 1 else 's'}",
            f"repeats    {self.dropped} dropped; one picture stands still "
            f"for {_seconds(self.longest_hold)} at most",
        ]


def summary(schedule: Schedule) -> Summary:
    """Count what a schedule consists of (one pass over its frames, constant memory)."""
    motion = schedule.shots
    kinds: Counter[str] = Counter()
    held = since = 0  # ticks
    still: int | None = None
    for tick, content in schedule.walk():
        kinds[content.kind] += 1
        picture = content.frame if isinstance(content, SourceFrame | Hold) else None
        if picture != still:
            held = max(held, tick - since) if still is not None else held
            still, since = picture, tick
    longest = held * schedule.unit
    if still is not None:
        longest = max(longest, schedule.end - since * schedule.unit)
    source_duration = motion.end - motion.times[0]
    return Summary(
        source_frames=len(motion.times),
        output_frames=len(schedule),
        source_rate=motion.frame_rate,
        output_rate=schedule.frame_rate,
        constant_rate=schedule.is_constant_rate,
        source_duration=source_duration,
        output_duration=schedule.duration,
        untouched=kinds["source"],
        interpolated=kinds["between"],
        held=kinds["hold"],
        blended=kinds["blend"],
        dropped=len(motion.times) - len(motion.kept),
        cuts=len(motion.cuts),
        longest_hold=longest,
    )


def _rate(rate: Fraction) -> str:
    exact = "" if rate.denominator == 1 else f" ({rate})"
    return f"{float(rate):.6g} fps{exact if rate.denominator == 1001 else ''}"


def _seconds(seconds: Fraction) -> str:
    return f"{float(seconds):.3f} s"
