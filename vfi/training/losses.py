"""What training makes small."""

import torch
import torch.nn.functional as functional
from torch import Tensor

from ..models.layers import resize, resize_flow, size_of
from ..models.ops import backwarp

LAPLACIAN_LEVELS = 5
FAULTLESS = 0.01  # a Laplacian loss that is hardly worth making smaller
FAULTLESS_SQUARE = 1e-5  # the same of the squared error: 50 dB


def laplacian_loss(
    result: Tensor, truth: Tensor, levels: int = LAPLACIAN_LEVELS, relative: bool = False
) -> Tensor:
    """Mean absolute difference of Laplacian pyramids, level i weighted by 2**i: a scalar.

    Niklaus and Liu, "Context-aware Synthesis", CVPR 2018, equation 5, with each level's sum
    divided by its number of values. Both (B, C, H, W) in 0..1.

    Args:
        relative: the mean of the samples' logarithms, so that a tenth less is worth the same in
            an easy sample as in a hard one. In the plain mean the hard ones, where there is
            little to learn, drown the others.
    """
    difference = result - truth  # the pyramid is linear
    total, last = difference.new_zeros(len(difference)), 0
    for level in range(levels - 1):
        if min(size_of(difference)) < 4:
            break
        smaller = _blurred_half(difference)
        total = total + 2**level * _mean_size(difference - resize(smaller, size_of(difference)))
        difference = smaller
        last = level + 1
    total = total + 2**last * _mean_size(difference)
    return (total + FAULTLESS).log().mean() if relative else total.mean()


def squared_error(result: Tensor, truth: Tensor, relative: bool = False) -> Tensor:
    """Mean squared error, a scalar; `relative`: the mean of the samples' logarithms, as PSNR is."""
    errors = (result - truth).square().mean(dim=(1, 2, 3))
    return (errors + FAULTLESS_SQUARE).log().mean() if relative else errors.mean()


def _mean_size(values: Tensor) -> Tensor:
    """(B, C, H, W) → the mean absolute value of each sample: (B,)."""
    return values.abs().mean(dim=(1, 2, 3))


def _blurred_half(picture: Tensor) -> Tensor:
    """Half the size, after a binomial blur of five taps each way."""
    channels = picture.shape[1]
    taps = picture.new_tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    kernel = torch.outer(taps, taps).expand(channels, 1, 5, 5)
    padded = functional.pad(picture, (2, 2, 2, 2), mode="reflect")
    return functional.conv2d(padded, kernel, stride=2, groups=channels)


def end_point_loss(flows: list[Tensor], truth: Tensor, confidence: Tensor | None = None) -> Tensor:
    """Multi-scale end-point error of flows at several levels, finest first: a scalar, in pixels.

    Sun et al., "PWC-Net", CVPR 2018, equation 3, each level measured in pixels of the full size
    and weighted alike. Their robust form, equation 4, is for fine-tuning: from the start it is
    content with no flow at all where motion is large. Truth (B, 2, H, W) in pixels.

    Args:
        confidence: how much every pixel of the truth counts, (B, 1, H, W) in 0..1; all alike if
            there is none.
    """
    size = size_of(truth)
    total = truth.new_zeros(())
    for flow in flows:
        level_truth = resize_flow(truth, size_of(flow))
        scale = size[1] / flow.shape[-1]
        error = (flow.float() - level_truth).norm(dim=1, keepdim=True)
        if confidence is not None:
            error = error * resize(confidence, size_of(flow))
        total = total + error.mean() * scale
    return total / len(flows)


def consistency(flow: Tensor, back: Tensor) -> Tensor:
    """Return where a measured flow can be believed: 1, or 0 where the flow back leads elsewhere.

    Sundaram, Brox, Keutzer: "Dense Point Trajectories", ECCV 2010, equation 5.

    Args:
        flow, back: (B, 2, H, W) in pixels, to the other frame and from there.

    Returns:
        (B, 1, H, W), float32.
    """
    returning = backwarp(back, flow)
    gap = (flow + returning).square().sum(1, keepdim=True)
    length = flow.square().sum(1, keepdim=True) + returning.square().sum(1, keepdim=True)
    return (gap < 0.01 * length + 0.5).to(flow.dtype)


def end_point_error(flow: Tensor, truth: Tensor) -> Tensor:
    """Mean length of the difference of two flows (B, 2, H, W), in pixels: a scalar."""
    return (flow - truth).norm(dim=1).mean()
