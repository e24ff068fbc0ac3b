"""OpenCV's DIS optical flow: the coarse flow that a refining network starts from.

DIS: T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from .samples import bytes_of

Preset = Literal["ultrafast", "fast", "medium"]


def dis_flow(
    one: NDArray[np.uint8], two: NDArray[np.uint8], preset: Preset = "medium"
) -> NDArray[np.float32]:
    """Flow from frame `one` to frame `two`.

    Args:
        one: (H, W) grey or (H, W, 3) RGB, uint8; H and W at least 16.
        two: the same shape.
        preset: OpenCV's trade of speed for accuracy.
    Returns:
        (H, W, 2) float32, pixels, channel 0 = x to the right, channel 1 = y down.
    """
    flow: NDArray[np.float32] = _dis(preset).calc(_grey(one), _grey(two), None)
    return flow


def coarse_flows(one: torch.Tensor, two: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """DIS flow both ways for a batch, on the CPU.

    Args:
        one: (B, 3, H, W) RGB, uint8, or float in 0..1, any device.
        two: the same shape.
    Returns:
        coarse_01 and coarse_10, (B, 2, H, W) float32 on the device of `one`.
    """
    ones, twos = _byte_pictures(one), _byte_pictures(two)
    pairs = list(zip(ones, twos, strict=True))
    forward = np.stack([dis_flow(a, b) for a, b in pairs])
    backward = np.stack([dis_flow(b, a) for a, b in pairs])
    return _to_tensor(forward, one.device), _to_tensor(backward, one.device)


def _dis(preset: Preset) -> Any:
    """A new one for each call: it keeps buffers, so threads must not share it."""
    number = {
        "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
        "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
        "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    }[preset]
    return cv2.DISOpticalFlow.create(number)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if picture.ndim == 2:
        return picture
    grey: NDArray[np.uint8] = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return grey


def _byte_pictures(pictures: torch.Tensor) -> NDArray[np.uint8]:
    """(B, 3, H, W) to contiguous (B, H, W, 3) uint8."""
    if pictures.dtype != torch.uint8:
        pictures = bytes_of(pictures.float())
    array: NDArray[np.uint8] = pictures.detach().permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return array


def _to_tensor(flows: NDArray[np.float32], device: torch.device) -> torch.Tensor:
    return torch.from_numpy(flows).permute(0, 3, 1, 2).contiguous().to(device)
