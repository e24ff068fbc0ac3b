"""The CUDA kernels without a GPU: compiled as C++ and run one thread after the other.

This cannot show races or speed, but indices, formulas, arguments and layouts are the real ones.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.helpers.operators import (
    LAYOUTS,
    MODES,
    assert_alike,
    sepconv_leaves,
    splat_case,
    splat_with_gradients,
)
from vfi.models.ops import correlation, sepconv
from vfi.models.ops.cuda import correlation as cuda_correlation
from vfi.models.ops.cuda import separable as cuda_separable
from vfi.models.ops.cuda import splat as cuda_splat
from vfi.models.ops.cuda.launch import REAL, check

COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")

# What the kernels use of CUDA.
PRELUDE = r"""
#include <cmath>
#include <cstring>
using std::exp;
using std::floor;
#define __global__
#define __device__ static
struct Index { unsigned x; };
static Index blockIdx, blockDim, threadIdx, gridDim;
extern "C" void be_thread(unsigned block, unsigned blocks, unsigned thread, unsigned threads)
{
    blockIdx.x = block; gridDim.x = blocks; threadIdx.x = thread; blockDim.x = threads;
}
template <class T> void atomicAdd(T* place, T value) { *place += value; }
template <class T> void atomicMax(T* place, T value) { if (value > *place) *place = value; }
template <class T> void atomicMin(T* place, T value) { if (value < *place) *place = value; }
static int __float_as_int(float value) { int bits; memcpy(&bits, &value, 4); return bits; }
static long long __double_as_longlong(double value)
{
    long long bits; memcpy(&bits, &value, 8); return bits;
}
"""

Launch = Callable[..., None]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    """What `cuda.launch.launch` does, on the CPU: two blocks of three threads."""
    folder = tmp_path_factory.mktemp("kernels")
    libraries: dict[tuple[str, str], ctypes.CDLL] = {}

    def library(source: str, real: str) -> ctypes.CDLL:
        if (source, real) not in libraries:
            stem = folder / f"{real}{len(libraries)}"
            stem.with_suffix(".cpp").write_text(PRELUDE + source)
            flags = ["-O1", "-fno-strict-aliasing", "-shared", "-fPIC", f"-Dreal={real}"]
            target = str(stem.with_suffix(".so"))
            command = [COMPILER, *flags, str(stem.with_suffix(".cpp")), "-o", target]
            subprocess.run(command, check=True)
            libraries[source, real] = ctypes.CDLL(str(Path(target)))
        return libraries[source, real]

    def run(source: str, kernel: str, count: int, *arguments: Tensor | int) -> None:
        tensors = [argument for argument in arguments if isinstance(argument, Tensor)]
        check(tensors)
        values = [
            ctypes.c_void_p(argument.data_ptr())
            if isinstance(argument, Tensor)
            else ctypes.c_int(argument)
            for argument in arguments
        ]
        kernels = library(source, REAL[tensors[0].dtype])
        for block in range(2):
            for thread in range(3):
                kernels.be_thread(block, 2, thread, 3)
                getattr(kernels, kernel)(ctypes.c_longlong(count), *values)

    return run


@pytest.mark.parametrize("eps", [None, 1e-7])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
def test_splatting_equals_the_definition(
    monkeypatch: pytest.MonkeyPatch, launch: Launch, mode: str, layout: str, eps: float | None
) -> None:
    monkeypatch.setattr(cuda_splat, "launch", launch)
    spread = 1.0 if eps else 160.0
    case = splat_case(mode, (2, 5, 9, 11), layout=layout, spread=spread, hostile=True)
    expected = splat_with_gradients(case, "reference", eps)
    picture, flow = case.input.detach(), case.flow.detach()
    metric = None if case.metric is None else case.metric.detach()

    output, statistics = cuda_splat.forward(picture, flow, metric, mode, eps)
    random = torch.Generator().manual_seed(1)  # the pulls of splat_with_gradients
    pulls = [
        torch.randn(tensor.shape, generator=random, dtype=tensor.dtype)
        for tensor in (output, statistics[0])
    ]
    gradients = cuda_splat.backward(
        *pulls, picture, flow, metric, output, statistics, mode, eps is None
    )
    found = dict(zip(expected, (output, statistics[0], *gradients), strict=False))
    assert_alike(found, expected, 1e-7)
    assert output.is_contiguous(memory_format=LAYOUTS[layout])
    assert gradients[0].is_contiguous(memory_format=LAYOUTS[layout])


def test_peaks_of_either_sign_are_found_in_float32(
    monkeypatch: pytest.MonkeyPatch, launch: Launch
) -> None:
    """The maximum is taken of the bits of a float, which are ordered only within a sign."""
    monkeypatch.setattr(cuda_splat, "launch", launch)
    case = splat_case("soft", (2, 3, 9, 11), dtype=torch.float32, spread=160, seed=2)
    picture, flow, metric = (leaf.detach() for leaf in case.leaves)
    output, _ = cuda_splat.forward(picture, flow, metric, "soft", None)
    expected = splat_with_gradients(case, "reference")["picture"]
    torch.testing.assert_close(output, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("radius", [0, 1, 4])
def test_the_cost_volume_equals_the_definition(
    monkeypatch: pytest.MonkeyPatch, launch: Launch, radius: int, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(cuda_correlation, "launch", launch)
    leaves = [torch.randn(2, 3, 6, 7, dtype=dtype, requires_grad=True) for _ in range(2)]
    one, two = (leaf.detach().contiguous(memory_format=torch.channels_last) for leaf in leaves)
    expected = correlation(*leaves, radius, backend="reference")
    torch.testing.assert_close(cuda_correlation.forward(one, two, radius), expected)
    pull = torch.randn_like(expected)
    gradients = cuda_correlation.backward(pull, one, two, radius)
    for found, right in zip(gradients, torch.autograd.grad(expected, leaves, pull), strict=True):
        torch.testing.assert_close(found, right)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_separable_convolution_equals_the_definition(
    monkeypatch: pytest.MonkeyPatch, launch: Launch, layout: str, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(cuda_separable, "launch", launch)
    leaves = sepconv_leaves((2, 3, 6, 7), (3, 5), dtype=dtype, layout=layout)
    inputs = [leaf.detach() for leaf in leaves]
    inputs[2] = inputs[2].contiguous()  # the two kernels may lie in memory in different ways
    expected = sepconv(*leaves, backend="reference")
    torch.testing.assert_close(cuda_separable.forward(*inputs), expected)
    pull = torch.randn_like(expected)
    gradients = cuda_separable.backward(pull, *inputs, True)
    for found, right in zip(gradients, torch.autograd.grad(expected, leaves, pull), strict=True):
        torch.testing.assert_close(found, right)
    assert gradients[1].is_contiguous(memory_format=LAYOUTS[layout])
    nothing, *others = cuda_separable.backward(pull, *inputs, False)
    assert nothing.numel() == 0
    torch.testing.assert_close(others, list(gradients[1:]))
