"""Draws scenes of known motion on which interpolation fails, and what a model makes of them.

    python benchmarks/failures.py --model hybrid --out weights/hybrid-failures.jpg

One row a scene: first frame, second frame, what the model makes half way
between, the truth. The scenes are drawn here, so that the pictures may be shown anywhere.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vfi import Interpolator
from vfi.model_files import default_model

HEIGHT, WIDTH = 216, 288
FINER = 4  # drawn so much larger and reduced: smooth edges
Picture = NDArray[np.uint8]
Scene = Callable[[float], Picture]  # time in 0..1 → the frame


def texture(height: int, width: int, colours: tuple[int, int, int], seed: int) -> Picture:
    """Blobs of many sizes around a colour."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for size in (5, 12, 30, 70):
        noise = cv2.GaussianBlur(random.normal(size=total.shape).astype(np.float32), (0, 0), size)
        total += noise / noise.std() * size**0.5
    shade = 1 + 0.12 * total / total.std()
    return np.asarray((shade[..., None] * np.array(colours)).clip(0, 255), np.uint8)


BACKGROUND = texture(HEIGHT * FINER, (WIDTH + 80) * FINER, (90, 130, 120), 1)


def background(pan: float) -> Picture:
    """Return the backdrop, `pan` pixels further left."""
    left = round(pan * FINER)
    return BACKGROUND[:, left : left + WIDTH * FINER].copy()


def at(x: float, y: float) -> tuple[int, int]:
    """Return a point as OpenCV wants it, in the finer pixels that are drawn in."""
    return round(x * FINER), round(y * FINER)


def ball(t: float) -> Picture:
    """Two pixels of pan, and a ball that goes three times its width."""
    canvas = background(2 * t)
    cv2.circle(canvas, at(90 + 84 * t, 120 - 30 * t), 14 * FINER, (235, 235, 240), -1)
    return canvas


def limb(t: float) -> Picture:
    """Return a stick that turns by 70 degrees around its end."""
    canvas = background(0)
    angle = np.radians(-80 + 70 * t)
    end = 140 + 85 * np.cos(angle), 160 + 85 * np.sin(angle)
    cv2.line(canvas, at(140, 160), at(*end), (60, 70, 190), 16 * FINER)
    return canvas


def bars(t: float) -> Picture:
    """Thin bars in front of what pans the other way: the space between them looks alike."""
    canvas = background(24 * t)
    for place in range(-20, WIDTH + 20, 26):
        x = place + 14 * t
        cv2.rectangle(canvas, at(x, 20), at(x + 3, HEIGHT - 20), (40, 40, 50), -1)
    return canvas


def uncovered(t: float) -> Picture:
    """Return a wall that leaves: what was behind it is in one frame only."""
    canvas = background(3 * t)
    wall = texture(HEIGHT * FINER, 120 * FINER, (150, 110, 90), 2)
    left = round((80 + 36 * t) * FINER)
    canvas[:, left : left + 120 * FINER] = wall
    return canvas


SCENES: dict[str, Scene] = {"ball": ball, "limb": limb, "bars": bars, "uncovered": uncovered}


def drawn(scene: Scene, t: float) -> Picture:
    """Return the scene at time t as a picture."""
    frame = cv2.resize(scene(t), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(frame[..., ::-1])  # RGB


def main() -> None:
    """Draw the scenes, interpolate them and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default=default_model())
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    interpolate = Interpolator(options.model, "cpu")
    rows = []
    for name, scene in SCENES.items():
        one, truth, two = (drawn(scene, t) for t in (0.0, 0.5, 1.0))
        made = np.asarray(interpolate(one, two))
        error = float(np.square(made.astype(np.float32) - truth).mean())
        print(f"{name:10} {10 * np.log10(255**2 / error):.2f} dB")
        rows.append(np.hstack([one, two, made, truth]))
    cv2.imwrite(str(options.out), np.ascontiguousarray(np.vstack(rows)[..., ::-1]))


if __name__ == "__main__":
    main()
