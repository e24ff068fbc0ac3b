"""Layers that several of the networks are made of."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from .ops.backends import MOST_CHANNELS, plain_on_cpu
from .ops.operator import function_at

LEAKY_SLOPE = 0.1
PRELU_SLOPE = 0.25


def conv3x3(inputs: int, outputs: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    """Return a convolution of 3×3 that keeps the size, but for its stride."""
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=bias)


def resize(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear resize of (B, C, H, W) to `size` = (height, width); pixel areas keep their place."""
    if size_of(picture) == size:
        return picture
    return functional.interpolate(picture, size=size, mode="bilinear", align_corners=False)


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear resize of a flow (B, 2, H, W); the vectors are scaled by the ratio of widths.

    Like the published network, both channels take the ratio of widths; where the ratio of heights
    differs (odd sizes on the way down), the next decoder makes up for it.
    """
    if size_of(flow) == size:
        return flow
    return resize(flow, size) * (size[1] / flow.shape[-1])


def enlarge_flow(flow: Tensor, factor: int, size: tuple[int, int]) -> Tensor:
    """Flow (B, 2, H, W) at `factor` times its size, cut to `size`; the vectors grow with it.

    Undoes strides of two, whose results have half the size rounded up: cutting keeps every pixel
    at its place where stretching to an odd size would not.
    """
    if factor == 1:
        return flow
    large = functional.interpolate(flow, scale_factor=factor, mode="bilinear", align_corners=False)
    return large[..., : size[0], : size[1]] * factor


def averaged(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, C, H, W) averaged over areas to a smaller size."""
    factors = picture.shape[-2] // size[0], picture.shape[-1] // size[1]
    whole = (factors[0] * size[0], factors[1] * size[1]) == size_of(picture)
    if whole and picture.shape[1] <= MOST_CHANNELS and plain_on_cpu(picture):
        reduced: Tensor = function_at("cpu.mixing:reduced")(picture, factors)
        return reduced
    return functional.interpolate(picture, size=size, mode="area")


def shrink_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Flow (B, 2, H, W) averaged over areas to a smaller size; the vectors shrink with it."""
    return averaged(flow, size) * (size[1] / flow.shape[-1])


def reduced_size(size: tuple[int, int], longer_side: int, multiple: int) -> tuple[int, int]:
    """Return a whole part of a size, about `longer_side` long, filled up to a multiple."""
    step = max(1, round(max(size) / longer_side)) * multiple
    height, width = (-(-side // step) * multiple for side in size)
    return height, width


class ResidualHead(nn.Module):
    """conv → PReLU → conv beside a 1×1 convolution: (B, inputs, H, W) → (B, outputs, H, W)."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        last = conv3x3(hidden, outputs, bias=False)
        self.main = nn.Sequential(
            conv3x3(inputs, hidden, bias=False), nn.PReLU(hidden, PRELU_SLOPE), last
        )
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.main(features) + self.shortcut(features)

    def select(self, sums: Sequence[Sequence[tuple[int, float]]]) -> None:
        """Make the first outputs weighted sums of inputs: where training starts from.

        Args:
            sums: for each of the first outputs, the numbers of the inputs and their weights.
        """
        last, shortcut = self.main[-1].get_parameter("weight"), self.shortcut.weight
        with torch.no_grad():
            for output, inputs in enumerate(sums):
                last[output], shortcut[output] = 0, 0
                for number, weight in inputs:
                    shortcut[output, number] = weight

    def zero(self) -> None:
        """Make the output zero, so that what it is added to is where training starts."""
        for layer in (self.main[-1], self.shortcut):
            nn.init.zeros_(layer.get_parameter("weight"))


def whole_precision(layer: nn.Module, features: Tensor) -> Tensor:
    """Return a layer in the precision of its weights, under autocast, too.

    For what is measured in pixels or is a picture: at 64 pixels a bfloat16 steps by half a pixel.
    """
    with torch.autocast(features.device.type, enabled=False):
        result: Tensor = layer(features.to(next(layer.parameters()).dtype))
    return result


def initialise(module: nn.Module, slope: float) -> None:
    """Kaiming initialisation of every convolution for a leaky rectifier of the given slope.

    With PyTorch's default these nets of many small convolutions fade layer by layer and hardly
    learn; see He et al., ICCV 2015, equation 15.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            fan_in = layer.in_channels * math.prod(layer.kernel_size) / layer.groups
            nn.init.normal_(layer.weight, std=math.sqrt(2 / ((1 + slope**2) * fan_in)))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def size_of(picture: Tensor) -> tuple[int, int]:
    """Height and width of (B, C, H, W)."""
    return picture.shape[-2], picture.shape[-1]


def require_multiple(picture: Tensor, multiple: int) -> None:
    """Raise ValueError unless both sides are multiples (the caller pads, not the network)."""
    height, width = size_of(picture)
    if height % multiple or width % multiple:
        raise ValueError(
            f"this network takes sizes that are multiples of {multiple}, not {width}x{height}; "
            "pad the pictures first, as vfi.Interpolator does"
        )


def same_shape(one: Tensor, two: Tensor) -> None:
    """Raise ValueError unless both are pictures (B, 3, H, W) of one shape."""
    if one.shape != two.shape or one.dim() != 4 or one.shape[1] != 3:
        raise ValueError(
            f"two pictures (B, 3, H, W) of one size are needed, not {tuple(one.shape)} "
            f"and {tuple(two.shape)}"
        )
