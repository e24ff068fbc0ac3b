"""Measures what reading and writing cost beside the network, at 1080p.

    python -m benchmarks.throughput ../shared/validation/CLIP.mp4 --frames 8 --rounds 3

The same frames are doubled in turns, round after round: by the network alone, from memory and into
nothing; by a job from H.264 to H.264; and by one from y4m to y4m. What is compared are the rounds'
ratios, in seconds of the clock and in seconds of the processor: on a machine that does other work
meanwhile the first are noise, and the second say how much work there is.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Self

import vfi
from vfi.interpolator import Interpolator
from vfi.media.frame import VideoFrame, VideoInfo
from vfi.planning import TimelineOptions, plan_unscanned
from vfi.rendering.render import rendered_frames


class Taken(NamedTuple):
    """What a piece of work took, in seconds."""

    clock: float
    processor: float


class InMemory:
    """Decoded frames, as a source."""

    def __init__(self, info: VideoInfo, frames: list[VideoFrame]) -> None:
        self.info, self.notes, self._frames = info, list[str](), frames

    def __iter__(self) -> Iterator[VideoFrame]:
        return iter(self._frames)

    def times(self) -> tuple[list[Fraction], Fraction]:
        """Return when each is shown, and when the last is over."""
        times = [frame.time for frame in self._frames]
        return times, times[-1] + 1 / self.info.frame_rate

    def reopen(self) -> Self:
        """Return the same."""
        return self

    def close(self) -> None:
        """There is nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def taken(work: Callable[[], object]) -> Taken:
    """Do some work."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - clock, time.process_time() - processor)


def written(clip: Path, folder: Path, count: int) -> tuple[InMemory, Path, Path]:
    """Return the first frames of a clip: decoded, as H.264, and as y4m."""
    with vfi.open_video(clip) as video:
        info = video.info
        frames = [VideoFrame(f.pixels, f.time, f.decoded) for f in islice(video, count)]
    paths = folder / "in.mp4", folder / "in.y4m"
    for path in paths:
        with vfi.VideoWriter(path, info.width, info.height, info.frame_rate, info) as writer:
            for frame in frames:
                writer.write(frame.pixels, frame.time, frame.decoded)
    return InMemory(info, frames), *paths


def alone(source: InMemory, interpolator: Interpolator) -> None:
    """Make all frames and keep none."""
    schedule = plan_unscanned(source, TimelineOptions(fps=2))
    with closing(rendered_frames(source, schedule, interpolator)) as frames:
        for frame in frames:
            del frame


def job(source: Path, out: Path, interpolator: Interpolator) -> None:
    """Double a file's rate, with no look for cuts: that is another pass."""
    options: dict[str, Any] = {"scene_threshold": 0, "overwrite": True}
    vfi.interpolate_video(source, out, fps=2, interpolator=interpolator, **options)


def main() -> None:
    """Measure, and print the figures."""
    plain = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", default=None)
    wanted = parser.parse_args()
    interpolator = Interpolator(wanted.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, coded, raw = written(wanted.clip, folder, wanted.frames)
        works = {
            "network alone": lambda: alone(source, interpolator),
            "H.264 to H.264": lambda: job(coded, folder / "out.mp4", interpolator),
            "y4m to y4m": lambda: job(raw, folder / "out.y4m", interpolator),
        }
        alone(source, interpolator)  # kernels are compiled and files are in memory from here on
        rounds = [{name: taken(work) for name, work in works.items()} for _ in range(wanted.rounds)]
    tell(rounds, source.info, wanted.frames, str(interpolator.model))
    return None


def tell(rounds: list[dict[str, Taken]], info: VideoInfo, count: int, model: str) -> None:
    """Print a table, and the two ratios."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{model}, {count} frames of {info.width}x{info.height} to {2 * count}, ", end="")
    print(f"{len(rounds)} rounds, {os.cpu_count()} cores{load}\n")
    print("| | seconds of the clock | of the processor |\n|---|---|---|")
    for name in rounds[0]:
        each = [[done[name][i] for done in rounds] for i in range(2)]
        print(f"| {name} | " + " | ".join(f"{median(values):.1f}" for values in each) + " |")
    for over, under in (("H.264 to H.264", "network alone"), ("y4m to y4m", "H.264 to H.264")):
        ratios = [[done[over][i] / done[under][i] for done in rounds] for i in range(2)]
        said = (f"{median(r):.2f} ({min(r):.2f} to {max(r):.2f})" for r in ratios)
        print(f"| {over} / {under} | " + " | ".join(said) + " |")


if __name__ == "__main__":
    main()
