"""Classical flows, which need no weights: OpenCV's DIS, and what it starts from.

Kroeger, Timofte, Dai, Van Gool: "Fast Optical Flow using Dense Inverse Search", ECCV 2016. It looks
near where it starts; tracked corners (see `tracks.py`) tell it where that is, so that large motion
is found as well. With too few of them it starts from rest.
"""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from torch import Tensor

from .tensor_tracks import tensor_track_flows
from .tracks import SMALLEST, Flow, Grey, smooth_flows

FINEST_SCALE = 1  # patches are matched down to half size
PATCH_STRIDE = 3


def dis_flows(
    one: Tensor, two: Tensor, start: tuple[Tensor, Tensor] | None = None
) -> tuple[Tensor, Tensor]:
    """Return flows one → two and two → one, of pictures (B, 3, H, W) RGB in 0..1.

    Args:
        one: (B, 3, H, W).
        two: The same.
        start: Flows (B, 2, H, W) both ways to start from; tracked corners' for None.

    Returns:
        Two float32 tensors (B, 2, H, W), in pixels, on the device of the pictures. Pictures
        smaller than the smallest patch grid move nowhere: their flow is zero.
    """
    if start is None:
        return _of_each(grey_dis_flows, one, two)
    forward, backward = (
        flow.detach().permute(0, 2, 3, 1).float().cpu().contiguous().numpy() for flow in start
    )
    starts = iter(zip(forward, backward, strict=True))
    return _of_each(lambda a, b: _dis(a, b, next(starts)), one, two)


def track_flows(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    """Return that of tracked corners alone: smooth, no edges, zero where nothing is tracked.

    On a GPU the corners are tracked there.
    """
    if one.device.type != "cpu":
        return tensor_track_flows(one, two)
    return _of_each(_grey_track_flows, one, two)


CLASSICAL_FLOWS: dict[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "dis": dis_flows,
    "tracks": track_flows,
}  # what a network may be given, by the name that it asks for


def grey_dis_flows(one: Grey, two: Grey) -> tuple[Flow, Flow]:
    """Return DIS flows (H, W, 2) both ways between two grey pictures (H, W)."""
    return _dis(one, two, smooth_flows(one, two))


def _dis(one: Grey, two: Grey, start: tuple[Flow, Flow] | None) -> tuple[Flow, Flow]:
    if min(one.shape) < SMALLEST:  # no patch of 8 pixels fits at half size
        return _nothing(one), _nothing(one)
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    estimator.setFinestScale(FINEST_SCALE)
    estimator.setPatchStride(PATCH_STRIDE)
    start_forward, start_backward = start or (None, None)
    forward = estimator.calc(one, two, start_forward)
    backward = estimator.calc(two, one, start_backward)
    return np.asarray(forward, np.float32), np.asarray(backward, np.float32)


def _grey_track_flows(one: Grey, two: Grey) -> tuple[Flow, Flow]:
    return smooth_flows(one, two) or (_nothing(one), _nothing(one))


def _nothing(picture: Grey) -> Flow:
    return np.zeros((*picture.shape, 2), np.float32)


def _of_each(
    measure: Callable[[Grey, Grey], tuple[Flow, Flow]], one: Tensor, two: Tensor
) -> tuple[Tensor, Tensor]:
    pairs = [measure(a, b) for a, b in zip(_grey(one), _grey(two), strict=True)]
    return _tensor([pair[0] for pair in pairs], one), _tensor([pair[1] for pair in pairs], one)


def _grey(picture: Tensor) -> list[Grey]:
    pixels = picture.detach().permute(0, 2, 3, 1).float().cpu().contiguous().numpy()
    greys = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) * 255 for each in pixels)
    return [grey.round().clip(0, 255).astype(np.uint8) for grey in greys]


def _tensor(flows: list[Flow], like: Tensor) -> Tensor:
    stacked = np.zeros((0, *like.shape[-2:], 2), np.float32)
    if flows:
        stacked = np.stack(flows) if len(flows) > 1 else flows[0][None]  # one is not copied
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).to(like.device)
