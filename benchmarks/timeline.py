"""Measures the timeline: cut detection, cadence, drift, still things, held animation.

    python -m benchmarks.timeline cuts --clips ../shared/validation
    python -m benchmarks.timeline cadence --clips ../shared/validation
    python -m benchmarks.timeline tolerance
    python -m benchmarks.timeline drift
    python -m benchmarks.timeline still --clips ../shared/validation --model direct
    python -m benchmarks.timeline held --clips ../shared/validation --model hybrid

Run from the checkout. docs/timeline.md says what each figure means.
"""

import argparse
import random
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector, ContentDetector

from tests.helpers.drawings import animation, compressed
from vfi.analysis.cadence import CadenceMeter, find_keyframes
from vfi.analysis.differences import differing_pixels
from vfi.analysis.scenes import SceneDetector
from vfi.rendering.static_regions import keep_still
from vfi.timeline.schedule import Interpolated, Multiply, SourceFrame, TargetRate, plan
from vfi.timeline.times import ConstantTimes

Frame = NDArray[np.uint8]
CutFinder = Callable[[list[Frame]], set[int]]

PATTERNS = {
    "ones": [1],
    "twos": [2],
    "threes": [3],
    "fours": [4],
    "twos and threes": [2, 3, 3, 2, 2, 3],
    "mixed": [1, 2, 2, 3, 1, 1, 2, 3, 3],
}


def load(folder: Path, height: int) -> dict[str, list[Frame]]:
    """Return every clip's frames, RGB, reduced to `height` by area averaging."""
    clips: dict[str, list[Frame]] = {}
    for path in sorted(folder.glob("*.mp4")):
        with av.open(str(path)) as source:
            clips[path.stem] = [
                reduced(frame.to_ndarray(format="rgb24"), height)
                for frame in source.decode(video=0)
            ]
    if not clips:
        raise SystemExit(f"no .mp4 files in {folder}")
    return clips


def reduced(picture: Frame, height: int) -> Frame:
    """Return the picture reduced to at most that height."""
    if picture.shape[0] <= height:
        return picture
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def psnr(one: Frame, two: Frame) -> float:
    """Return the PSNR of two frames in dB."""
    error = np.mean((one.astype(np.float64) - two.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-6)))


# Cuts -------------------------------------------------------------------------------------------


def our_cuts(frames: list[Frame]) -> set[int]:
    """Return where our detector finds cuts."""
    detector = SceneDetector()
    found = [cut for frame in frames for cut in detector.update(frame)]
    return {*found, *detector.finish()}


def pyscenedetect_cuts(detector: ContentDetector, frames: list[Frame]) -> set[int]:
    """Return where one of PySceneDetect's detectors finds cuts."""
    found: list[FrameTimecode] = []
    moment = FrameTimecode(0, fps=25.0)
    for index, frame in enumerate(frames):
        moment = FrameTimecode(index, fps=25.0)
        small = reduced(frame, 144)  # PySceneDetect itself reduces to 256 columns
        found += detector.process_frame(moment, cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    found += detector.post_process(moment)
    return {cut.frame_num for cut in found}


FINDERS: dict[str, CutFinder] = {
    "vfi": our_cuts,
    "ContentDetector": lambda frames: pyscenedetect_cuts(ContentDetector(min_scene_len=1), frames),
    "AdaptiveDetector": lambda frames: pyscenedetect_cuts(
        AdaptiveDetector(min_scene_len=1), frames
    ),
}


def joined(clips: dict[str, list[Frame]], seed: int, pieces: int) -> tuple[list[Frame], set[int]]:
    """Return pieces of 4 to 30 frames from random places of random clips, and the joins."""
    chance = random.Random(seed)
    frames: list[Frame] = []
    joins: set[int] = set()
    last = ""
    for _ in range(pieces):
        last = chance.choice([name for name in clips if name != last])
        length = chance.randint(4, 30)
        start = chance.randrange(max(1, len(clips[last]) - length + 1))
        joins.add(len(frames))
        frames += clips[last][start : start + length]
    return frames, joins - {0}


def in_grey(frames: Iterable[Frame]) -> list[Frame]:
    """Return the frames without their colours."""
    return [
        cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        for frame in frames
    ]


def measure_cuts(options: argparse.Namespace) -> None:
    """Print how many cuts are found, missed and invented."""
    clips = load(options.clips, 360)
    for colour in ("colour", "black and white"):
        if colour != "colour":
            clips = {name: in_grey(frames) for name, frames in clips.items()}
        print(f"{colour}: {options.seeds} joins of {options.pieces} pieces, 4 to 30 frames each")
        for name, finder in FINDERS.items():
            hits = false = missed = 0
            for seed in range(options.seeds):
                frames, joins = joined(clips, seed, options.pieces)
                found = finder(frames)
                hits += len(found & joins)
                false += len(found - joins)
                missed += len(joins - found)
            alone = {clip: len(finder(frames)) for clip, frames in clips.items()}
            print(
                f"  {name:<17} precision {hits / max(1, hits + false):.4f} "
                f"recall {hits / (hits + missed):.4f} ({hits} right, {false} false, "
                f"{missed} missed); false in the clips alone: {sum(alone.values())}"
            )


# Cadence ----------------------------------------------------------------------------------------


def measure_cadence(options: argparse.Namespace) -> None:
    """Print how many drawings are lost and how many repeats kept."""
    print("pattern            frames  right     lost drawings  kept repeats  (all noise and crf)")
    for (name, lengths), retiming in product(PATTERNS.items(), (1.0, 0.3)):
        frames_seen = lost = kept_repeats = 0
        conditions = product(range(options.seeds), (0, 3, 6), (None, 23, 28, 32), (False, True))
        for seed, noise, crf, small in conditions:
            frames, new = animation(lengths, 100 + seed, 48, noise, small, retiming)
            found = set(keyframes(compressed(frames, crf) if crf else frames))
            frames_seen += len(frames)
            lost += sum(is_new and frame not in found for frame, is_new in enumerate(new))
            kept_repeats += len(found - {frame for frame, is_new in enumerate(new) if is_new})
        right = 1 - (lost + kept_repeats) / frames_seen
        speed = "" if retiming == 1 else ", slow"
        print(f"{name + speed:<18} {frames_seen:>6}  {right:.4f}  {lost:>13}  {kept_repeats:>12}")
    if options.clips:
        for clip, frames in load(options.clips, 720).items():
            print(f"{clip}: {len(frames) - len(keyframes(frames))} of {len(frames)} dropped")


def keyframes(frames: Iterable[Frame]) -> list[int]:
    """Return which frames are new drawings."""
    meter = CadenceMeter()
    for frame in frames:
        meter.update(frame)
    return find_keyframes(meter.changes())


def measure_tolerance(options: argparse.Namespace) -> None:
    """Show how many pixels of a repeat differ after compression, and of a new drawing."""
    print("differing pixels of 36,864:  crf  tolerance   repeats: median, most   new: least")
    for crf, tolerance in product((18, 23, 28), (2, 4, 8, 16)):
        repeats, drawn = [], []
        for seed in range(4):
            frames, new = animation([2], 100 + seed, 48)
            coded = compressed(frames, crf)
            for frame in range(1, len(coded)):
                count = differing_pixels(coded[frame - 1], coded[frame], tolerance)
                (drawn if new[frame] else repeats).append(count)
        print(
            f"{crf:>32} {tolerance:>10} {np.median(repeats):>17.0f} {max(repeats):>6} "
            f"{min(drawn):>12}"
        )


# Drift ------------------------------------------------------------------------------------------


def measure_drift(options: argparse.Namespace) -> None:
    """Print how far a plan of hours is from exact times."""
    film, ntsc = Fraction(24000, 1001), Fraction(60000, 1001)
    count = options.hours * 3600 * 24
    times = ConstantTimes(Fraction(0), film, count)
    for retiming, rate in ((TargetRate(ntsc), ntsc), (Multiply(Fraction(5, 2)), ntsc)):
        schedule = plan(times, count / film, retiming)
        worst = max(
            abs(frame.time - frame.index / rate)
            for frame in (schedule[index] for index in range(0, len(schedule), 997))
        )
        sources = sum(
            schedule[index // 2 * 5].content == SourceFrame(index)
            for index in range(0, count, 1000)
        )
        print(
            f"{type(retiming).__name__}: {options.hours} h at 24000/1001 -> "
            f"{len(schedule)} frames, {schedule.frame_rate}; duration off by "
            f"{schedule.duration - count / film} s, frame times by {worst} s; "
            f"{sources} of {len(range(0, count, 1000))} sources in place"
        )
    print(f"for comparison: 23.976 rounded up to 24 loses {float(count / film - count / 24):.1f} s")


# Still things -----------------------------------------------------------------------------------


def with_caption(picture: Frame) -> Frame:
    """Return the picture with a caption that stands still."""
    picture = picture.copy()
    height = picture.shape[0]
    for colour, width in (((0, 0, 0), 5), ((255, 255, 255), 2)):
        place = (height // 3, height - height // 10)
        cv2.putText(picture, "A still caption", place, cv2.FONT_HERSHEY_SIMPLEX, 1, colour, width)
    return picture


def measure_still(options: argparse.Namespace) -> None:
    """Print what keeping still regions does to frames."""
    from vfi.interpolator import Interpolator

    interpolator = Interpolator(options.model)
    print(f"model {interpolator.model}, 640x360, triplets (i, i+1, i+2), i = 0, 6, 12 …")
    print("clip                          whole: plain  still    caption: plain  still   (PSNR, dB)")
    for clip, frames in load(options.clips, 360).items():
        rows = []
        caption = with_caption(np.zeros_like(frames[0])).any(axis=2)
        for i in range(0, len(frames) - 2, 6):
            one, truth, two = frames[i : i + 3]
            result = interpolator(one, two)
            row = [psnr(result, truth), psnr(keep_still(one, two, result), truth)]
            one, truth, two = map(with_caption, (one, truth, two))
            result = interpolator(one, two)
            still = keep_still(one, two, result)
            row += [psnr(picture[caption], truth[caption]) for picture in (result, still)]
            rows.append(row)
        mean = np.mean(rows, axis=0)
        print(f"{clip:<28} {mean[0]:>13.2f} {mean[1]:>6.2f} {mean[2]:>17.2f} {mean[3]:>6.2f}")


# Held animation ---------------------------------------------------------------------------------


def measure_held(options: argparse.Namespace) -> None:
    """Every second drawing of the animated clips is held; what replaces it against the truth."""
    from vfi.interpolator import Interpolator

    interpolator = Interpolator(options.model)
    print(f"model {interpolator.model}: every second frame replaced by a repeat of the one before")
    for clip, frames in load(options.clips, 720).items():
        if not clip.startswith("anim"):
            continue
        held = [frames[index // 2 * 2] for index in range(len(frames))]
        coded = compressed(held, options.crf)
        found = keyframes(coded)
        times = ConstantTimes(Fraction(0), Fraction(24), len(frames))
        schedule = plan(times, Fraction(len(frames), 24), Multiply(1), kept=found)
        repeated, made = [], []
        for frame in schedule:
            if isinstance(frame.content, Interpolated):
                one, two = coded[frame.content.one], coded[frame.content.two]
                made.append(psnr(interpolator(one, two, frame.content.t), frames[frame.index]))
                repeated.append(psnr(one, frames[frame.index]))
        wrong = len(set(found) ^ set(range(0, len(frames), 2)))
        print(
            f"  {clip}: {wrong} wrong decisions; {len(made)} frames, held {np.mean(repeated):.2f} "
            f"dB, interpolated {np.mean(made):.2f} dB"
        )


def main() -> None:
    """Run the measurement that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    for name, run in (
        ("cuts", measure_cuts),
        ("cadence", measure_cadence),
        ("tolerance", measure_tolerance),
        ("drift", measure_drift),
        ("still", measure_still),
        ("held", measure_held),
    ):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--clips", type=Path, required=name in ("cuts", "still", "held"))
        command.add_argument("--seeds", type=int, default=10 if name == "cuts" else 1)
        command.add_argument("--pieces", type=int, default=24)
        command.add_argument("--hours", type=int, default=10)
        command.add_argument("--crf", type=int, default=18)
        command.add_argument("--model", default=None, help="default: the shipped one")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
