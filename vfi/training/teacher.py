"""DIS flow for training, as a network's second opinion and as the teacher of its first steps.

The same as at run time. Windows and synthetic scenes both take it from here.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ..models.dis import dis_flows, grey_flow


def dis_flow(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Flow from frame `one` to frame `two`, both (H, W, 3) RGB: (H, W, 2) in pixels."""
    grey_one, grey_two = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (one, two))
    return np.asarray(grey_flow(grey_one, grey_two), np.float32)


def batch_dis_flows(one: torch.Tensor, two: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """DIS flow both ways for a batch, computed on the CPU.

    Args:
        one: (B, 3, H, W) RGB, uint8 or float in 0..1, any device.
        two: the same.
    Returns:
        dis_01 and dis_10, (B, 2, H, W) float32 in pixels on the device of `one`.
    """
    one, two = (
        frame.float() / 255 if frame.dtype == torch.uint8 else frame for frame in (one, two)
    )
    return dis_flows(one, two)
