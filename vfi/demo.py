"""`make demo`: a clip at three times its frame rate, and a pair of its frames.

Usage: python -m vfi.demo [VIDEO]
"""

import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

from .errors import InputError, VfiError

FOLDER = Path("demo")
SECONDS = Fraction(2)  # of the clip
FACTOR = 3


def main() -> None:
    """Make the demonstration and say where it is."""
    try:
        clip = Path(sys.argv[1]) if len(sys.argv) > 1 else _drawn_clip()
        demonstrate(clip, FOLDER)
    except (VfiError, OSError) as error:
        sys.exit(f"Error: {error}")


def _drawn_clip() -> Path:
    """Return a clip of our own, drawn into the folder of the demonstration."""
    from .figures.drawn_clip import draw_clip

    FOLDER.mkdir(exist_ok=True)
    return draw_clip(FOLDER / "drawn.mp4", overwrite=True)


def demonstrate(clip: Path, folder: Path) -> None:
    """Write the demonstration into a folder.

    Raises:
        VfiError: the clip cannot be read or the results not written.
    """
    import numpy as np

    from .evaluation.baselines import average
    from .evaluation.metrics import psnr
    from .interpolator import Interpolator
    from .job import Job
    from .media.pictures.images import write_image
    from .media.source import open_video
    from .planning import TimelineOptions

    with open_video(clip) as source:
        frames = [frame.pixels for frame in islice(source, 3)]
    if len(frames) < 3:
        raise InputError(f"{clip} has only {len(frames)} frames; the demonstration needs three")
    one, truth, two = frames
    folder.mkdir(parents=True, exist_ok=True)
    interpolator = Interpolator()
    print(f"model    {interpolator.model} on {interpolator.device}")
    video = folder / f"{clip.stem}_{FACTOR}x.mp4"
    timeline = TimelineOptions(FACTOR, seconds=SECONDS)
    job = Job(clip, video, timeline, interpolator=interpolator, overwrite=True)
    schedule = job.run(progress=sys.stderr.isatty()).schedule
    print(
        f"video    {video}: {len(schedule.source_frames)} frames of {clip.name} became "
        f"{len(schedule)}, {float(schedule.frame_rate):g} a second; every third is the source's own"
    )
    middle = np.asarray(interpolator(one, two))
    for name, pixels in (("one", one), ("two", two), ("middle", middle), ("truth", truth)):
        write_image(folder / f"{name}.png", pixels, overwrite=True)
    print(
        f"pair     {folder}/one.png and two.png are frames 0 and 2; middle.png was made of them;\n"
        f"         truth.png is frame 1: {psnr(middle, truth):.2f} dB, "
        f"where their average has {psnr(average(one, two), truth):.2f} dB"
    )


if __name__ == "__main__":
    main()
