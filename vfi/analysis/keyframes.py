"""Keyframes by a fixed threshold: which frames bring a new drawing, and which only repeat one."""

from dataclasses import dataclass

from ..errors import UsageError
from .differences import Pixels, differing_pixels

DEFAULT_TOLERANCE = 8.0  # 8-bit levels; docs/timeline.md has the measurement behind it


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether frame number `frame` is kept, and how many of its pixels differ from the last kept.

    The first frame is kept whatever the threshold; its count is the whole picture.
    """

    frame: int
    kept: bool
    differing: int


class KeyframeDetector:
    """Keeps a frame when at least `threshold` pixels differ from the last kept frame.

    A pixel differs when any of its channels moves by more than `tolerance` 8-bit levels. Threshold
    0 keeps every frame, repeats included; 1 drops exact repeats only (within the tolerance); W * H
    keeps a frame only if every pixel differs. Because the comparison is with the last *kept* frame,
    a slow fade or pan adds up until it is kept.
    """

    def __init__(self, threshold: int = 0, tolerance: float = DEFAULT_TOLERANCE) -> None:
        if threshold < 0:
            raise UsageError(
                f"threshold {threshold} is negative: give 0 to width * height, or auto",
                option="threshold",
            )
        if not 0 <= tolerance <= 255:
            raise UsageError(
                f"tolerance {tolerance:g} is out of range: give 0 to 255 levels", option="tolerance"
            )
        self._threshold = threshold
        self._tolerance = tolerance
        self._last_kept: Pixels | None = None
        self._count = 0

    def update(self, pixels: Pixels, new_scene: bool = False) -> Decision:
        """Decide on the next frame, (H, W) or (H, W, C); the first of a scene is always kept.

        The array is kept by reference until the next frame is kept: do not write to it.

        Raises:
            UsageError: the threshold is above the number of pixels.
            InputError: the frame does not match the one before in size or type.
        """
        height, width = pixels.shape[:2]
        if self._threshold > width * height:
            raise UsageError(
                f"threshold {self._threshold} is above the {width * height} pixels "
                f"of a {width}x{height} frame",
                option="threshold",
            )
        differing = width * height
        if self._last_kept is not None:
            differing = differing_pixels(self._last_kept, pixels, self._tolerance)
        kept = self._last_kept is None or new_scene or differing >= self._threshold
        if kept:
            self._last_kept = pixels
        self._count += 1
        return Decision(self._count - 1, kept, differing)
