"""The frames between two pictures: python examples/pair.py ONE.png TWO.png FOLDER."""

import sys
from pathlib import Path

import cv2

import vfi


def main(one: str, two: str, folder: str) -> None:
    """Write the frames at a quarter, a half and three quarters of the way."""
    first, second = (cv2.imread(path)[..., ::-1] for path in (one, two))  # RGB, (H, W, 3) uint8
    interpolator = vfi.Interpolator()
    Path(folder).mkdir(parents=True, exist_ok=True)
    times = [0.25, 0.5, 0.75]
    for t, frame in zip(times, interpolator(first, second, times), strict=True):
        cv2.imwrite(f"{folder}/{t:g}.png", frame[..., ::-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
