"""Exponential moving average of a network's weights: steadier than the last step's."""

import torch
from torch import Tensor, nn


class AveragedWeights:
    """Average of the weights, of later steps more: kept as a state dict in float32."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state: dict[str, Tensor] = {
            name: value.detach().clone().float() for name, value in network.state_dict().items()
        }

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after `step`; early on the average forgets faster."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            mean = self.state[name]
            if mean.device != value.device:
                mean = self.state[name] = mean.to(value.device)
            mean.lerp_(value.detach().float(), 1 - decay)
