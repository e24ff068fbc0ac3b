"""A set of validation clips of one's own, from videos that one names.

The clips that this project measures on are not published with it. A like set is some six short
shots, 24 to 60 frames each, without cuts, at 720p, filmed and drawn ones, two of them fast:

    python benchmarks/make_validation.py match.mp4@12.5 cartoon.mkv@3 … --out clips --frames 48
    vfi benchmark validation --data clips --model hybrid

VIDEO@SECONDS is a video and where its shot begins. Frames are kept as they are, reduced by areas
where they do not fit into 1280×720, and written without loss (FFV1), so that no second compression
is measured. Clips with clear terms: Mixkit and Pexels (own licences), Xiph's derf collection, the
Blender Foundation's films (CC BY). Train on none of what is measured on.
"""

import argparse
from fractions import Fraction
from itertools import islice
from pathlib import Path

import vfi
from vfi.evaluation.datasets.withheld import VALIDATION, reduce_to_fit
from vfi.media.depth import converted
from vfi.timeline.rates import parse_time


def make_clip(source: Path, start: Fraction, frames: int, out: Path) -> Path:
    """Write `frames` frames of a video from `start` seconds on; the clip's path.

    Raises:
        SystemExit: the video ends before.
    """
    target = out / f"{source.stem}_{float(start):g}s.mkv"
    with vfi.open_video(source) as video:
        shot = islice((frame for frame in video if frame.time >= start), frames)
        pictures = [
            reduce_to_fit(converted(frame.pixels[..., :3], "uint8"), VALIDATION.largest)
            for frame in shot
        ]
        if len(pictures) < frames:
            raise SystemExit(f"{source} has {len(pictures)} frames from {float(start):g} s on")
        rate = video.info.frame_rate
    height, width = pictures[0].shape[:2]
    with vfi.VideoWriter(target, width, height, rate, codec="ffv1") as writer:
        for number, picture in enumerate(pictures):
            writer.write(picture, number / rate)
    return target


def main() -> None:
    """Cut the clips and write them to the folder."""
    parser = argparse.ArgumentParser(description="A validation set from videos that you name.")
    parser.add_argument("shots", nargs="+", metavar="VIDEO@SECONDS")
    parser.add_argument("--out", type=Path, required=True, help="The folder for the clips.")
    parser.add_argument("--frames", type=int, default=48, help="Of each clip.")
    wishes = parser.parse_args()
    wishes.out.mkdir(parents=True, exist_ok=True)
    for shot in wishes.shots:
        name, _, start = shot.rpartition("@")
        source, seconds = (name, parse_time(start)) if name else (start, Fraction(0))
        print(make_clip(Path(source), seconds, wishes.frames, wishes.out))


if __name__ == "__main__":
    main()
