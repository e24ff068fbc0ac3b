"""DIS flow from OpenCV: a classical flow that needs no weights.

Kroeger, Timofte, Dai, Van Gool: "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
"""

import cv2
import numpy as np
import torch
from torch import Tensor

FINEST_SCALE = 1  # patches are matched down to half size
PATCH_STRIDE = 3


def dis_flows(one: Tensor, two: Tensor) -> tuple[Tensor, Tensor]:
    """Flows one → two and two → one, of pictures (B, 3, H, W) RGB in 0..1.

    Returns:
        Two float32 tensors (B, 2, H, W), in pixels, on the device of the pictures. Pictures
        smaller than the smallest patch grid move nowhere: their flow is zero.
    """
    greys_one, greys_two = _grey(one), _grey(two)
    forward = [_flow(a, b) for a, b in zip(greys_one, greys_two, strict=True)]
    backward = [_flow(b, a) for a, b in zip(greys_one, greys_two, strict=True)]
    return _tensor(forward, one), _tensor(backward, one)


def grey_flow(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Flow (H, W, 2) float32 from one grey uint8 picture (H, W) to another."""
    return _flow(one, two)


_SMALLEST = 16  # below this no patch of 8 pixels fits at half size


def _flow(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    if min(one.shape) < _SMALLEST:
        return np.zeros((*one.shape, 2), np.float32)
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    estimator.setFinestScale(FINEST_SCALE)
    estimator.setPatchStride(PATCH_STRIDE)
    return estimator.calc(one, two, None)


def _grey(picture: Tensor) -> np.ndarray:
    weights = picture.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    grey = (picture * weights).sum(1) * 255
    return np.ascontiguousarray(grey.round().clamp(0, 255).to("cpu", torch.uint8).numpy())


def _tensor(flows: list[np.ndarray], like: Tensor) -> Tensor:
    stacked = np.stack(flows) if flows else np.zeros((0, *like.shape[-2:], 2), np.float32)
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).to(like.device)
