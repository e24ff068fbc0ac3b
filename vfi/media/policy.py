"""What is taken along from a source, and how its times become those of the output."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class Policy:
    """What is taken from where."""

    source: Path | None
    part: tuple[Fraction, Fraction | None] = (Fraction(0), None)  # seconds of the video
    stretch: Fraction = Fraction(1)
    mute: bool = False
    origin: Fraction | None = None  # the first frame's time on the source's clock, if known
    copy_sound: bool = True
    extras: bool = True  # subtitles, covers, attachments


def plans(policy: Policy) -> list[Policy]:
    """Return what to try, best first: a muxer may refuse at its header what it seemed to accept."""
    if policy.source is None:
        return [policy]
    return [
        policy,
        replace(policy, extras=False),
        replace(policy, extras=False, copy_sound=False),
    ]


@dataclass(frozen=True)
class Clock:
    """Turns times of the source into times of the output."""

    start: Fraction  # seconds on the source's clock that become 0
    end: Fraction | None  # seconds on the source's clock beyond which nothing is taken
    stretch: Fraction
    delay: Fraction
    from_beginning: bool  # whether what comes before `start` is taken along as well

    def to_output(self, time: Fraction) -> Fraction:
        return (time - self.start) * self.stretch + self.delay
