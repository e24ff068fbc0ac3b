"""Drawn animation, fades and pans made for the tests, with and without noise and compression."""

import io
from functools import cache

import av
import cv2
import numpy as np

from .textures import coloured_layers

WIDTH, HEIGHT = 256, 144


@cache
def drawing(seed, moment, small=False, retiming=1.0):
    """One drawing: a painted background and discs with an outline and a hand, that move 1 to 4
    pixels (times `retiming`) a frame; `small`: one disc of 6 to 9 pixels.
    """
    random = np.random.default_rng(seed)
    paint = random.integers(60, 200, (6, 10, 3), dtype=np.uint8)
    picture = cv2.resize(paint, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(1 if small else 3):
        x, y = random.uniform(0.2, 0.8, 2) * (WIDTH, HEIGHT)
        angle, speed = random.uniform(0, 6.28), random.uniform(1, 4) * retiming
        radius = int(random.uniform(6, 9) if small else random.uniform(12, 30))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        x = abs((x + np.cos(angle) * speed * moment) % (2 * WIDTH) - WIDTH)
        y = abs((y + np.sin(angle) * speed * moment) % (2 * HEIGHT) - HEIGHT)
        centre = (int(x * 16), int(y * 16))
        hand = (
            int(x + radius * np.cos(moment * 0.3 * retiming)),
            int(y + radius * np.sin(moment * 0.3 * retiming)),
        )
        cv2.circle(picture, centre, radius * 16, colour, -1, cv2.LINE_AA, 4)
        cv2.circle(picture, centre, radius * 16, (20, 20, 20), 2, cv2.LINE_AA, 4)
        cv2.line(picture, (int(x), int(y)), hand, (0, 0, 0), 2, cv2.LINE_AA)
    return picture


def animation(lengths, seed, count=48, noise=0.0, small=False, retiming=1.0):
    """Return `count` frames of drawings that are held for `lengths` (repeated as needed), and
    whether each frame is a new drawing.
    """
    frames: list[np.ndarray] = []
    new: list[bool] = []
    place = 0
    while len(frames) < count:
        held = lengths[place % len(lengths)]
        picture = drawing(seed, len(frames), small, retiming)
        frames += [picture] * held
        new += [True] + [False] * (held - 1)
        place += 1
    return with_noise(frames[:count], noise, seed), new[:count]


def with_noise(frames, sigma, seed=0):
    if not sigma:
        return frames
    random = np.random.default_rng(seed + 1000)
    return [
        np.clip(np.rint(frame + random.normal(0, sigma, frame.shape)), 0, 255).astype(np.uint8)
        for frame in frames
    ]


def compressed(frames, crf, rate=24):
    """Return the frames after H.264 (libx264, veryfast) at this quality."""
    data = io.BytesIO()
    height, width = frames[0].shape[:2]
    with av.open(data, "w", format="mp4") as output:
        options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode())
    data.seek(0)
    with av.open(data) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


def texture(seed, width=WIDTH, height=HEIGHT):
    """A photograph of nothing, (height, width, 3) uint8."""
    return coloured_layers(seed, width, height)


def pan(picture, step, count, width=WIDTH, height=HEIGHT):
    """Return views that move `step` pixels a frame to the right over a wide picture."""
    views = []
    for index in range(count):
        shift = np.float32([[1, 0, -step * index], [0, 1, 0]])
        views.append(cv2.warpAffine(picture, shift, (width, height), flags=cv2.INTER_LINEAR))
    return views


def fade(picture, count):
    """Return the picture going to black over `count` frames."""
    return [np.rint(picture * (1 - index / (count - 1))).astype(np.uint8) for index in range(count)]
