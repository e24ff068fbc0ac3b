"""Points that look alike in two pictures, however far they went.

Lucas-Kanade finds corners within a fifth of the picture; further away nothing leads there, and
points have to be known again by how they look: David Lowe, "Distinctive Image Features from
Scale-Invariant Keypoints", IJCV 2004, by OpenCV.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]  # (N, 2), x and y in pixels

MOST, CONTRAST = 3000, 0.01  # keypoints of a picture; least contrast, 0.04 is usual
UNLIKE_OTHERS = (
    0.7  # of the distance to the second likest, that the likest is nearer than (Lowe: 0.8)
)
NEIGHBOURS, AGREEING = 6, 3  # keypoints around one, of which so many go the same way
SAME, SAME_SHARE = 4.0, 0.1  # pixels, and share of a motion's length, up to which two are the same


def matched_keypoints(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> tuple[Points, Points]:
    """Return where points of one grey picture (H, W) are, and where they are in the other."""
    sift = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=CONTRAST)
    (places, looks), (other_places, other_looks) = (_seen(sift, each) for each in (one, two))
    if min(len(places), len(other_places)) <= NEIGHBOURS:
        return places[:0], other_places[:0]
    here, there = _alike(looks, other_looks)
    return _agreeing(places[here], other_places[there])


def _seen(sift: cv2.SIFT, picture: NDArray[np.uint8]) -> tuple[Points, NDArray[np.float32]]:
    keypoints, looks = sift.detectAndCompute(picture, None)
    if looks is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    places = np.array([keypoint.pt for keypoint in keypoints], np.float32)
    return places, np.asarray(looks, np.float32)


def _alike(
    looks: NDArray[np.float32], others: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the numbers of those that are each other's likest, and not nearly as like a third."""
    squares, other_squares = (np.square(each).sum(1) for each in (looks, others))
    distance = squares[:, None] + other_squares - 2 * looks @ others.T  # squared
    rows = np.arange(len(looks))
    likest, likest_back = distance.argmin(1), distance.argmin(0)
    least = distance[rows, likest]
    distance[rows, likest] = np.inf
    found = (likest_back[likest] == rows) & (least < UNLIKE_OTHERS**2 * distance.min(1))
    return rows[found], likest[found]


def _agreeing(one: Points, two: Points) -> tuple[Points, Points]:
    """Return the matches that go where their neighbours go: those by chance go anywhere."""
    if len(one) <= NEIGHBOURS:
        return one[:0], two[:0]
    motion = two - one
    apart = np.square(one[:, None] - one).sum(2)
    nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]  # itself, too
    differ = np.linalg.norm(motion[nearest] - motion[:, None], axis=2)
    same = differ < SAME + SAME_SHARE * np.linalg.norm(motion, axis=1)[:, None]
    kept = same.sum(1) > AGREEING
    return one[kept], two[kept]
