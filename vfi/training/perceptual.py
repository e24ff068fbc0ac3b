"""A perceptual term from features that were trained here.

SoftSplat's "lf" version is trained on distances between features of VGG (Niklaus and Liu, "Context-
aware Synthesis", CVPR 2018, section 3.3), whose weights are not ours to use. The features of a
trained flow network know edges and texture at three sizes as well: what is blurred looks different
to them by more than its pixels differ. Compared nearly as in Zhang et al. ("The Unreasonable
Effectiveness of Deep Features", CVPR 2018), every pixel's features at unit length, and as the flow
network itself compares them: less their mean over the picture.
"""

import torch
from torch import Tensor, nn

from ..errors import UsageError
from ..model_files import load_network
from ..models.pwcnet import unit_features

LEVELS = 3  # at 1/2, 1/4 and 1/8 of the size


class PerceptualLoss(nn.Module):
    """Distance of two pictures (B, 3, H, W) in 0..1 by the features of a trained flow network.

    Args:
        model: a name or a file of weights, whose flow network compares unit features.

    Raises:
        UsageError: another model.
        WeightsError: there are no such weights.
    """

    def __init__(self, model: str) -> None:
        super().__init__()
        network = load_network(model)
        flow = network.flow_network()
        if flow is None or not flow.config.shared:
            raise UsageError(f"loss.features: {model} has no flow network with unit features")
        self._normalise = network.normalise
        levels = list(flow.extractor.levels)[:LEVELS]
        self.levels = nn.ModuleList(levels).float().requires_grad_(False)

    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        """Return the mean over the levels of the mean squared distance, a scalar: 0 to 4."""
        features = torch.cat(self._normalise(result, truth))
        total = result.new_zeros(())
        for level in self.levels:
            features = level(features)
            ours, theirs = (unit_features(each) for each in features.chunk(2))
            total = total + (ours - theirs).square().mean()
        return total / len(self.levels)
