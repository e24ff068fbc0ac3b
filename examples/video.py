"""A video at another frame rate, planned before it is made: python examples/video.py IN OUT."""

import sys

import vfi


def main(source: str, out: str) -> None:
    """Make it 60 frames a second, and say what became of it."""
    job = vfi.Job(
        source,
        out,
        timeline=vfi.TimelineOptions(target_fps=60),
        encoding=vfi.EncodingOptions(quality=20),
    )
    job.check()  # whatever is known to be wrong is said here, before a frame is decoded
    made = job.run()
    print(f"{made.path}: {len(made.schedule)} frames")


if __name__ == "__main__":
    main(*sys.argv[1:])
