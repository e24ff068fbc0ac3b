"""An effect in a moviepy edit: python examples/with_moviepy.py IN OUT (needs vfi[moviepy])."""

import sys

from moviepy import VideoFileClip

import vfi.moviepy


def main(source: str, out: str) -> None:
    """Take the first half, halve it in size, and show it at three times the frame rate."""
    with VideoFileClip(source) as clip:
        part = clip.subclipped(0, clip.duration / 2).resized(0.5)
        smooth = part.with_effects([vfi.moviepy.Interpolate(factor=3)])
        smooth.write_videofile(out, codec="libx264", logger=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
