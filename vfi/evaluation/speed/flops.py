"""How many floating-point operations each stage of a network does, counted without doing them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from ...models.network import InterpolationNetwork
from ...models.running import prepare_pair
from .profiler import OTHER, watched


def count_flops(
    network: InterpolationNetwork, height: int, width: int, t: float = 0.5
) -> dict[str, float]:
    """FLOP per stage for one frame (B = 1) of that size, everything that it takes included.

    A multiplication and an addition are two. Convolutions, also the adaptive ones, matrix
    products, the cost volume and splatting are counted; activations, resizing and warping (a few
    per cent) are not, nor is an initial flow that is made outside the network. It runs on PyTorch's
    fake tensors: shapes alone, no arithmetic.
    """
    known = {
        torch.ops.vfi.correlation: _correlation_flops,
        torch.ops.vfi.splat: _splat_flops,
        torch.ops.vfi.sepconv: _sepconv_flops,
    }
    counter: Any = FlopCounterMode(display=False, custom_mapping=known)
    profiler = _FlopProfiler(counter)
    with torch.inference_mode(), FakeTensorMode(allow_non_fake_inputs=True), counter:
        one, flow = torch.empty(1, 3, height, width), torch.empty(1, 2, height, width)
        with profiler.stage(OTHER), watched(network, profiler):
            prepare_pair(network, one, one, initial_flow=(flow, flow)).at(t)
    return dict(profiler.flops)


class _FlopProfiler:
    """Records operations as `StageProfiler` records time."""

    def __init__(self, counter: Any) -> None:
        self.flops: dict[str, float] = defaultdict(float)
        self._counter = counter
        self._open: list[str] = []
        self._recorded = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.enter(name)
        try:
            yield
        finally:
            self.leave()

    def enter(self, name: str) -> None:
        self._record()
        self._open.append(name)

    def leave(self) -> None:
        self._record()
        self._open.pop()

    def moved(self, count: int) -> None:
        """Bytes are of no interest here."""

    def _record(self) -> None:
        total = int(self._counter.get_total_flops())
        if self._open:
            self.flops[self._open[-1]] += total - self._recorded
        self._recorded = total


def _correlation_flops(one: Any, two: Any, radius: int, *_: Any, **__: Any) -> int:
    batch, channels, height, width = one
    return int(2 * batch * channels * height * width * (2 * radius + 1) ** 2)


def _splat_flops(picture: Any, *_: Any, **__: Any) -> int:
    """Four corners, a multiplication and an addition for each value that is moved."""
    batch, channels, height, width = picture
    return int(2 * 4 * batch * channels * height * width)


def _sepconv_flops(picture: Any, vertical: Any, horizontal: Any, *_: Any, **__: Any) -> int:
    """Along the rows first, then the sums by the column."""
    batch, down, height, width = vertical
    return int(2 * batch * picture[1] * height * width * down * (horizontal[1] + 1))
