"""Scene cuts, found while frames stream by: PySceneDetect's content value, made safe for motion.

PySceneDetect's ContentDetector gives each frame a value, the mean change of hue, saturation and
brightness against the frame before (0..255). A fast pan reaches 30 and more, a cut within one film
may stay at 20, so no threshold on it serves both. Two questions settle what the value leaves open:

- Does the change stick out of its surroundings, the two frames before and the two after?
- Does motion explain it? The unexplained change is content * (1 - structure) * (1 - colours):
  the structure that is still there after following coarse optical flow (local correlation), and
  the colours that both frames share (histogram intersection).

Constants were chosen on joins of training clips; docs/timeline.md has the figures on others.
"""

from collections import deque
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..timeline.scene_detector import ContentDetector, FrameTimecode
from .differences import Pixels, eight_bit_rgb

DEFAULT_THRESHOLD = 15.0  # content value of PySceneDetect, 0..255
WORK_SIDE = 256  # pixels; the content value is computed at this size
FLOW_SIDE = 128  # pixels; the flow that may explain a change
SURROUNDING = 2  # frames looked at on either side
CONTENT_RATIO = 3.0  # a cut's content value against the mean around it
UNEXPLAINED_PART = 0.2  # of the threshold: what a cut must leave unexplained at least
UNEXPLAINED_RATIO = 6.0  # against the median around it
LEAST_CONTENT = 0.5  # of the threshold, for a change that nothing explains
LEAST_CONTENT_RATIO = 1.75
DARK_LIMIT = 2.0  # content value against the mean change of red, green and blue
COLOUR_CHROMA = 10.0  # 8-bit levels: mean spread of the channels in a picture in colour


class Change(NamedTuple):
    """How a frame differs from the one before it."""

    content: float  # PySceneDetect's content value, 0..255
    unexplained: float  # the part that neither motion nor common colours explain, 0..content


class SceneDetector:
    """Finds the frames that begin a new scene; feed every frame in order, then call `finish`.

    Keeps two small pictures and five numbers. `threshold` is on the scale of PySceneDetect's
    ContentDetector (0..255): lower finds more cuts.
    """

    def __init__(self, threshold: float = DEFAULT_THRESHOLD) -> None:
        if not 0 < threshold <= 255:
            raise UsageError(f"scene threshold {threshold:g}: it must be above 0 and at most 255")
        self._threshold = threshold
        self._meter = ChangeMeter()
        self._recent: deque[Change] = deque(maxlen=2 * SURROUNDING + 1)
        self._count = 0

    def update(self, pixels: Pixels) -> list[int]:
        """Take the next frame; return the cuts now certain (frame numbers; two frames late)."""
        change = self._meter.change(pixels)
        self._count += 1
        if change is None:
            return []
        self._recent.append(change)
        return self._decide(self._count - 1 - SURROUNDING)

    def finish(self) -> list[int]:
        """Return the cuts among the last two frames."""
        last = range(max(1, self._count - SURROUNDING), self._count)
        return [frame for frame in last if self._decide(frame)]

    def _decide(self, frame: int) -> list[int]:
        """Return [frame] if a scene begins there, judged by the changes that are known around."""
        place = len(self._recent) - self._count + frame
        if frame < 1 or place < 0:
            return []
        near = list(self._recent)[max(0, place - SURROUNDING) : place + SURROUNDING + 1]
        here = near.pop(min(place, SURROUNDING))
        return [frame] if self._is_cut(here, near) else []

    def _is_cut(self, here: Change, near: list[Change]) -> bool:
        content = float(np.mean([change.content for change in near])) if near else 0.0
        unexplained = float(np.median([change.unexplained for change in near])) if near else 0.0
        times_around = here.content / (content + 1)
        if (
            here.unexplained >= UNEXPLAINED_PART * self._threshold
            and here.unexplained >= UNEXPLAINED_RATIO * (unexplained + 1)
        ):
            enough = here.content >= LEAST_CONTENT * self._threshold
            return enough and times_around >= LEAST_CONTENT_RATIO
        # With nothing around to compare with, fast motion looks the same as a jump cut.
        comparable = len(near) > 1 and times_around >= CONTENT_RATIO
        return comparable and here.content >= self._threshold


class ChangeMeter:
    """Measures how each frame differs from the one before."""

    def __init__(self) -> None:
        self._scores = _LatestScore()
        self._detector = ContentDetector(min_scene_len=0)
        self._detector.stats_manager = self._scores
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._previous: NDArray[np.uint8] | None = None
        self._count = 0

    def change(self, pixels: Pixels) -> Change | None:
        """Return the change against the previous frame; None for the first."""
        work = eight_bit_rgb(pixels, WORK_SIDE)
        moment = FrameTimecode(self._count, fps=25.0)  # only its number is used
        self._detector.process_frame(moment, cv2.cvtColor(work, cv2.COLOR_RGB2BGR))
        self._count += 1
        small = eight_bit_rgb(work, FLOW_SIDE)
        previous, self._previous = self._previous, small
        if previous is None:
            return None
        content = self._scores.content(min(colourfulness(previous), colourfulness(small)))
        # Hue and saturation mean little in the dark: the end of a fade to black is no cut.
        content = min(content, DARK_LIMIT * float(cv2.absdiff(previous, small).mean()))
        lost_structure = 1 - common_structure(previous, small, self._flow)
        return Change(content, content * lost_structure * (1 - common_colours(previous, small)))


class _LatestScore:
    """Stands in for PySceneDetect's StatsManager, which would keep every frame's metrics."""

    def __init__(self) -> None:
        self._metrics: dict[str, Any] = {}

    def set_metrics(self, timecode: object, metrics: dict[str, Any]) -> None:
        self._metrics = metrics

    def content(self, colour: float) -> float:
        """Return PySceneDetect's content value for `colour` 1.

        For black and white, 0, it is the change of brightness alone, which would be a third of it.
        """
        hue, saturation, brightness = (
            float(self._metrics[key]) for key in ("delta_hue", "delta_sat", "delta_lum")
        )
        return (colour * (hue + saturation) + brightness) / (2 * colour + 1)


def colourfulness(picture: NDArray[np.uint8]) -> float:
    """Return 0 for black and white to 1 for a picture in colour."""
    chroma = picture.max(axis=2).astype(np.float32) - picture.min(axis=2)
    return min(1.0, float(chroma.mean()) / COLOUR_CHROMA)


def common_colours(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Return the intersection of both RGB histograms (8 x 8 x 8 bins), 0..1."""
    bins, ranges = [8, 8, 8], [0, 256] * 3
    first = cv2.calcHist([one], [0, 1, 2], None, bins, ranges)
    second = cv2.calcHist([two], [0, 1, 2], None, bins, ranges)
    return float(np.minimum(first, second).sum() / first.sum())


def common_structure(one: NDArray[np.uint8], two: NDArray[np.uint8], flow: Any) -> float:
    """Return how well `two`, brought back along optical flow, correlates with `one`, 0..1.

    The mean of the normalised cross-correlation over 9 x 9 windows, weighted by their contrast.
    """
    first = cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)
    second = cv2.cvtColor(two, cv2.COLOR_RGB2GRAY)
    if min(first.shape) < 16:  # too small for the flow's patches
        return 0.0
    columns, rows = np.meshgrid(
        np.arange(first.shape[1], dtype=np.float32), np.arange(first.shape[0], dtype=np.float32)
    )
    moved = flow.calc(first, second, None)
    back = cv2.remap(
        second,
        columns + moved[..., 0],
        rows + moved[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    correlation, contrast = _local_correlation(first.astype(np.float32), back.astype(np.float32))
    total = float(contrast.sum())
    return float(np.clip((correlation * contrast).sum() / total, 0, 1)) if total > 1 else 1.0


def _local_correlation(
    one: NDArray[np.float32], two: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    window, noise = (9, 9), 4.0  # grey levels squared: flat windows correlate by definition
    mean_one, mean_two = cv2.blur(one, window), cv2.blur(two, window)
    variance_one = np.maximum(cv2.blur(one * one, window) - mean_one**2, 0)
    variance_two = np.maximum(cv2.blur(two * two, window) - mean_two**2, 0)
    covariance = cv2.blur(one * two, window) - mean_one * mean_two
    correlation = (covariance + noise) / (np.sqrt(variance_one * variance_two) + noise)
    return correlation, np.sqrt(variance_one) + np.sqrt(variance_two)
