"""How pictures lie in memory: channels after each other, or innermost (channels_last)."""

import torch
from torch import Tensor


def layout_of(tensor: Tensor) -> torch.memory_format:
    """Return channels_last if the tensor is that and not contiguous, else contiguous."""
    if tensor.is_contiguous():
        return torch.contiguous_format
    if tensor.is_contiguous(memory_format=torch.channels_last):
        return torch.channels_last
    return torch.contiguous_format


def empty_in_layout_of(tensor: Tensor) -> Tensor:
    """Return an empty tensor of the same shape: channels_last if `tensor` is, else contiguous."""
    return torch.empty_like(tensor, memory_format=layout_of(tensor))
