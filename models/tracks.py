"""Sparse matches between two frames, and the smooth motion between them.

Corners that pyramidal Lucas-Kanade tracks there and back again are few, but hardly ever wrong, over
a quarter of the picture, too, where dense classical flow and a small network lose their way. What
goes further is known again by how it looks (see `keypoints.py`). The mean of their motions around
every pixel is smooth and knows no edges: a start for whoever knows them. Bouguet: "Pyramidal
Implementation of the Affine Lucas Kanade Feature Tracker", Intel 2001; Shi and Tomasi: "Good
Features to Track", CVPR 1994.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .keypoints import Points, matched_keypoints

Grey = NDArray[np.uint8]
Flow = NDArray[np.float32]

SMALLEST = 16  # pixels a side; nothing is tracked in less
LONGER_SIDE = 640  # larger pictures are reduced by a whole number to about this
CORNERS, QUALITY, DISTANCE = 1500, 0.001, 4  # at most; least, of the best; least, in pixels
WINDOW, LEVELS = 15, 4  # pixels around a corner that have to match; halvings of the size
GUIDED_LEVELS = 2  # the same where neighbours have shown the way
RETURN = 0.5  # pixels by which the track back may miss
MANY_LOST = 0.3  # share of the corners
FEWEST = 8  # tracks of a pair; less may be chance
CELL = 4  # pixels a side of the grid that motions are gathered on
SPREAD = 1 / 80  # of the width: the standard deviation of a track's influence
WIDER = ((1, 1.0), (4, 1e-3), (16, 1e-6))  # times as wide, and what that counts: it fills gaps


@dataclass(frozen=True)
class Tracks:
    """Where points of the first frame are in the second: `one`, `two` (N, 2)."""

    one: Points
    two: Points

    def __len__(self) -> int:
        return len(self.one)

    def __add__(self, other: "Tracks") -> "Tracks":
        return Tracks(np.concatenate([self.one, other.one]), np.concatenate([self.two, other.two]))

    def turned(self) -> "Tracks":
        return Tracks(self.two, self.one)


def smooth_flows(one: Grey, two: Grey) -> tuple[Flow, Flow] | None:
    """Smooth motion both ways between two grey pictures (H, W).

    Returns:
        Two flows (H, W, 2) in pixels, or None where too little could be tracked.
    """
    if min(one.shape) < SMALLEST:
        return None
    height, width = one.shape
    factor = max(1, round(max(height, width) / LONGER_SIDE))
    if factor > 1:
        size = (max(width // factor, 1), max(height // factor, 1))
        one, two = (
            np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            for picture in (one, two)
        )
    tracks = find_tracks(one, two)
    if len(tracks) < FEWEST:
        return None
    scale = np.array([width / one.shape[1], height / one.shape[0]], np.float32)

    def flow(found: Tracks) -> Flow:
        large = cv2.resize(smooth_flow(found, one.shape), (width, height))
        return np.asarray(large * scale, np.float32)

    return flow(tracks), flow(tracks.turned())


def find_tracks(one: Grey, two: Grey) -> Tracks:
    """Corners of either frame that are found in the other one, and found back from there.

    Those that are not are looked for a second time, where their neighbours went. Where many are
    lost, motion may be too large for that: keypoints that look alike are tracks, too, if the motion
    with them fits the pictures better.
    """
    ahead, lost = _track(one, two, _corners(one))
    back, lost_back = _track(two, one, _corners(two))
    near = ahead + back.turned()
    tracks = near + _found_again(one, two, near, lost, lost_back)
    missing = len(lost) + len(lost_back)
    if missing <= MANY_LOST * (missing + len(near)):
        return tracks
    far = near + Tracks(*matched_keypoints(one, two))
    led = far + _found_again(one, two, far, lost, lost_back)
    return led if _misfit(one, two, led) < _misfit(one, two, tracks) else tracks


def _found_again(one: Grey, two: Grey, tracks: Tracks, lost: Points, lost_back: Points) -> Tracks:
    """Return the tracks of points of either frame that were lost, where the others went."""
    if len(tracks) < FEWEST:
        return Tracks(lost[:0], lost[:0])
    ahead, _ = _track(one, two, lost, smooth_flow(tracks, one.shape))
    back, _ = _track(two, one, lost_back, smooth_flow(tracks.turned(), one.shape))
    return ahead + back.turned()


def _misfit(one: Grey, two: Grey, tracks: Tracks) -> float:
    """Return how much the frames differ (0..255) along the motion of tracks, or at rest without."""
    height, width = one.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    total = 0.0
    for own, other, found in ((one, two, tracks), (two, one, tracks.turned())):
        seen = other
        if len(found) >= FEWEST:
            flow = cv2.resize(smooth_flow(found, one.shape), (width, height))
            seen = cv2.remap(
                other, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
        total += float(cv2.absdiff(own, seen).mean())
    return total / 2


def smooth_flow(tracks: Tracks, shape: tuple[int, ...]) -> Flow:
    """Return the weighted mean of the tracks' motions around each cell: (H / CELL, W / CELL, 2)."""
    height, width = shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    gathered = np.zeros((rows, columns, 3), np.float32)
    place = (tracks.one / CELL).astype(int).clip(0, [columns - 1, rows - 1])
    motion = np.concatenate(
        [tracks.two - tracks.one, np.ones((len(tracks), 1), np.float32)], axis=1
    )
    np.add.at(gathered, (place[:, 1], place[:, 0]), motion)
    spread = width * SPREAD / CELL
    total = np.zeros_like(gathered)
    for wider, weight in WIDER:
        around = cv2.GaussianBlur(gathered, (0, 0), spread * wider, borderType=cv2.BORDER_CONSTANT)
        total += weight * around
    return np.asarray(total[..., :2] / (total[..., 2:] + 1e-20), np.float32)


def _corners(picture: Grey) -> Points:
    found = cv2.goodFeaturesToTrack(picture, CORNERS, QUALITY, DISTANCE)
    return np.zeros((0, 2), np.float32) if found is None else found[:, 0]


def _track(
    one: Grey, two: Grey, points: Points, guess: Flow | None = None
) -> tuple[Tracks, Points]:
    """Return the tracks of points of the first picture, and the points that are lost.

    `guess` is a flow a cell: where to look for them.
    """
    if not len(points):
        return Tracks(points, points), points
    settings: dict[str, Any] = {"winSize": (WINDOW, WINDOW), "maxLevel": LEVELS}
    ahead = back = None
    motion = np.zeros_like(points)
    if guess is not None:
        rows, columns = guess.shape[:2]
        place = (points / CELL).astype(int).clip(0, [columns - 1, rows - 1])
        motion = guess[place[:, 1], place[:, 0]]
        settings |= {"maxLevel": GUIDED_LEVELS, "flags": cv2.OPTFLOW_USE_INITIAL_FLOW}
        ahead = points + motion
    found, seen, _ = cv2.calcOpticalFlowPyrLK(one, two, points, ahead, **settings)
    if guess is not None:
        back = found - motion
    returned, seen_back, _ = cv2.calcOpticalFlowPyrLK(two, one, found, back, **settings)
    kept = (seen[:, 0] > 0) & (seen_back[:, 0] > 0)
    kept &= np.linalg.norm(points - returned, axis=1) < RETURN
    return Tracks(points[kept], found[kept]), points[~kept]
