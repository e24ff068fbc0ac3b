"""Interpolated frames in a pipeline of one's own: python examples/lazily.py IN OUT.

Nothing is kept but the frames at hand: a film of any length passes through.
"""

import sys
from fractions import Fraction

import vfi


def main(source: str, out: str) -> None:
    """Double the frame rate and mirror every frame."""
    with vfi.open_video(source) as video:
        width, height = video.info.width, video.info.height
        rate = 2 * (video.info.frame_rate or Fraction(25))
    with vfi.VideoWriter(out, width, height, rate) as writer:
        for time, pixels, _ in vfi.interpolated_frames(source, fps=2):
            writer.write(pixels[:, ::-1], time)


if __name__ == "__main__":
    main(*sys.argv[1:])
