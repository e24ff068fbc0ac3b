"""What is done to the colours and the scale of training windows, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SCALE = 0.5
LARGEST_SCALE = 2.0


@dataclass(frozen=True)
class Augmentation:
    """Chances (0..1) and strengths of the changes to a window.

    The first group changes all frames alike; the second makes the two input frames differ from
    the target a little, as cameras and codecs do.
    """

    flip: float = 0.5  # horizontally, and on its own vertically
    transpose: float = 0.5  # swaps x and y
    reverse: float = 0.5  # swaps the two outer frames
    shrink: float = 0.25  # scales by 0.5 to 1
    enlarge: float = 0.0  # scales by 1 to 2: as soft as video usually is at its full size
    shuffle: float = 0.3  # permutes the colour channels
    recolour: float = 0.4  # gain, gamma, colour cast
    gain: float = 0.15
    gamma: float = 0.2
    cast: float = 0.05  # gain of one channel

    soften: float = 0.0  # blurs: video at its full size is softer than clips that were reduced
    soften_deviations: tuple[float, float] = (0.4, 1.3)  # pixels
    damage: float = 0.0  # JPEG of all three frames, each on its own, as codecs damage video
    damage_quality: tuple[int, int] = (45, 97)

    fade: float = 0.05  # brightness drifts from frame one to frame two
    fade_gain: float = 0.03
    noise: float = 0.05  # on the input frames only
    noise_level: float = 2.0  # standard deviation, grey levels of 255
    compress: float = 0.05  # JPEG, on the input frames only
    compress_quality: tuple[int, int] = (60, 95)

    def draw_scale(self, random: np.random.Generator, least: float) -> float:
        """Return a factor of at least `least` for the size of the pictures, mostly 1."""
        chance, place = random.random(2)
        if chance >= 1 - self.enlarge:
            return float(1 + (LARGEST_SCALE - 1) * place)
        least = max(least, LEAST_SCALE)
        if chance >= self.shrink or least >= 1:
            return 1.0
        return float(least + (1 - least) * place)


NO_AUGMENTATION = Augmentation(
    flip=0, transpose=0, reverse=0, shrink=0, shuffle=0, recolour=0, fade=0, noise=0, compress=0
)


def augment_colours(
    frames: list[NDArray[np.uint8]],
    t: float,
    augmentation: Augmentation,
    random: np.random.Generator,
) -> list[NDArray[np.uint8]]:
    """Change the colours of one, target (at `t`) and two: (H, W, 3) uint8 each."""
    frames = _worn(frames, augmentation, random)
    chances = random.random(5)
    if chances[0] < augmentation.shuffle:
        order = random.permutation(3)
        frames = [np.ascontiguousarray(frame[..., order]) for frame in frames]
    alike = chances[1] < augmentation.recolour
    fades = chances[2] < augmentation.fade
    if alike or fades:
        table = _response(augmentation, random) if alike else np.tile(_LEVELS, (1, 1, 3))
        drift = random.uniform(-1, 1) * augmentation.fade_gain if fades else 0.0
        gains = [1 - drift / 2, 1 + drift * (t - 0.5), 1 + drift / 2]
        frames = [
            cv2.LUT(frame, _bytes(table * gain)) for frame, gain in zip(frames, gains, strict=True)
        ]
    one, target, two = frames
    if chances[3] < augmentation.noise:
        level = random.uniform(0, augmentation.noise_level)
        one, two = _noisy(one, level, random), _noisy(two, level, random)
    if chances[4] < augmentation.compress:
        quality = int(random.integers(*augmentation.compress_quality))
        one, two = _compressed(one, quality), _compressed(two, quality)
    return [one, target, two]


def _worn(
    frames: list[NDArray[np.uint8]], augmentation: Augmentation, random: np.random.Generator
) -> list[NDArray[np.uint8]]:
    """All frames alike as soft and as compressed as video often is."""
    if not augmentation.soften and not augmentation.damage:
        return frames  # nothing is drawn: other runs see what they saw
    chances = random.random(2)
    if chances[0] < augmentation.soften:
        deviation = random.uniform(*augmentation.soften_deviations)
        frames = [np.asarray(cv2.GaussianBlur(f, (0, 0), deviation), np.uint8) for f in frames]
    if chances[1] < augmentation.damage:
        quality = int(random.integers(*augmentation.damage_quality))
        frames = [_compressed(frame, quality) for frame in frames]
    return frames


_LEVELS = np.arange(256, dtype=np.float64).reshape(256, 1, 1)


def _response(augmentation: Augmentation, random: np.random.Generator) -> NDArray[np.float64]:
    """Gain, gamma and colour cast as a table of what each level becomes: (256, 1, 3)."""
    gain = 1 + random.uniform(-1, 1) * augmentation.gain
    gamma = np.exp(random.uniform(-1, 1) * augmentation.gamma)
    cast = 1 + random.uniform(-1, 1, 3) * augmentation.cast
    table: NDArray[np.float64] = 255 * (_LEVELS / 255) ** gamma * gain * cast
    return table


def _bytes(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _noisy(
    frame: NDArray[np.uint8], level: float, random: np.random.Generator
) -> NDArray[np.uint8]:
    return _bytes(frame + random.standard_normal(frame.shape, np.float32) * level)


def _compressed(frame: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, code = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(code, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was encoded the line before
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)
