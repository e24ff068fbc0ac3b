"""The feature pyramid: what is splatted besides the picture.

Niklaus and Liu, "Context-aware Synthesis for Video Frame Interpolation", CVPR 2018, and
"Softmax Splatting for Video Frame Interpolation", CVPR 2020, section 3.3.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from .layers import PRELU_SLOPE, conv3x3


@dataclass(frozen=True)
class PyramidConfig:
    """Sizes of the feature pyramid."""

    channels: tuple[int, ...] = (32, 64, 96)
    first_stride: int = 1  # 1: the first level is at full size; 2: at half


class FeaturePyramid(nn.Module):
    """(B, 3, H, W) → features, one tensor a level, each level half the size of the one before."""

    def __init__(self, config: PyramidConfig) -> None:
        super().__init__()
        strides = (config.first_stride, *[2] * (len(config.channels) - 1))
        inputs = (3, *config.channels[:-1])
        self.levels = nn.ModuleList(
            nn.Sequential(
                conv3x3(before, after, stride, bias=False),
                nn.PReLU(after, PRELU_SLOPE),
                conv3x3(after, after, bias=False),
                nn.PReLU(after, PRELU_SLOPE),
            )
            for before, after, stride in zip(inputs, config.channels, strides, strict=True)
        )

    def forward(self, picture: Tensor) -> list[Tensor]:
        features = []
        for level in self.levels:
            picture = level(picture)
            features.append(picture)
        return features
