"""How kernels are launched, as far as that can be seen without a GPU."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vfi.models.ops.cuda import correlation, separable, splat_source
from vfi.models.ops.cuda.launch import check, geometry

SOURCES = [correlation.SOURCE, separable.SOURCE, splat_source.SOURCE]


@given(st.integers(1, 2**40))
def test_every_item_has_a_thread_and_no_limit_of_cuda_is_passed(count: int) -> None:
    """CUDA C++ Programming Guide, compute capabilities: 1024 threads, 2^31 - 1 blocks."""
    blocks, threads = geometry(count)
    assert threads % 32 == 0  # whole warps
    assert 1 <= threads <= 1024
    assert 1 <= blocks < 2**31
    strides = -(-count // (blocks * threads))
    assert blocks * threads * strides >= count
    assert strides == 1 or blocks == 65536  # only full grids go round again
    assert (blocks - 1) * threads < count  # no block is idle


@pytest.mark.parametrize("source", SOURCES)
def test_kernels_stride_over_all_items_and_share_no_memory(source: str) -> None:
    kernels = source.count("__global__")
    assert kernels == source.count("FOR_EACH(index, count) {") > 0
    assert "__shared__" not in source
    assert "__syncthreads" not in source
    # an index of 32 bits would overflow from 2^31 numbers on, as 64 channels of 8K have
    assert re.search(r"(?<!long )\bint (index|pixel|plane|outer)\b", source) is None


def test_tensors_that_a_kernel_would_misread_are_refused() -> None:
    whole = torch.zeros(2, 3, 4, 6)
    check([whole, whole.contiguous(memory_format=torch.channels_last), torch.zeros(0)])
    with pytest.raises(ValueError, match="has gaps"):
        check([whole, whole[..., ::2]])
    with pytest.raises(ValueError, match=r"not torch\.float16"):
        check([whole.half()])
    with pytest.raises(ValueError, match=r"all the same, not torch\.float64"):
        check([whole, whole.double()])
    with pytest.raises(ValueError, match="tensors on cpu and meta"):
        check([whole, whole.to("meta")])
