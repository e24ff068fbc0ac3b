"""Random tensors for synthetic scenes, the same on every device."""

from __future__ import annotations

import math

import torch


class Draw:
    """Random tensors from a CPU generator."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self.generator)

    def log_uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.exp(self.uniform(math.log(low), math.log(high), *shape))

    def normal(self, deviation: float, *shape: int) -> torch.Tensor:
        """Draw normal numbers, cut off at two and a half deviations."""
        return torch.randn(*shape, generator=self.generator).clamp(-2.5, 2.5) * deviation

    def chance(self, share: float, *shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=self.generator) < share

    def integer(self, low: int, high: int, *shape: int) -> torch.Tensor:
        """`high` is not included."""
        return torch.randint(low, high, shape, generator=self.generator)

    def direction(self, *shape: int) -> torch.Tensor:
        angle = self.uniform(0, 2 * math.pi, *shape)
        return torch.stack([torch.cos(angle), torch.sin(angle)], -1)

    def choice(self, shares: tuple[float, ...], count: int) -> torch.Tensor:
        weights = torch.tensor(shares, dtype=torch.float64)
        return torch.multinomial(weights, count, replacement=True, generator=self.generator)
