"""Which implementation of an operator runs: chosen by the device, or forced by name."""

import functools
import importlib.util

import torch
from torch import Tensor

BACKENDS = ("reference", "numba", "cupy")
DEVICE_OF_BACKEND = {"numba": "cpu", "cupy": "cuda"}
MOST_CHANNELS = 4  # of a picture, that OpenCV resizes or samples at once
COMPILED_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@functools.cache
def cupy_is_installed() -> bool:
    """Tell whether CuPy can be imported."""
    return importlib.util.find_spec("cupy") is not None


def choose_backend(tensor: Tensor, forced: str | None) -> str:
    """Return the name of the back end for `tensor`: the forced one, else its device's own.

    Raises ValueError when the forced back end is unknown, or cannot take the tensor's device.
    """
    if forced is None:
        return _natural_backend(tensor)
    if forced not in BACKENDS:
        raise ValueError(f"no back end {forced!r}; there are: {', '.join(BACKENDS)}")
    device = DEVICE_OF_BACKEND.get(forced, tensor.device.type)
    if device != tensor.device.type:
        raise ValueError(
            f"back end {forced!r} takes tensors on {device}, this one is on {tensor.device.type}"
        )
    if forced == "cupy" and not cupy_is_installed():
        raise ValueError("back end 'cupy' needs CuPy: install vfi[cuda12] or vfi[cuda13]")
    return forced


def _natural_backend(tensor: Tensor) -> str:
    if tensor.dtype not in COMPILED_DTYPES:
        return "reference"
    if tensor.device.type == "cpu":
        return "numba"
    if tensor.device.type == "cuda" and cupy_is_installed():
        return "cupy"
    return "reference"


def plain_on_cpu(*tensors: Tensor) -> bool:
    """Tell whether compiled code may take their numbers: float32 that nobody learns from.

    Subclasses of tensors are there to count or to trace, and hold no numbers.
    """
    learning = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    return not learning and all(
        type(tensor) is Tensor
        and tensor.device.type == "cpu"
        and tensor.dtype == torch.float32
        and tensor.numel() > 0
        for tensor in tensors
    )


def computing_dtype(tensor: Tensor) -> torch.dtype:
    """Half precisions are computed in float32: a sum of hundreds of pixels needs it."""
    return torch.float64 if tensor.dtype == torch.float64 else torch.float32
