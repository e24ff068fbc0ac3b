"""From what people ask for, and what a video holds, to its schedule.

Where cuts or repeated drawings are to be found, the video is looked through once beforehand; what
is kept of it are a few numbers a frame.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from .analysis.analyser import Analysis, Threshold, parse_threshold
from .analysis.keyframes import DEFAULT_TOLERANCE
from .analysis.scene_list import read_cuts
from .analysis.scenes import DEFAULT_THRESHOLD
from .errors import InputError, UsageError, shown
from .media.frame import FrameSource, TimesChanged
from .media.source import holes_of
from .models.moments import Moments
from .overlap import READ_AHEAD, ahead
from .paths import path_of
from .progress import Meter, Observer
from .source_scan import SourceScan
from .timeline.content import Interpolated
from .timeline.rates import Number, number_text, parse_factor, parse_rate, parse_time
from .timeline.retiming import Multiply, Retiming, Slow, TargetRate
from .timeline.schedule import Schedule, plan
from .timeline.shots import AT_CUT, AtCut
from .timeline.shutter import all_contents
from .timeline.times import ConstantTimes, Times, frames_in_part

USUAL_FACTOR, USUAL_RATE = 8, 240  # frames for one, frames a second: what is beyond is asked for
Watch = Callable[[int, NDArray[Any]], None]  # is shown a frame's number and pixels


@dataclass(frozen=True, init=False)
class TimelineOptions:
    """Which frames the result has. Numbers may be given as text, too: "5/2", "23.976", "1:30.5".

    Args:
        fps: multiply the frame rate by this factor, 1 or more. 2, if nothing else is said.
        target_fps: instead: frames a second of the result; 23.976 means 24000/1001.
        slow: slow motion: this many times as long, at the same rate (or that of the two above).
        input_fps: frames a second of a folder of pictures, which has no rate of its own.
        start, end: the part of the source, in seconds.
        seconds: instead of `end`: how much of it.
        loop: turn the last frame into the first.
        at_cut: what is shown between the last frame of a scene and the first of the next: hold,
            blend or nearest.
        max_hold: seconds; drawings that are held for longer are pauses, and stay.
        threshold: pixels that differ in a new drawing, or "auto"; 0 keeps every frame.
        tolerance: 8-bit levels by which a pixel may move and still count as the same.
        scene_threshold: how much changes at a cut; 0 looks for none.
        scenes: a file with the list of cuts; none are looked for then.

    Raises:
        UsageError: one of them is out of its range, or two exclude each other.
    """

    fps: Fraction | None
    target_fps: Fraction | None
    slow: Fraction | None
    input_fps: Fraction | None
    start: Fraction | None
    end: Fraction | None
    seconds: Fraction | None
    loop: bool
    at_cut: AtCut
    max_hold: Fraction | None
    threshold: Threshold
    tolerance: float
    scene_threshold: float
    scenes: Path | None

    def __init__(
        self,
        fps: Number | None = None,
        target_fps: Number | None = None,
        slow: Number | None = None,
        *,
        input_fps: Number | None = None,
        start: Number | None = None,
        end: Number | None = None,
        seconds: Number | None = None,
        loop: bool = False,
        at_cut: AtCut = "hold",
        max_hold: Number | None = None,
        threshold: int | str = 0,
        tolerance: float = DEFAULT_TOLERANCE,
        scene_threshold: float = DEFAULT_THRESHOLD,
        scenes: str | Path | None = None,
    ) -> None:
        _exclusive(fps=fps, target_fps=target_fps)
        _exclusive(end=end, seconds=seconds)
        if at_cut not in AT_CUT:
            choices = ", ".join(AT_CUT)
            raise UsageError(
                f"at_cut {shown(at_cut)} is unknown: choose {choices}", option="at_cut"
            )
        values = {
            "fps": _parsed(parse_factor, fps, "fps"),
            "target_fps": _parsed(parse_rate, target_fps, "target_fps"),
            "slow": _parsed(parse_factor, slow, "slow"),
            "input_fps": _parsed(parse_rate, input_fps, "input_fps"),
            "start": _parsed(parse_time, start, "start"),
            "end": _parsed(parse_time, end, "end"),
            "seconds": _parsed(parse_time, seconds, "seconds"),
            "loop": loop,
            "at_cut": at_cut,
            "max_hold": _parsed(parse_time, max_hold, "max_hold"),
            "threshold": parse_threshold(number_text(threshold)),
            "tolerance": checked_level(tolerance, "tolerance"),
            "scene_threshold": checked_level(scene_threshold, "scene_threshold"),
            "scenes": None if scenes is None else path_of(scenes, "scenes"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def retiming(self) -> Retiming:
        """How densely the source is sampled."""
        density: Multiply | TargetRate | None = None
        if self.target_fps is not None:
            density = TargetRate(self.target_fps)
        elif self.fps is not None:
            density = Multiply(self.fps)
        if self.slow is not None:
            return Slow(self.slow, density)
        return density or Multiply(2)

    @property
    def sought(self) -> "TimelineOptions":
        """The same without what matters only when the source has been looked through."""
        return replace(
            self, fps=None, target_fps=None, slow=None, loop=False, at_cut="hold", max_hold=None
        )

    @property
    def part(self) -> dict[str, Fraction | None]:
        """The limits of the part, as `frames_in_part` and `plan` take them."""
        return {"start": self.start, "stop": self.end, "seconds": self.seconds}


def _exclusive(**values: Number | None) -> None:
    """Raise UsageError where two values were given of which there may be one."""
    if all(value is not None for value in values.values()):
        message = f"{' and '.join(values)} exclude each other: give one, not both"
        raise UsageError(message, option=tuple(values))


def _parsed(
    parse: Callable[[str, str], Fraction], value: Number | None, option: str
) -> Fraction | None:
    """Return a number, by the same rules as if it were text."""
    if value is None:
        return None
    return parse(number_text(value), option)


def checked_level(value: float, option: str) -> float:
    """Return a number of 8-bit levels.

    Raises:
        UsageError: it lies outside 0..255.
    """
    if not (isinstance(value, int | float) and 0 <= value <= 255):
        raise UsageError(f"{option} {shown(value)} is out of range: give 0 to 255", option=option)
    return float(value)


def plan_scanned(scan: SourceScan, rate: Fraction, options: TimelineOptions) -> Schedule:
    """Decide what every output frame is; `rate` is what the source says that it has.

    Raises:
        UsageError: the part lies outside the video.
    """
    scan = scan.without_holes()
    return plan(
        scan.times,
        scan.end,
        options.retiming,
        kept=scan.kept,
        cuts=scan.cuts,
        at_cut=options.at_cut,
        loop=options.loop,
        max_hold=options.max_hold,
        rate=rate,
        **options.part,
    )


def plan_unscanned(source: FrameSource, options: TimelineOptions) -> Schedule:
    """Return the schedule as far as it is known before a picture is seen.

    Rates, times and part are right; cuts and repeated drawings are not in it.

    Raises:
        UsageError: the part lies outside the video, or the threshold above its pixels.
        InputError: the times, or the list of cuts, cannot be read.
    """
    info = source.info
    if isinstance(options.threshold, int) and options.threshold > info.width * info.height:
        raise UsageError(
            f"threshold {options.threshold} is above the {info.width * info.height} pixels "
            f"of a {info.width}x{info.height} frame",
            option="threshold",
        )
    if info.once:  # nothing is known but the rate that it states: a second of it tells the moments
        options = replace(options, start=None, end=None, seconds=None)
        known = ConstantTimes(Fraction(0), info.frame_rate, ceil(info.frame_rate) + 1)
        end = len(known) / info.frame_rate
        return plan_scanned(SourceScan(known, end, (), None, None), info.frame_rate, options)
    times, end = source.times()
    scan = SourceScan(times, end, _listed(options, times, end) or (), None, None)
    return plan_scanned(scan, info.frame_rate, options)


def check_rate_meant(schedule: Schedule, options: TimelineOptions) -> None:
    """Refuse a rate that is more likely a slip: a multiple where a rate was meant.

    Raises:
        UsageError: more than 8 frames are made of one, or more than 240 a second.
    """
    before, after = schedule.shots.frame_rate, schedule.frame_rate
    many = options.fps is not None and options.fps > USUAL_FACTOR
    if not many and (after <= USUAL_RATE or before > USUAL_RATE or after <= before):
        return
    option = "fps" if options.target_fps is None else "target_fps"
    asked = options.fps or options.target_fps or 2
    advice = {"target_fps": f"{{}} {_plain(asked)} makes {_plain(asked)} a second"} if many else {}
    raise UsageError(
        f"{option} {_plain(asked)} makes {_plain(after)} frames a second of {_plain(before)}",
        option=option,
        advice=advice | {"yes": "add {} if that is meant"},
    )


def check_moments(
    schedule: Schedule,
    options: TimelineOptions,
    shutter: Fraction | None,
    moments: Moments,
    model: str,
) -> None:
    """Refuse a schedule with frames at times that the model does not make.

    Args:
        schedule: what is to be made.
        options: the wishes that it comes of.
        shutter: degrees, where there is motion blur.
        moments: what the model makes.
        model: its name.

    Raises:
        UsageError: there are such frames; the message says which times are possible.
    """
    if moments is Moments.ANY:
        return
    for content in all_contents(schedule, shutter):
        if isinstance(content, Interpolated) and not moments.include(content.t):
            raise _moment_refused(content.t, schedule, options, shutter, moments, model)


def _moment_refused(
    t: Fraction,
    schedule: Schedule,
    options: TimelineOptions,
    shutter: Fraction | None,
    moments: Moments,
    model: str,
) -> UsageError:
    repeated = len(schedule.shots.kept) < len(schedule.shots.times)
    asked = {
        "shutter": shutter,
        "threshold": options.threshold if repeated else None,
        "slow": options.slow,
        "target_fps": options.target_fps,
        "fps": options.fps or Fraction(2),
    }
    option, value = next((name, value) for name, value in asked.items() if value is not None)
    said = value if isinstance(value, str) else _plain(value)
    factor = {"fps": "fps", "target_fps": "fps", "slow": "slow"}.get(option)
    possible = {factor: "{} 2, 4 and 8 are possible"} if factor else {}
    return UsageError(
        f"{option} {said} needs a frame at {shown(t)} of the way, but model {model} makes "
        f"{moments.value}",
        option=option,
        advice=possible | {"model": "for others give another {}"},
    )


def _plain(number: Fraction | int) -> str:
    return f"{float(number):.6g}"


def _listed(options: TimelineOptions, times: Times, end: Fraction) -> list[int] | None:
    return None if options.scenes is None else read_cuts(options.scenes, times, end)


def scan_source(
    source: FrameSource,
    options: TimelineOptions,
    observer: Observer = lambda _: None,
    watch: Watch | None = None,
    every_frame: bool = False,
) -> SourceScan:
    """Find the cuts and the repeated drawings, as far as they are asked for.

    `source` itself is not read: it is opened a second time, and only if that is needed.

    Args:
        observer: is told how far it has come.
        watch: is shown every frame; it may begin anew with number 0, where times have to be
            found by decoding.
        every_frame: look even where nothing is to be found, for the findings on each frame.

    Raises:
        UsageError: a threshold is out of its range.
        InputError: the source or the list of cuts cannot be read.
    """
    for last in (False, True):
        times, end = source.times()
        try:
            scan = scan_frames(
                lambda: ahead(_frames_of(source), READ_AHEAD),
                times,
                end,
                options,
                observer,
                watch,
                every_frame,
            )
            return replace(scan, holes=holes_of(source))
        except TimesChanged:
            if last:  # every time it is decoded its frames differ
                raise InputError(f"{source.info.path} is damaged") from None
    raise AssertionError


def _frames_of(source: FrameSource) -> Generator[NDArray[Any], None, None]:
    with source.reopen() as again:
        for frame in again:
            yield frame.pixels


def scan_frames(
    frames: Callable[[], Generator[NDArray[Any], None, None]],
    times: Times,
    end: Fraction,
    options: TimelineOptions,
    observer: Observer = lambda _: None,
    watch: Watch | None = None,
    every_frame: bool = False,
) -> SourceScan:
    """Return the same for frames that come from no file; `frames` is called only where needed."""
    listed = _listed(options, times, end)
    finds_cuts = listed is None and options.scene_threshold > 0
    if not (finds_cuts or options.threshold or watch or every_frame):
        return SourceScan(times, end, listed or (), None, None)
    analysis = Analysis(
        options.threshold,
        options.tolerance,
        options.scene_threshold if finds_cuts else None,
        listed,
    )
    part = frames_in_part(times, end, **options.part)
    meter = Meter(observer, "scan", part.stop)
    with closing(frames()) as pixels:
        for number, picture in enumerate(islice(pixels, part.stop)):
            analysis.update(picture)
            if watch is not None:
                watch(number, picture)
            meter.step()
    findings = analysis.finish(times)
    return SourceScan(
        times, end, findings.cuts, findings, findings.kept if options.threshold else None
    )
