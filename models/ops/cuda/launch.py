"""Starts CUDA kernels through CuPy, on PyTorch's current stream."""

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

THREADS = 256
# The kernels stride over their work, so a grid need not be larger than fills any GPU.
MOST_BLOCKS = 65536

REAL = {torch.float32: "float", torch.float64: "double"}


def geometry(count: int) -> tuple[int, int]:
    """Return blocks, and threads in each, for `count` items; the kernels use no shared memory."""
    return min(MOST_BLOCKS, -(-count // THREADS)), THREADS


def check(tensors: list[Tensor]) -> None:
    """See that a kernel can take the tensors: of one type and device, aligned, without gaps.

    Raises:
        ValueError: it cannot; whoever launches it has forgotten something.
    """
    first = tensors[0]
    for tensor in tensors:
        if tensor.dtype not in REAL or tensor.dtype != first.dtype:
            raise ValueError(f"kernels take float32 or float64, all the same, not {tensor.dtype}")
        if tensor.device != first.device:
            raise ValueError(f"tensors on {first.device} and {tensor.device}")
        if tensor.data_ptr() % tensor.element_size():
            raise ValueError("a tensor is not aligned to its numbers")
        dense = tensor.is_contiguous() or (
            tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
        )
        if not dense:
            raise ValueError(f"a tensor {tuple(tensor.shape)} has gaps: {tensor.stride()}")


def launch(source: str, kernel: str, count: int, *arguments: Tensor | int) -> None:
    """Run a kernel of `source` over `count` items.

    The source is compiled at first use, with `real` for the dtype of the tensors, and CuPy keeps
    the result on disk. The kernel gets the count as `long long`, tensors as pointers and numbers
    as `int`.
    """
    if count == 0:
        return
    import cupy

    tensors = [argument for argument in arguments if isinstance(argument, Tensor)]
    check(tensors)
    tensor, (blocks, threads) = tensors[0], geometry(count)
    values = [
        np.uint64(argument.data_ptr()) if isinstance(argument, Tensor) else np.int32(argument)
        for argument in arguments
    ]
    with cupy.cuda.Device(tensor.device.index), _current_stream(tensor.device):
        function = _function(source, REAL[tensor.dtype], kernel, tensor.device.index)
        function((blocks,), (threads,), (np.int64(count), *values))


@functools.cache
def _function(source: str, real: str, kernel: str, device: int) -> Any:
    """Return the kernel on the current device, which is `device`: asked for, it is loaded there."""
    return _compile(source, real).get_function(kernel)


@functools.cache
def _compile(source: str, real: str) -> Any:
    """Return the module, which CuPy compiles and loads for each device at its first call."""
    import cupy

    return cupy.RawModule(code=source, options=(f"-Dreal={real}",))


class _ForeignStream:
    """PyTorch's stream, as CuPy from version 14 wants it presented."""

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.pointer


def _current_stream(device: torch.device) -> Any:
    import cupy

    pointer = torch.cuda.current_stream(device).cuda_stream
    if hasattr(cupy.cuda.Stream, "from_external"):
        return cupy.cuda.Stream.from_external(_ForeignStream(pointer))
    return cupy.cuda.ExternalStream(pointer, device.index)
